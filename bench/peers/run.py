#!/usr/bin/env python3
"""Everything in this folder in one run, beside polyad bench kernels.

    python3 bench/peers/run.py [--rounds 5] [--only WORD] [folder]

Run from the module's root. Prints the machine, versions and BLAS, then the table
of polyad bench kernels, then every script that is present, with one thread and
Octave with one and all; then whatever further peer is installed does a
comparable sweep: tensorly, pyttb, splatt, planc; Tensor Toolbox within octave.m.
The folder holds inputs, NAME/X.npy and NAME/init<k>.npy; without one, or for a
NAME that it lacks, inputs of the same shapes are drawn from a seed.
"""

import argparse
import importlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = {  # script: how it takes rounds, and the folder of inputs, if it does
    "products.py": ([], None), "mttkrp.py": (["--rounds"], ""), "sparse.py": ([], None), "solves.py": ([], "nmf_urban"),
    "nmf.py": (["--rounds"], ""),
}
CASES = {"c100": ((100, 100, 100), 10), "c200": ((200, 200, 200), 20), "q60": ((60, 60, 60, 60), 16), "urban3": ((307, 307, 162), 8)}
SWEEPS = 5  # of a peer that cannot do one; the time is divided


def machine():
    model = "unknown processor"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as f:
            model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), model)
    print(f"{model}, {os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}")
    for name in ["numpy", "scipy", "sklearn", "tensorly", "pyttb"]:
        try:
            print(f"{name} {importlib.import_module(name).__version__}")
        except ImportError:
            print(f"{name} is not installed")
    if os.path.exists("/proc/self/maps"):  # of numpy, which is loaded by now
        with open("/proc/self/maps") as f:
            paths = sorted({line.split()[-1] for line in f if "blas" in line.split()[-1].lower()})
        print("BLAS:", " ".join(os.path.realpath(p) for p in paths) or "none is loaded")


def run(title, command, threads):
    """Runs a command with so many threads; says so when it fails, and goes on."""
    print(f"\n== {title}, {threads} thread{'s' * (threads > 1)}", flush=True)
    env = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    done = subprocess.run(command, env=env, check=False)
    if done.returncode != 0:
        print(f"!! {title} ended with status {done.returncode}", flush=True)


def inputs(folder, name):
    """The tensor of a case and its start."""
    import numpy as np
    shape, rank = CASES[name]
    at = os.path.join(folder, name) if folder else ""
    if at and os.path.exists(os.path.join(at, "X.npy")):
        return np.load(os.path.join(at, "X.npy")), [np.load(os.path.join(at, f"init{k}.npy")) for k in range(len(shape))]
    rng = np.random.default_rng(1)
    return rng.random(shape), [rng.random((n, rank)) for n in shape]


def tensorly(x, start):
    from tensorly.cp_tensor import CPTensor
    from tensorly.decomposition import parafac
    rank = start[0].shape[1]
    return lambda: parafac(x, rank, n_iter_max=SWEEPS, tol=0, init=CPTensor((None, [a.copy() for a in start])))


def pyttb(x, start):
    import pyttb as ttb
    t, k = ttb.tensor(x), ttb.ktensor([a.copy() for a in start])
    return lambda: ttb.cp_als(t, start[0].shape[1], init=k, maxiters=SWEEPS, stoptol=0, printitn=0)


def sweeps(peer, make, folder, rounds):
    """Milliseconds a sweep of a peer in Python."""
    try:
        importlib.import_module(peer)
    except ImportError:
        print(f"\n== {peer} is not installed", flush=True)
        return
    print(f"\n== {peer}, sweeps of ALS", flush=True)
    for name, (shape, rank) in CASES.items():
        f, times = make(*inputs(folder, name)), []
        f()
        for _ in range(rounds):
            start = time.perf_counter()
            f()
            times.append((time.perf_counter() - start) / SWEEPS)
        print(f"sweep/als/dense/{'x'.join(map(str, shape))}/R={rank} {1e3 * statistics.median(times):12.4g}", flush=True)


def binaries(rounds, sparse):
    """splatt on .tns files of the folder; planc has no fixed form of input and is only named."""
    if (splatt := shutil.which("splatt")) and sparse:
        for name in sorted(f for f in os.listdir(sparse) if f.endswith(".tns")):
            run(f"splatt, {name}", [splatt, "cpd", os.path.join(sparse, name), "-r", "16", "-i", str(rounds), "--tol", "0", "--nowrite"], 1)
    for name in ["splatt", "planc", "distntf"]:
        where = shutil.which(name)
        print(f"\n== {name}: {where or 'is not installed'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="the parts whose name has this word: kernels, products.py, octave, tensorly, …")
    parser.add_argument("--sparse", default="", help="folder with .tns files for splatt")
    parser.add_argument("folder", nargs="?", default="")
    o = parser.parse_args()
    folder = os.path.abspath(o.folder) if o.folder else ""
    wanted = lambda name: o.only in name
    cores = sorted({1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()})
    machine()
    if wanted("kernels"):
        with tempfile.TemporaryDirectory() as scratch:
            binary = os.path.join(scratch, "polyad")
            subprocess.run(["go", "build", "-o", binary, "./cmd/polyad"], check=True)
            run("polyad bench kernels", [binary, "bench", "kernels", "--rounds", str(o.rounds)], cores[-1])
    for name, (flag, inner) in SCRIPTS.items():
        path = os.path.join(HERE, name)
        if not wanted(name) or not os.path.exists(path):
            continue
        given = os.path.join(folder, inner) if folder and inner is not None else ""
        run(name, [sys.executable, path, *flag, str(o.rounds), *([given] if os.path.isdir(given) else [])], 1)
    if wanted("octave"):
        if octave := shutil.which("octave"):
            for threads in cores:
                run("octave", [octave, "--no-gui", "--quiet", os.path.join(HERE, "octave.m"), str(o.rounds)], threads)
        else:
            print("\n== octave is not installed")
    for peer, make in [("tensorly", tensorly), ("pyttb", pyttb)]:
        if wanted(peer):
            sweeps(peer, make, folder, o.rounds)
    if wanted("binaries"):
        binaries(o.rounds, o.sparse)


if __name__ == "__main__":
    main()
