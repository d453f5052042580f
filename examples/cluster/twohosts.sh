#!/usr/bin/env bash
# A run over two hosts on one machine: network namespaces with a cable between them, which
# Open MPI takes for hosts, and the same fit in one process to compare with. Needs root,
# ip (iproute2) and mpirun of Open MPI, and leaves the machine as it was.
#
#   bash examples/cluster/twohosts.sh [POLYAD]    # the program; built if it is not given
set -euo pipefail

skip() { printf 'SKIPPED: %s\n' "$*"; exit 0; }
[ "$(id -u)" = 0 ] || skip 'network namespaces need root'
command -v ip >/dev/null || skip 'no ip: apt-get install iproute2'
command -v mpirun >/dev/null || skip 'no mpirun: apt-get install openmpi-bin'
case $(mpirun --version 2>&1) in *'Open MPI'* | *OpenRTE*) ;; *) skip 'mpirun is not that of Open MPI' ;; esac

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
one=polyad$$a two=polyad$$b # namespaces
clean() {
  ip netns del "$one" 2>/dev/null || true
  ip netns del "$two" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean EXIT

polyad=${1:-$scratch/polyad}
[ -n "${1:-}" ] || (cd "$here/../.." && go build -o "$polyad" ./cmd/polyad)

ip netns add "$one" 2>/dev/null || skip 'network namespaces cannot be made here'
ip netns add "$two"
ip link add "v$$a" netns "$one" type veth peer name "v$$b" netns "$two" 2>/dev/null || skip 'the kernel has no veth'
for k in 1 2; do
  host=$one link=v$$a
  if [ $k = 2 ]; then host=$two link=v$$b; fi
  ip -n "$host" addr add "10.213.77.$k/24" dev "$link"
  ip -n "$host" link set "$link" up
  ip -n "$host" link set lo up
done

# In the place of ssh: HOST COMMAND…
cat >"$scratch/there" <<END
#!/bin/sh
[ "\$1" = -x ] && shift
host=\$1
shift
case \$host in *.1) host=$one ;; *) host=$two ;; esac
exec ip netns exec "\$host" sh -c "\$*"
END
chmod +x "$scratch/there"

data=$scratch/data.npy
"$polyad" demo --help >/dev/null # the program runs
python3 - "$data" 2>/dev/null <<'END' || skip 'no python3 to make data with'
import array, random, sys
random.seed(1)
dims, rank = (300, 30, 20), 3
f = [[[random.random() for _ in range(rank)] for _ in range(d)] for d in dims]
x = array.array('d', (sum(a[r] * b[r] * c[r] for r in range(rank)) + 0.05 * random.random()
                      for a in f[0] for b in f[1] for c in f[2]))
head = "{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d, %d), }" % dims
head += ' ' * (63 - (10 + len(head)) % 64) + '\n'
with open(sys.argv[1], 'wb') as out:
    out.write(b'\x93NUMPY\x01\x00' + len(head).to_bytes(2, 'little') + head.encode())
    x.tofile(out)
END

fit=("$polyad" cpd "$data" --rank 3 --nonneg all --method nnls --max-sweeps 40 --tol 0 --json)
"${fit[@]}" >"$scratch/one.json" 2>"$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }
ip netns exec "$one" mpirun --allow-run-as-root --bind-to none --mca plm_rsh_agent "$scratch/there" \
  --host 10.213.77.1:1,10.213.77.2:1 --mca btl tcp,self --mca btl_tcp_if_include 10.213.77.0/24 \
  --mca oob_tcp_if_include 10.213.77.0/24 "${fit[@]}" --engine mpi --rank-limit 1m \
  >"$scratch/two.json" 2>"$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }
sent=$(ip -n "$one" -s link show "v$$a" | awk '/TX:/ {getline; print $1}')

python3 - "$scratch/one.json" "$scratch/two.json" "$sent" <<'END'
import json, sys
one, two = (json.load(open(f)) for f in sys.argv[1:3])
off = max(abs(a - b) / one['weights'][0] for a, b in zip(one['weights'], two['weights']))
off = max(off, abs(one['relative_error'] - two['relative_error']))
print('one process: relative error %.12f' % one['relative_error'])
print('two hosts:   relative error %.12f, %d ranks, %s bytes sent over the cable' % (two['relative_error'], two['ranks'], sys.argv[3]))
print('they differ by %.1e' % off)
if off > 1e-10 or two['ranks'] != 2 or int(sys.argv[3]) < 48000:
    sys.exit('THE RESULTS ARE NOT THE SAME, or nothing was sent')
END
