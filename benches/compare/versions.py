"""Whole fits of two builds of topicmill beside each other, and the Frobenius family beside scikit-learn's default solver.

    python3 benches/compare/versions.py BEFORE AFTER OUT.csv [WORK…]

BEFORE and AFTER are two binaries of different names; they run in turns on the same matrix, without sharpening. A fit of AFTER is run a
second time with as many iterations as it needs to reach the objective at which BEFORE ended: that time is the one that
is compared. `sklearn-K` starts both programs from scikit-learn's NNDSVDa and compares the time of iterations until the
worse of the two final objectives. Needs TOPICMILL_SHARED; rows are appended to OUT.csv.
"""

import csv
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
before, after, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
CORPORA = {"20ng": ([shared / "20newsgroups", "--strip", "email"]), "arxiv": ([shared / "arxiv-100k.jsonl.gz"])}
WORKS = [
    "20ng-20", "20ng-100", "20ng-300", "20ng-1000", "arxiv-100", "arxiv-300", "arxiv-1000",
    "20ng-20-frobenius", "20ng-100-frobenius", "20ng-200-frobenius", "sklearn-20", "sklearn-100",
]  # fmt: skip
place = pathlib.Path(tempfile.mkdtemp())


def matrix(corpus, more=()):
    """The matrix of a corpus, without what this program knows beside it, so that every build reads the same."""
    directory = place / (corpus + "-".join(more))
    if not directory.exists():
        inputs = [str(part) for part in CORPORA[corpus]]
        subprocess.run([after, "vectorize", *inputs, *more, "-o", str(directory), "-q"], check=True)
    return directory / "matrix.mtx"


def sharpening(binary):
    """The flag that switches sharpening off, for builds that have it."""
    text = subprocess.run([binary, "fit", "--help"], capture_output=True, text=True).stdout
    return ["--sharpening", "off"] if "--sharpening" in text else []


def fit(binary, v, k, *more):
    """Seconds of the fit without reading, the trace, and seconds of the iterations alone."""
    model = place / pathlib.Path(binary).name
    arguments = [binary, "fit", str(v), "-k", str(k), "-o", str(model), "--force", "-v", *sharpening(binary), *more]
    run = subprocess.run(arguments, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    seconds = float(re.search(r"fitting ([\d.]+) s", run.stderr).group(1))
    with open(model / "trace.csv") as file:
        trace = [float(row["objective"]) for row in csv.DictReader(file)]
    manifest = json.loads((model / "manifest.json").read_text())
    return seconds, trace, manifest["run"]["seconds"].get("iterations", 0.0)


def record(work, name, value):
    new = not out.exists()
    with open(out, "a") as file:
        if new:
            file.write("work,what,value\n")
        file.write(f"{work},{name},{value}\n")
    print(work, name, value, flush=True)


def versions(work):
    corpus, k, *loss = work.split("-")
    more = ["--loss", loss[0]] if loss else []
    v = matrix(corpus)
    rounds = 1 if int(k) >= 300 else 3
    ratios, whole = [], []
    for _ in range(rounds):
        seconds, trace, _ = fit(before, v, k, *more)
        own_seconds, own_trace, _ = fit(after, v, k, *more)
        reached = next((i for i, f in enumerate(own_trace) if f <= trace[-1] * (1 + 1e-6)), None)
        to_same = own_seconds
        if reached is not None and reached < len(own_trace) - 1:
            to_same, _, _ = fit(after, v, k, "--max-iterations", str(max(reached, 1)), *more)
        ratios.append(seconds / to_same)
        whole.append(seconds / own_seconds)
    record(work, "seconds before", round(seconds, 2))
    record(work, "seconds after to the same objective", round(to_same, 2))
    record(work, "times as fast to the same objective", round(statistics.median(ratios), 2))
    record(work, "times as fast as whole fits", round(statistics.median(whole), 2))
    record(work, "objective after / before", f"{own_trace[-1] / trace[-1]:.6f}")


def beside_sklearn(work):
    import numpy
    import scipy.io
    from sklearn.decomposition._nmf import _initialize_nmf, _update_coordinate_descent

    k = int(work.split("-")[1])
    v = matrix("20ng", ("--norm", "l2"))
    x = scipy.io.mmread(v).T.tocsr().astype(numpy.float32)  # documents × terms
    w, h = _initialize_nmf(x, k, "nndsvda", random_state=0)
    start = place / f"start-{k}"
    start.mkdir(exist_ok=True)
    numpy.save(start / "document_topic.npy", numpy.ascontiguousarray(w, numpy.float32))
    numpy.save(start / "topic_term.npy", numpy.ascontiguousarray(h, numpy.float32))

    half_squares = 0.5 * float((x.data.astype(float) ** 2).sum())

    def objective(w, h):
        gram = (w.T.astype(float) @ w) * (h.astype(float) @ h.T)
        return half_squares - float(((x @ h.T) * w).sum(dtype=float)) + 0.5 * float(gram.sum())

    w, ht = w.astype(numpy.float32), numpy.ascontiguousarray(h.T.astype(numpy.float32))
    path, seconds, first = [(0.0, objective(w, ht.T))], 0.0, None
    for _ in range(200):
        began = time.perf_counter()
        violation = _update_coordinate_descent(x, w, ht, 0.0, 0.0, False, None)
        violation += _update_coordinate_descent(x.T, ht, w, 0.0, 0.0, False, None)
        seconds += time.perf_counter() - began
        path.append((seconds, objective(w, ht.T)))
        first = first or violation
        if violation / first <= 1e-4:
            break
    _, trace, iterations = fit(after, v, k, "--loss", "frobenius", "--init-from", str(start))
    own = [(i * iterations / max(len(trace) - 1, 1), f) for i, f in enumerate(trace)]
    target = max(path[-1][1], own[-1][1]) * (1 + 1e-6)
    at = lambda path: next(seconds for seconds, f in path if f <= target)
    record(work, "objective", round(target, 3))
    record(work, "scikit-learn's end / topicmill's", f"{path[-1][1] / own[-1][1]:.6f}")
    record(work, "seconds of scikit-learn", round(at(path), 2))
    record(work, "seconds of topicmill", round(at(own), 3))
    record(work, "times as fast", round(at(path) / at(own), 1))
    record(work, "times as fast each to its end", round(path[-1][0] / own[-1][0], 1))


for work in sys.argv[4:] or WORKS:
    beside_sklearn(work) if work.startswith("sklearn") else versions(work)
