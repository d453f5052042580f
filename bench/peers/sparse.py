#!/usr/bin/env python3
"""MTTKRP of sparse tensors beside the ways of NumPy and SciPy.

    python3 bench/peers/sparse.py [rounds]

Run from the module's root with numpy and scipy. The data are drawn as in
BenchmarkSparseMTTKRP in package tensor: index i of a mode has density ~ i^(-2/3),
labels permuted. Sides are timed in turn, by processor time, one thread each; the
table has the medians over the rounds in ms for the MTTKRPs of all modes, R = 16,
without what is done once (our sorting, the CSR unfoldings).

    csr       X_(n) in CSR, with a column for every nonzero, times the products of
              the factor rows at the nonzeros
    bincount  for every r, np.bincount of value times product by row index
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np
import scipy.sparse

CASES = {(10000, 20000, 30000): 10**6, (500, 2000, 5000, 300): 10**6}
RANK = 16


def draw(rng, dims, count):
    index = [rng.permutation(size)[np.minimum((size * rng.random(count) ** 3).astype(int), size - 1)] for size in dims]
    return index, 1 + np.abs(rng.standard_normal(count))


def products(index, factors, n):
    """The rows of the Khatri-Rao product at the nonzeros."""
    k = 1
    for m, a in enumerate(factors):
        if m != n:
            k = k * a[index[m]]
    return k


def spent(f):
    start = time.process_time()
    f()
    return 1e3 * (time.process_time() - start)


def ours(binary, dims):
    """ms for all modes, from the benchmark's wall time in one thread."""
    name = "BenchmarkSparseMTTKRP/^sparse$/^%s$/nnz/^R=%d$/mode/^workers=1$" % ("x".join(map(str, dims)), RANK)
    text = subprocess.run([binary, "-test.run=^$", "-test.bench=" + name, "-test.benchtime=10x", "-test.short"],
                          check=True, capture_output=True, text=True).stdout
    return sum(float(ns) for ns in re.findall(r"([\d.]+) ns/op", text)) / 1e6


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print("numpy", np.__version__, "scipy", scipy.__version__)
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "tensor.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./tensor"], check=True)
        print(f"{'':26} {'polyad':>8} {'csr':>8} {'bincount':>8}")
        for dims, count in CASES.items():
            index, values = draw(rng, dims, count)
            factors = [rng.random((size, RANK)) for size in dims]
            at = np.arange(count)
            unfoldings = [scipy.sparse.csr_matrix((values, (index[n], at)), (size, count)) for n, size in enumerate(dims)]

            def csr():
                return [x @ products(index, factors, n) for n, x in enumerate(unfoldings)]

            def bincount():
                out = []
                for n, size in enumerate(dims):
                    k = values[:, None] * products(index, factors, n)
                    out.append(np.stack([np.bincount(index[n], k[:, r], size) for r in range(RANK)], 1))
                return out

            for a, b in zip(csr(), bincount()):
                assert np.allclose(a, b)
            times = [(ours(binary, dims), spent(csr), spent(bincount)) for _ in range(rounds)]
            print(f"{'x'.join(map(str, dims)):26}", *(f"{statistics.median(t):8.1f}" for t in zip(*times)), flush=True)


if __name__ == "__main__":
    main()
