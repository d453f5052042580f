#!/usr/bin/env python3
"""Dense MTTKRPs and CP-ALS sweeps of this library beside numpy's ways, interleaved.

    python3 bench/peers/mttkrp.py [--rounds 5] [--only 200] [folder]

Run from the module's root with a numpy that uses OpenBLAS (Debian: python3-numpy
and libopenblas0-pthread). Every round times each way once on each side; the table
has the medians in milliseconds, with one thread and with two. Ways of numpy for
one mode, where the unfolding is X seen as left x I x right:

    naive    the unfolding, copied, times the whole Khatri-Rao product
    behind   X times the product of the factors behind, then a weighted sum
    before   X transposed times the product of those before, then a weighted sum
    einsum   numpy.einsum with optimize=True

A sweep has all modes, Grams, solves and the relative error; numpy's takes each
mode's fastest way of those above, or (tree) one product over the data for all modes
but the last. Inputs are drawn from a seed; a folder with X.npy and init<n>.npy in
subfolders named as in CASES gives others to numpy. The values take no part in the
time of either side.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

CASES = {  # folder: sizes, R
    "c100": ((100, 100, 100), 10),
    "c200": ((200, 200, 200), 20),
    "c400": ((400, 400, 400), 32),
    "q60": ((60, 60, 60, 60), 16),
    "p30": ((30, 30, 30, 30, 30), 10),
    "urban3": ((307, 307, 162), 8),
}


def khatri_rao(factors, rank):
    p = np.ones((1, rank))
    for a in factors:
        p = (p[:, None, :] * a[None, :, :]).reshape(-1, rank)
    return p


def naive(x, f, n):
    rank = f[0].shape[1]
    return np.moveaxis(x, n, 0).reshape(x.shape[n], -1) @ khatri_rao(f[:n] + f[n + 1:], rank)


def behind(x, f, n):
    rank, size = f[0].shape[1], x.shape[n]
    left, right = khatri_rao(f[:n], rank), khatri_rao(f[n + 1:], rank)
    p = x.reshape(-1, len(right)) @ right
    return p.reshape(size, rank) if n == 0 else np.einsum("lir,lr->ir", p.reshape(-1, size, rank), left)


def before(x, f, n):
    rank, size = f[0].shape[1], x.shape[n]
    left, right = khatri_rao(f[:n], rank), khatri_rao(f[n + 1:], rank)
    p = x.reshape(len(left), -1).T @ left
    return p if len(right) == 1 else np.einsum("iqr,qr->ir", p.reshape(size, -1, rank), right)


def einsum(x, f, n):
    letters = "abcdefgh"[:x.ndim]
    others = [m for m in range(x.ndim) if m != n]
    text = letters + "," + ",".join(letters[m] + "z" for m in others) + "->" + letters[n] + "z"
    return np.einsum(text, x, *(f[m] for m in others), optimize=True)


def ways(order, n):
    """The ways that differ for a mode: one whose product is X as a whole is naive."""
    w = {"naive": naive, "einsum": einsum}
    if n < order - 1:
        w["behind"] = behind
    if n > 0:
        w["before"] = before
    return w


def solve_modes(x, f, norm, products):
    """One sweep of ALS in place; products gives the MTTKRP of mode n."""
    grams = [a.T @ a for a in f]
    for n in range(x.ndim):
        m = products(n)
        g = np.ones_like(grams[0])
        for k in range(x.ndim):
            if k != n:
                g = g * grams[k]
        a = np.linalg.solve(g, m.T).T
        scale = np.linalg.norm(a, axis=0) if n < x.ndim - 1 else np.ones(a.shape[1])
        f[n] = a / scale
        grams[n] = f[n].T @ f[n]
    inner, model = np.sum(m * f[-1]), np.sum(g * grams[-1])
    return np.sqrt(max(0, norm - 2 * inner + model) / norm)


def sweep_best(x, f, norm, best):
    return solve_modes(x, f, norm, lambda n: best[n](x, f, n))


def sweep_tree(x, f, norm):
    p = None

    def product(n):
        nonlocal p
        last = x.ndim - 1
        if n == last:
            return naive(x, f, n) if last == 0 else before(x, f, n)
        if p is None:
            p = (x.reshape(-1, x.shape[-1]) @ f[-1]).reshape(x.shape[:-1] + (-1,))
        letters = "abcdefgh"[:last]
        others = [m for m in range(last) if m != n]
        text = letters + "z," + ",".join(letters[m] + "z" for m in others) + "->" + letters[n] + "z"
        return np.einsum(text, p, *(f[m] for m in others), optimize=True)

    return solve_modes(x, f, norm, product)


def seconds(call, least=0.05):
    call()
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < least or done == 0:
        call()
        done += 1
    return spent / done


def ours(binary, pattern):
    """Milliseconds of the benchmarks that match, by name."""
    text = subprocess.run([binary, "-test.run=^$", "-test.bench=" + pattern, "-test.benchtime=5x"],
                          check=True, capture_output=True, text=True).stdout
    return {m[1]: float(m[2]) / 1e6 for m in re.finditer(r"^(Benchmark\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op", text, re.M)}


def load(folder, name, dims, rank):
    if folder:
        at = os.path.join(folder, name)
        return np.load(os.path.join(at, "X.npy")), [np.load(os.path.join(at, f"init{n}.npy")) for n in range(len(dims))]
    rng = np.random.default_rng(1)
    return rng.standard_normal(dims), [rng.standard_normal((d, rank)) for d in dims]


def compare(name, dims, rank, folder, rounds, set_threads, binaries):
    x, start = load(folder, name, dims, rank)
    norm = np.vdot(x, x)
    sizes = "x".join(map(str, dims))
    ms = {}  # (what, way, threads): list

    def note(what, way, threads, value):
        ms.setdefault((what, way, threads), []).append(value)

    for _ in range(rounds):
        for threads in (1, 2):
            set_threads(threads)
            best = []
            for n in range(len(dims)):
                for way, f in ways(len(dims), n).items():
                    note(f"mode {n}", way, threads, 1e3 * seconds(lambda: f(x, start, n)))
                best.append(min(ways(len(dims), n).items(), key=lambda w: statistics.median(ms[f"mode {n}", w[0], threads]))[1])
            f = [a.copy() for a in start]
            note("sweep", "best", threads, 1e3 * seconds(lambda: sweep_best(x, f, norm, best)))
            f = [a.copy() for a in start]
            note("sweep", "tree", threads, 1e3 * seconds(lambda: sweep_tree(x, f, norm)))
        for key, value in ours(binaries["tensor"], f"^BenchmarkMTTKRPs?$/^dense$/^{sizes}$/^R={rank}$").items():
            what = re.search(r"mode=(\d+)", key)
            note(f"mode {what[1]}" if what else "all modes", "polyad", int(key[-1]), value)
        for key, value in ours(binaries["cpd"], f"^BenchmarkSweep$/^ALS$/^{sizes}$/^R={rank}$").items():
            note("sweep", "polyad", int(key[-1]), value)
    for what in sorted({k[0] for k in ms}, key=lambda w: (w == "sweep", w)):
        for threads in (1, 2):
            row = {way: statistics.median(v) for (w, way, t), v in ms.items() if w == what and t == threads}
            mine = row.pop("polyad", float("nan"))
            line = f"{sizes + ' R=' + str(rank):20} {what:9} {threads} {mine:9.2f}"
            if row:
                line += f" {min(row.values()) / mine:6.2f}x  " + "  ".join(f"{w} {v:.1f}" for w, v in sorted(row.items()))
            print(line, flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--only", default="", help="cases whose folder or sizes contain this")
    p.add_argument("folder", nargs="?")
    args = p.parse_args()
    name, set_threads = blas()
    print("numpy", np.__version__, "on", name)
    print(f"{'':20} {'':9} t {'polyad ms':>9} {'ratio':>6}   numpy's ways, ms")
    with tempfile.TemporaryDirectory() as folder:
        binaries = {}
        for package in ("tensor", "cpd"):
            binaries[package] = os.path.join(folder, package + ".test")
            subprocess.run(["go", "test", "-c", "-o", binaries[package], "./" + package], check=True)
        for case, (dims, rank) in CASES.items():
            if args.only in case or args.only in "x".join(map(str, dims)):
                compare(case, dims, rank, args.folder, args.rounds, set_threads, binaries)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
    import numpy as np
    from blas import blas

    main()
