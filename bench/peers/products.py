#!/usr/bin/env python3
"""Matrix products of internal/kernel beside numpy's, shape by shape, interleaved.

    python3 bench/peers/products.py [rounds]

Run from the module's root with a numpy that uses OpenBLAS (Debian: python3-numpy
and libopenblas0-pthread). Every round times one side, then the other, by
processor time, so that other work on the machine disturbs both alike; the table
has the medians of the rounds in GFLOP per processor second, one thread each.
Grams are counted as the product, 2·n²·k, on both sides.
"""

import ctypes
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np

SHAPES = [(2000, 2000, 2000), (500, 500, 500), (96, 96, 96), (32, 32, 32), (16, 16, 16), (8, 8, 8),
          (40000, 400, 32), (400, 40000, 32), (162, 94249, 8), (94249, 162, 8)]
GRAMS = [(10000, 8), (400, 32), (40000, 32)]


def blas():
    """The BLAS that numpy has loaded, by the memory map and its own words."""
    with open("/proc/self/maps") as maps:
        paths = sorted({line.split()[-1] for line in maps if "blas" in line})
    for path in paths:
        try:
            lib = ctypes.CDLL(path)
            lib.openblas_get_config.restype = ctypes.c_char_p
            lib.openblas_get_corename.restype = ctypes.c_char_p
            return lib.openblas_get_config().decode() + ", kernels " + lib.openblas_get_corename().decode()
        except (OSError, AttributeError):
            continue
    return "not OpenBLAS: " + " ".join(paths)


def rate(f, flops, seconds=0.2):
    f()
    done, start = 0, time.process_time()
    while (spent := time.process_time() - start) < seconds:
        for _ in range(max(1, int(2e6 / flops))):
            f()
            done += 1
    return flops * done / spent / 1e9


def ours(binary, name):
    text = subprocess.run([binary, "-test.run=^$", "-test.bench=^" + name.replace("/", "$/^") + "$", "-test.benchtime=200ms", "-test.cpu=1"],
                          check=True, capture_output=True, text=True).stdout
    return float(re.search(r"([\d.]+) GFLOP/cpu-s", text).group(1))


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print("numpy", np.__version__, "on", blas())
    rng = np.random.default_rng(0)
    cases = []
    for m, k, n in SHAPES:
        a, b, c = rng.standard_normal((m, k)), rng.standard_normal((k, n)), np.empty((m, n))
        at = rng.standard_normal((k, m)) if m != k else a
        shape, flops = f"{m}x{k}x{n}", 2 * m * k * n
        cases.append((f"BenchmarkMulAdd/{shape}", flops, lambda a=a, b=b, c=c: np.dot(a, b, out=c)))
        cases.append((f"BenchmarkMulTAdd/{shape}", flops, lambda at=at, b=b, c=c: np.dot(at.T, b, out=c)))
    for k, n in GRAMS:
        a, c = rng.standard_normal((k, n)), np.empty((n, n))
        cases.append((f"BenchmarkGramAdd/{k}x{n}", 2 * n * n * k, lambda a=a, c=c: np.dot(a.T, a, out=c)))
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "kernel.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./internal/kernel"], check=True)
        print(f"{'':38} {'polyad':>8} {'numpy':>8} {'ratio':>6}")
        for name, flops, f in cases:
            mine, theirs = [], []
            for _ in range(rounds):
                mine.append(ours(binary, name))
                theirs.append(rate(f, flops))
            x, y = statistics.median(mine), statistics.median(theirs)
            print(f"{name[9:]:38} {x:8.1f} {y:8.1f} {x / y:6.2f}", flush=True)


if __name__ == "__main__":
    main()
