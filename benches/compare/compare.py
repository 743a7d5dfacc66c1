"""Times topicmill beside its peers on the same work, in one run, with the answers checked.

Every measurement is a row of `results.csv`: work, program, the figure of each round, median, and what was checked. Peers
take turns within a round, so that a machine that grows slower slows all of them.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import scipy.io
import sklearn
from sklearn.datasets import load_files
from sklearn.decomposition import NMF
from sklearn.decomposition._nmf import _beta_divergence
from sklearn.feature_extraction.text import TfidfVectorizer

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/topicmill"
ITERATIONS = 20
# scikit-learn's iterations are the difference of two runs, so that its start is not counted.
PEER_ITERATIONS = (1, 4)


LAUNCHER = """
import os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def topicmill(*arguments):
    """Runs the program; gives seconds, and peak memory in MiB."""
    # A launcher of its own: a child's peak memory begins with that of the process that forked it.
    command = [sys.executable, "-S", "-c", LAUNCHER, str(PROGRAM), *map(str, arguments), "-q"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"topicmill {arguments} failed: {result.stderr}")
    spent, peak = map(float, result.stdout.split())
    return spent, peak / 1024


def manifest(directory):
    return json.loads((directory / "manifest.json").read_text())


def trace(directory):
    rows = (directory / "trace.csv").read_text().splitlines()[1:]
    return [float(row.split(",")[1]) for row in rows]


def divergence(x, document_topic, topic_term):
    return float(_beta_divergence(x.astype(np.float64), document_topic.astype(np.float64), topic_term.astype(np.float64), 1))


