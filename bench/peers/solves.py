#!/usr/bin/env python3
"""Small solves and sweeps beside numpy, SciPy and scikit-learn, interleaved.

    python3 bench/peers/solves.py [rounds [FOLDER [SCENE.mat ENDMEMBERS.csv]]]

Run from the module's root. FOLDER has X.npy (p×n), true0.npy (p×r), init0.npy and
init1.npy; without one a nonnegative product of the size of the Urban scene is
drawn. SCENE.mat has the pixels of a scene as Y (bands×pixels), for FCLS. All times
are milliseconds of the wall clock, medians of the rounds, with as many threads of
BLAS as OPENBLAS_NUM_THREADS says (default 1) and as many workers. Peers that take
one pixel at a time are timed on 1000 pixels; * says so.
"""

import csv
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
import numpy as np
import scipy.io
from blas import blas
from scipy.optimize import nnls
from sklearn.decomposition import non_negative_factorization
from sklearn.exceptions import ConvergenceWarning
import warnings

warnings.simplefilter("ignore", ConvergenceWarning)


def draw(folder, p=162, n=94249, r=6, noise=0.02):
    rng = np.random.RandomState(32)
    a = [rng.rand(k, r) * (rng.rand(k, r) < 0.5) + 1e-3 for k in (p, n)]
    x = a[0] @ a[1].T
    e = rng.randn(p, n)
    np.save(folder + "/X.npy", np.maximum(x + e * (noise * np.linalg.norm(x) / np.linalg.norm(e)), 0))
    np.save(folder + "/true0.npy", a[0])
    for k, rows in enumerate((p, n)):
        np.save(f"{folder}/init{k}.npy", rng.rand(rows, r))


def pivoting(g, m):
    """Block principal pivoting, rows grouped by passive set, from the free solution."""
    n, r = m.shape
    bits = 1 << np.arange(r)
    p = np.linalg.solve(g, m.T).T > 0
    a, fewest, full, todo = np.zeros((n, r)), np.full(n, r + 1), np.full(n, 3), np.arange(n)
    tol = 1e-14 * np.abs(m).max(1, keepdims=True)
    while len(todo):
        order = np.argsort(p[todo] @ bits, kind="stable")
        b = np.zeros((len(todo), r))
        for rows in np.split(order, np.flatnonzero(np.diff((p[todo] @ bits)[order])) + 1):
            k = np.flatnonzero(p[todo[rows[0]]])
            if len(k):
                b[np.ix_(rows, k)] = np.linalg.solve(g[np.ix_(k, k)], m[np.ix_(todo[rows], k)].T).T
        bad = np.where(p[todo], b < 0, b @ g - m[todo] < -tol[todo])
        count = bad.sum(1)
        a[todo[count == 0]] = b[count == 0]
        todo, bad, count = todo[count > 0], bad[count > 0], count[count > 0]
        less = count < fewest[todo]
        one = ~less & (full[todo] == 0)
        fewest[todo[less]], full[todo[less]] = count[less], 3
        full[todo[~less & ~one]] -= 1
        last = np.zeros_like(bad)
        last[np.arange(len(bad)), r - 1 - np.argmax(bad[:, ::-1], 1)] = True
        bad[one] = last[one]
        p[todo] ^= bad
    return a


def kkt(g, m, a):
    d = np.sqrt(np.diag(g))
    w = (a @ g - m) / d
    size = np.maximum(np.abs(a) * d, np.abs(m) / d).max(1)
    return (np.abs(np.minimum(a * d, w)).max(1) / size).max()


def clock(f):
    start = time.perf_counter()
    f()
    return 1e3 * (time.perf_counter() - start)


def each(u, x, sub=1000):
    """Pixel by pixel, on the first ones."""
    return clock(lambda: [nnls(u, x[:, j]) for j in range(sub)]) * x.shape[1] / sub


def sums(u, x):
    """FCLS by a row of large weight, the usual way."""
    w = 1e3 * np.abs(u).max()
    return np.vstack([u, np.full((1, u.shape[1]), w)]), np.vstack([x, np.full((1, x.shape[1]), w)])


def pass_of(a, m, g):
    for r in range(len(g)):
        a[:, r] = np.maximum(0, a[:, r] + (m[:, r] - a @ g[:, r]) / g[r, r])


