#!/usr/bin/env python3
"""Nonnegative matrix factorisation beside scikit-learn: seconds to an error.

    python3 bench/peers/nmf.py [--rounds 3] [--only WORD] [FOLDER]

Run from the module's root. FOLDER has nmf_urban and nmf_2k5k, each with X.npy (p×n),
init0.npy (p×r) and init1.npy (n×r), from which every program starts. Targets are
relative errors of ‖X − UV‖. polyad's seconds are its trace's, scikit-learn's those of
one call of as many sweeps as it takes, found beforehand; both are the best of the rounds,
which take turns. BLAS has as many threads as OPENBLAS_NUM_THREADS
says (default: all cores), and so does polyad.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
import warnings

THREADS = os.environ.setdefault("OPENBLAS_NUM_THREADS", str(os.cpu_count()))
import numpy as np
from blas import blas
from sklearn.decomposition import non_negative_factorization
from sklearn.exceptions import ConvergenceWarning

warnings.simplefilter("ignore", ConvergenceWarning)

CASES = {"nmf_urban": (6, 0.018601), "nmf_2k5k": (20, 0.01995)}
METHODS = ("hals", "ahals", "extrapolated", "nnls")
CHUNK = 2


def start(folder):
    """X and both factors, U at the scale that fits best, as polyad's start has it."""
    x, u, v = (np.load(f"{folder}/{k}.npy") for k in ("X", "init0", "init1"))
    v = np.ascontiguousarray(v.T)
    return x, u * (np.vdot(x @ v.T, u) / np.vdot(u.T @ u, v @ v.T)), v


def descend(x, u, v, sweeps):
    return non_negative_factorization(x, W=u.copy(), H=v.copy(), n_components=u.shape[1], init="custom", solver="cd", tol=0, max_iter=sweeps)[:2]


def needed(folder, target):
    """How many sweeps scikit-learn takes."""
    x, u, v = start(folder)
    xx = float(np.vdot(x, x))
    for sweeps in range(CHUNK, 201, CHUNK):
        u, v = descend(x, u, v, CHUNK)
        rr = xx - 2 * np.vdot(x @ v.T, u) + np.vdot(u.T @ u, v @ v.T)
        if np.sqrt(max(rr, 0) / xx) <= target:
            return sweeps
    raise SystemExit(f"scikit-learn does not reach {target} in 200 sweeps")


def scikit(folder, sweeps):
    x, u, v = start(folder)
    t = time.perf_counter()
    descend(x, u, v, sweeps)
    return time.perf_counter() - t, sweeps


def polyad(binary, folder, rank, target, method):
    text = subprocess.run(
        [binary, "nmf", f"{folder}/X.npy", "--rank", str(rank), "--method", method, "--init-factors", f"{folder}/init0.npy,{folder}/init1.npy",
         "--max-sweeps", "45", "--tol", "0", "--trace", "--json", "--quiet", "--threads", THREADS],
        check=True, capture_output=True, text=True).stdout
    for p in json.loads(text)["trace"]:
        if p["relative_error"] <= target:
            return p["seconds"], p["sweep"]
    return float("inf"), 45


def main():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("folder", nargs="?", help="without one there is nothing to compare")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--only", default="")
    args.add_argument("--binary", help="polyad, if it is built already")
    a = args.parse_args()
    if not a.folder:
        return
    print("numpy", np.__version__, "on", blas()[0] + ",", THREADS, "thread(s)")
    with tempfile.TemporaryDirectory() as scratch:
        binary = a.binary or scratch + "/polyad"
        if not a.binary:
            subprocess.run(["go", "build", "-o", binary, "./cmd/polyad"], check=True)
        for case, (rank, target) in CASES.items():
            folder = os.path.join(a.folder, case)
            if a.only not in case or not os.path.isdir(folder):
                continue
            best, sweeps = {}, needed(folder, target)
            for _ in range(a.rounds):
                runs = {"scikit-learn cd": lambda: scikit(folder, sweeps)}
                runs.update({"polyad " + m: lambda m=m: polyad(binary, folder, rank, target, m) for m in METHODS})
                for name, f in runs.items():
                    best[name] = min(best.get(name, (float("inf"), 0)), f())
            base = best["scikit-learn cd"][0]
            for name, (seconds, made) in best.items():
                print(f"{case} R={rank} to {target}: {name:20} {seconds:7.3f} s, {made:3} sweeps, {base / seconds:5.1f} times scikit-learn", flush=True)


if __name__ == "__main__":
    main()
