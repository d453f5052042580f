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

"$polyad" bench large tensor "$scratch/data" --sizes 300x30x20 >/dev/null
data=$scratch/data/tensor.npy

fit=("$polyad" cpd "$data" --rank 3 --nonneg all --method nnls --max-sweeps 40 --tol 0 --json)
"${fit[@]}" >"$scratch/one.json" 2>"$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }
ip netns exec "$one" mpirun --allow-run-as-root --bind-to none --mca plm_rsh_agent "$scratch/there" \
  --host 10.213.77.1:1,10.213.77.2:1 --mca btl tcp,self --mca btl_tcp_if_include 10.213.77.0/24 \
  --mca oob_tcp_if_include 10.213.77.0/24 "${fit[@]}" --engine mpi --rank-limit 1m \
  >"$scratch/two.json" 2>"$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }
sent=$(ip -n "$one" -s link show "v$$a" | awk '/TX:/ {getline; print $1}')

# The numbers of a result, a line each: the relative error, then the weights.
numbers() { tr -d '\n ' <"$1" | grep -oE '"relative_error":[^,]*|"weights":\[[^]]*\]' | head -n 2 | grep -oE '[-+0-9.e]+[0-9]'; }
grep -q '"ranks": *2' "$scratch/two.json" || { echo 'the result is not that of two ranks' >&2; exit 1; }
paste <(numbers "$scratch/one.json") <(numbers "$scratch/two.json") | awk -v sent="$sent" '
  NR == 1 { printf "one process: relative error %.12f\ntwo hosts:   relative error %.12f, %d bytes sent over the cable\n", $1, $2, sent }
  { d = ($1 - $2) / $1; if (d < 0) d = -d; if (d > off) off = d }
  END {
    printf "%d numbers differ by %.1e at most\n", NR, off
    if (NR < 4 || off > 1e-10 || sent < 48000) { print "THE RESULTS ARE NOT THE SAME, or little was sent" > "/dev/stderr"; exit 1 }
  }'