def ours(binary, folder, name):
    text = subprocess.run([binary, "-test.run=^$", "-test.bench=^" + name.replace("/", "$/^") + "$/^workers=" + THREADS + "$", "-test.benchtime=200ms"],
                          check=True, capture_output=True, text=True, env={**os.environ, "POLYAD_BENCH": folder}).stdout
    return float(re.search(r"([\d.]+) ns/op", text).group(1)) / 1e6


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        binaries = {}
        for package in ("matrix", "cpd"):
            binaries[package] = os.path.join(folder, package + ".test")
            subprocess.run(["go", "test", "-c", "-o", binaries[package], "./" + package], check=True)
        if len(sys.argv) > 2:
            for name in os.listdir(sys.argv[2]):
                os.symlink(os.path.abspath(os.path.join(sys.argv[2], name)), os.path.join(folder, name))
        else:
            draw(folder)
        rng = np.random.RandomState(9)
        e = rng.rand(156, 3)
        y = e @ (rng.rand(3, 9025) - 0.2)
        if len(sys.argv) > 4:
            y = np.ascontiguousarray(scipy.io.loadmat(sys.argv[3])["Y"], dtype=float)
            with open(sys.argv[4]) as f:
                e = np.array([[float(v) for v in row] for row in csv.reader(f)])
        np.save(folder + "/E.npy", e)
        np.save(folder + "/Y.npy", y)
        run(rounds, folder, binaries, e, y)


def run(rounds, folder, binaries, e, y):
    print("numpy", np.__version__, "on", blas()[0] + ",", THREADS, "thread(s)")
    x, u, u0, v0 = (np.load(f"{folder}/{k}.npy") for k in ("X", "true0", "init0", "init1"))
    h0 = np.ascontiguousarray(v0.T)
    g, m = u.T @ u, x.T @ u
    print("KKT residual of numpy's pivoting: %.1e" % kkt(g, m, pivoting(g, m)))

    def cd(sweeps):
        return clock(lambda: non_negative_factorization(x, W=u0.copy(), H=h0.copy(), n_components=u.shape[1], init="custom", solver="cd", tol=0, max_iter=sweeps))

    def fixed():
        t = time.perf_counter()
        a, _, _ = non_negative_factorization(x.T, H=u.T.copy(), n_components=u.shape[1], init="random", update_H=False, solver="cd", tol=1e-9, max_iter=1000)
        t = 1e3 * (time.perf_counter() - t)
        print("KKT residual of scikit-learn, H fixed: %.1e" % kkt(g, m, a))
        return t

    rng = np.random.RandomState(1)
    a, w = rng.rand(9600, 8), rng.rand(16, 8)
    gw, mw = w.T @ w, rng.randn(9600, 8) @ (w.T @ w)
    once = {}
    cases = [
        ("matrix", "BenchmarkNNLS/94249x6/solve/cold", {"numpy pivoting": lambda: clock(lambda: pivoting(g, m))}),
        ("matrix", "BenchmarkNNLS/94249x6/whole", {
            "numpy pivoting": lambda: clock(lambda: pivoting(u.T @ u, x.T @ u)),
            "scipy nnls*": lambda: each(u, x),
            "scikit-learn": lambda: once.get("fixed") or once.setdefault("fixed", fixed()),
        }),
        ("matrix", "BenchmarkFCLS/9025x3/whole", {"scipy nnls*": lambda: each(*sums(e, y))}),
        ("matrix", "BenchmarkNMFSweep/162x94249/R=6/Inner=1", {"scikit-learn cd": lambda: (cd(4) - cd(1)) / 3}),
        ("matrix", "BenchmarkNMFSweep/162x94249/R=6", {}),
        ("cpd", "BenchmarkHALS/9600/R=8/pass", {"numpy": lambda: clock(lambda: pass_of(a.copy(), mw, gw))}),
    ]
    print(f"{'ms':42} {'polyad':>9}")
    for package, name, peers in cases:
        mine, theirs = [], {k: [] for k in peers}
        for _ in range(rounds):
            mine.append(ours(binaries[package], folder, name))
            for k, f in peers.items():
                theirs[k].append(f())
        print(f"{name[9:]:42} {statistics.median(mine):9.3f}  " + ", ".join(f"{k} {statistics.median(t):.2f}" for k, t in theirs.items()), flush=True)


if __name__ == "__main__":
    main()