def seconds(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def scikit_learn_matrix(folder):
    """What a user of scikit-learn writes for the same: load_files reads folders one level deep, so splits one by one."""
    nested = any(child.is_dir() for part in folder.iterdir() if part.is_dir() for child in part.iterdir())
    splits = sorted(folder.iterdir()) if nested else [folder]
    texts = [text for split in splits for text in load_files(split, encoding="latin-1").data]
    options = {"stop_words": "english", "min_df": 5, "max_df": 0.5, "sublinear_tf": True, "norm": None, "dtype": np.float32}
    return TfidfVectorizer(**options).fit_transform(texts)


class Record:
    """Rows of the record, written as they come."""

    def __init__(self, directory):
        self.path = directory / "results.csv"
        self.file = self.path.open("w", newline="")
        self.writer = csv.writer(self.file)
        self.writer.writerow(["work", "corpus", "k", "program", "unit", "median", "minimum", "maximum", "rounds", "checked"])

    def add(self, work, corpus, k, program, unit, figures, checked=""):
        median = statistics.median(figures)
        row = [work, corpus, k, program, unit, f"{median:.6g}", f"{min(figures):.6g}", f"{max(figures):.6g}", len(figures), checked]
        self.writer.writerow(row)
        self.file.flush()
        print(*row, sep="  ", flush=True)
        return median


def iteration(record, corpus, matrix, n_topics, rounds, work_dir):
    """One multiplicative update of H and W, both programs from the same start on the same matrix."""
    x = scipy.io.mmread(matrix / "matrix.mtx").T.tocsr().astype(np.float32)
    generator = np.random.default_rng(7)
    scale = np.sqrt(x.mean() / n_topics)
    h = (scale * (0.05 + generator.random((n_topics, x.shape[1])))).astype(np.float32)
    w = (scale * (0.05 + generator.random((x.shape[0], n_topics)))).astype(np.float32)
    start = work_dir / "start"
    shutil.rmtree(start, ignore_errors=True)
    start.mkdir()
    np.save(start / "topic_term.npy", h)
    np.save(start / "document_topic.npy", w)
    model = work_dir / "model"
    ours, peer, error = [], [], 0.0
    for _ in range(rounds):
        topicmill("fit", matrix, "--init-from", start, "--max-iterations", ITERATIONS, "--tolerance", 0, "-o", model, "--force")
        ours.append(manifest(model)["run"]["seconds"]["iterations"] / ITERATIONS)
        times = []
        for n in PEER_ITERATIONS:
            nmf = NMF(n_topics, init="custom", solver="mu", beta_loss="kullback-leibler", max_iter=n, tol=0)
            spent, result = seconds(lambda: nmf.fit_transform(x, W=w.copy(), H=h.copy()))
            times.append(spent)
        peer.append((times[1] - times[0]) / (PEER_ITERATIONS[1] - PEER_ITERATIONS[0]))
        reference = divergence(x, result, nmf.components_)
        error = max(error, abs(trace(model)[PEER_ITERATIONS[1]] / reference - 1))
    if error > 1e-3:
        sys.exit(f"objectives differ by {error}")
    checked = f"objective after {PEER_ITERATIONS[1]} updates within {error:.1e}"
    mine = record.add("one MU iteration", corpus, n_topics, "topicmill", "s", ours, checked)
    theirs = record.add("one MU iteration", corpus, n_topics, "scikit-learn float32", "s", peer, checked)
    ratios = [b / a for a, b in zip(ours, peer)]
    record.add("one MU iteration", corpus, n_topics, "scikit-learn / topicmill", "ratio", ratios)
    print(f"   {theirs / mine:.0f} times")


def matrix_of_folder(record, corpus, folder, rounds, work_dir):
    """From a folder to a weighted matrix: the program writes it, the peer keeps it in memory."""
    ours, memory, peer = [], [], []
    for _ in range(rounds):
        spent, peak = topicmill("vectorize", folder, "-o", work_dir / "matrix", "--force")
        ours.append(spent)
        memory.append(peak)
        spent, x = seconds(lambda: scikit_learn_matrix(folder))
        peer.append(spent)
    shape = manifest(work_dir / "matrix")["corpus"]
    checked = f"{shape['n_documents']} x {shape['n_terms']}, {shape['n_nonzeros']} nonzeros; peer {x.shape[0]} x {x.shape[1]}, {x.nnz}"
    record.add("folder to matrix", corpus, "", "topicmill", "s", ours, checked)
    record.add("folder to matrix", corpus, "", "topicmill", "MiB", memory)
    record.add("folder to matrix", corpus, "", "scikit-learn", "s", peer, checked)
    record.add("folder to matrix", corpus, "", "scikit-learn / topicmill", "ratio", [b / a for a, b in zip(ours, peer)])


def whole_fit(record, corpus, folder, matrix, n_topics, rounds, work_dir):
    """From the folder until the objective is at the peer's converged one, on the same matrix."""
    x = scipy.io.mmread(matrix / "matrix.mtx").T.tocsr().astype(np.float32)
    nmf = NMF(n_topics, init="nndsvda", solver="mu", beta_loss="kullback-leibler", tol=1e-4, random_state=1)
    factorise, result = seconds(lambda: nmf.fit_transform(x))
    target = divergence(x, result, nmf.components_)
    model = work_dir / "model"
    topicmill("fit", folder, "-k", n_topics, "-o", model, "--force", "--tolerance", 0, "--max-iterations", 1000)
    reached = next((i for i, f in enumerate(trace(model)) if f <= target), None)
    if reached is None:
        sys.exit(f"the objective {target} was not reached")
    ours, memory, peer = [], [], []
    for _ in range(rounds):
        spent, peak = topicmill("fit", folder, "-k", n_topics, "-o", model, "--force", "--tolerance", 0, "--max-iterations", max(reached, 1))
        ours.append(spent)
        memory.append(peak)
        spent, _ = seconds(lambda: scikit_learn_matrix(folder))
        peer.append(spent + factorise)
    checked = f"objective {manifest(model)['fit']['last_objective']:.6g} after {reached} iterations, peer {target:.6g} after {nmf.n_iter_}"
    record.add("whole fit", corpus, n_topics, "topicmill", "s", ours, checked)
    record.add("whole fit", corpus, n_topics, "topicmill", "MiB", memory)
    record.add("whole fit", corpus, n_topics, "scikit-learn (its NMF timed once)", "s", peer, checked)
    record.add("whole fit", corpus, n_topics, "scikit-learn / topicmill", "ratio", [b / a for a, b in zip(ours, peer)])


def machine():
    name = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    import threadpoolctl

    return {
        "date": datetime.date.today().isoformat(),
        "processor": name,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "blas": [f"{pool['internal_api']} {pool.get('architecture', '')} {pool['num_threads']} threads" for pool in threadpoolctl.threadpool_info()],
        "topicmill": subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.strip(),
        "rustc": subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    shared = pathlib.Path(os.environ.get("TOPICMILL_SHARED", ROOT / "../shared"))
    parser.add_argument("--corpora", type=pathlib.Path, default=shared / "corpora")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="iteration,matrix,fit")
    parser.add_argument("--k", default="20,50,100")
    arguments = parser.parse_args()
    if not arguments.corpora.is_dir():
        print(f"skipped: {arguments.corpora} is absent")
        return
    works, sizes = arguments.only.split(","), [int(k) for k in arguments.k.split(",")]
    directory = ROOT / "benches/record" / datetime.date.today().isoformat()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "machine.json").write_text(json.dumps(machine() | {"command": " ".join(sys.argv)}, indent=2) + "\n")
    record = Record(directory)
    with tempfile.TemporaryDirectory() as temporary:
        work_dir = pathlib.Path(temporary)
        for corpus in ["20newsgroups", "bbc"]:
            folder = arguments.corpora / corpus
            matrix = work_dir / f"{corpus}-matrix"
            topicmill("vectorize", folder, "-o", matrix)
            if "matrix" in works:
                matrix_of_folder(record, corpus, folder, arguments.rounds, work_dir)
            for k in sizes:
                if "iteration" in works:
                    iteration(record, corpus, matrix, k, arguments.rounds, work_dir)
            if "fit" in works:
                whole_fit(record, corpus, folder, matrix, sizes[0], arguments.rounds, work_dir)


if __name__ == "__main__":
    main()
