#!/usr/bin/env python3
"""Matrix products of internal/kernel beside numpy's, shape by shape, interleaved.

    python3 bench/peers/products.py [-threads 2] [-only PATTERN] [rounds]

Run from the module's root with a numpy that uses OpenBLAS (Debian: python3-numpy
and libopenblas0-pthread). Every round times one side, then the other, so that
other work on the machine disturbs both alike; the table has the medians of the
rounds. With one thread they are in GFLOP per processor second. With two they are
in GFLOP per second of the clock, the rows split over two goroutines (products below
what pays run in one), beside OpenBLAS with two threads; leave the machine to it.
Grams are counted as the product, 2·n²·k, on both sides. PATTERN picks cases by name.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("rounds", nargs="?", type=int, default=5)
parser.add_argument("-threads", type=int, choices=(1, 2), default=1)
parser.add_argument("-only", default="", help="regular expression of the cases to run")
args = parser.parse_args()
os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)  # read when it is loaded
import numpy as np

from blas import blas

SHAPES = [(2000, 2000, 2000), (500, 500, 500), (96, 96, 96), (32, 32, 32), (16, 16, 16), (8, 8, 8),
          (40000, 400, 32), (400, 40000, 32), (162, 94249, 8), (94249, 162, 8)]
if args.threads == 2:
    SHAPES.insert(1, (1000, 1000, 1000))
GRAMS = [(10000, 8), (400, 32), (40000, 32)]


def rate(f, flops, seconds=0.2):
    clock = time.process_time if args.threads == 1 else time.perf_counter
    f()
    done, start = 0, clock()
    while (spent := clock() - start) < seconds:
        for _ in range(max(1, int(2e6 / flops))):
            f()
            done += 1
    return flops * done / spent / 1e9


def ours(binary, name, flops):
    text = subprocess.run([binary, "-test.run=^$", "-test.bench=^" + name.replace("/", "$/^") + "$", "-test.benchtime=200ms", f"-test.cpu={args.threads}"],
                          check=True, capture_output=True, text=True).stdout
    if args.threads == 1:
        return float(re.search(r"([\d.]+) GFLOP/cpu-s", text).group(1))
    return flops / float(re.search(r"([\d.]+) ns/op", text).group(1))


def cases():
    """Name, flops and numpy's side of every case; the arrays live until the next."""
    one = args.threads == 1
    plain, transposed, gram = ("MulAdd", "MulTAdd", "GramAdd") if one else ("Product/product", "Product/productT", "Product/gram")
    rng = np.random.default_rng(0)
    for m, k, n in SHAPES:
        b, c = rng.standard_normal((k, n)), np.empty((m, n))
        shape, flops = f"{m}x{k}x{n}", 2 * m * k * n
        a = rng.standard_normal((m, k))
        yield f"Benchmark{plain}/{shape}", flops, lambda: np.dot(a, b, out=c)
        a = rng.standard_normal((k, m))
        yield f"Benchmark{transposed}/{shape}", flops, lambda: np.dot(a.T, b, out=c)
    for k, n in GRAMS:
        a, c = rng.standard_normal((k, n)), np.empty((n, n))
        yield f"Benchmark{gram}/{k}x{n}", 2 * n * n * k, lambda: np.dot(a.T, a, out=c)


def main():
    print("numpy", np.__version__, "on", blas()[0], "with", args.threads, "threads")
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "products.test")
        subprocess.run(["go", "test", "-c", "-o", binary, "./internal/kernel" if args.threads == 1 else "./bench"], check=True)
        print(f"{'':38} {'polyad':>8} {'numpy':>8} {'ratio':>6}")
        for name, flops, f in cases():
            if not re.search(args.only, name):
                continue
            mine, theirs = [], []
            for _ in range(args.rounds):
                mine.append(ours(binary, name, flops))
                theirs.append(rate(f, flops))
            x, y = statistics.median(mine), statistics.median(theirs)
            print(f"{name[9:]:38} {x:8.1f} {y:8.1f} {x / y:6.2f}", flush=True)


if __name__ == "__main__":
    main()
