"""The Python package beside scikit-learn and beside the program, in one run: `python benches/compare/python.py [--only WORK]`.

Needs the package (`pip install ./python`), the program (`cargo build --release`) and TOPICMILL_SHARED. Every measurement is a
process of its own, the programs take turns, and memory is the peak of a process above what it held before the fit.

* estimators: 20 Newsgroups as TF-IDF weights, scikit-learn's defaults (tol 1e-4, NNDSVDa) until they converge, then this
  package's estimators: a whole fit with their defaults, which must end no higher, and a whole fit of the fewest iterations
  that reach scikit-learn's objective. Objectives are computed by scikit-learn's function for both.
* texts: `TopicModel(20).fit` of 100,000 strings beside `topicmill fit` of a file with the same texts, one a line.

Works are named by loss and k, such as "frobenius, k = 20", and "texts"; `--only` takes those whose name begins so. Rows are
added to `benches/record/<date>/python.csv`."""

from __future__ import annotations

import csv
import datetime
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("TOPICMILL_SHARED", ROOT.parent / "shared"))
PROGRAM = ROOT / "target" / "release" / "topicmill"


def memory(name: str) -> int:
    """Bytes of memory of this process: "VmRSS" now, "VmHWM" at the peak since `forget_peak`."""
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def forget_peak() -> int:
    """Begins a new peak, and returns what is held now."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")
    return memory("VmRSS")


def estimator(matrix: str, who: str, loss: str, k: int, max_iter: int, tol: float) -> dict[str, float]:
    """One fit in this process: seconds, bytes above what was held before, iterations, objective."""
    import warnings

    from scipy import sparse
    from sklearn.decomposition._nmf import _beta_divergence

    warnings.simplefilter("ignore")
    X = sparse.load_npz(matrix)
    if who == "scikit-learn":
        from sklearn.decomposition import NMF

        solver = "mu" if loss == "kullback-leibler" else "cd"
        model = NMF(k, beta_loss=loss, solver=solver, init="nndsvda", random_state=0, max_iter=max_iter, tol=tol)
    else:
        from topicmill import KLNMF, FrobeniusNMF

        model = (KLNMF if loss == "kullback-leibler" else FrobeniusNMF)(k, max_iter=max_iter, tol=tol)
    # What a first fit loads is not what a matrix takes.
    model.fit(sparse.random(2 * k, 2 * k, 0.2, format="csr", random_state=1))
    held = forget_peak()
    start = time.perf_counter()
    W = model.fit_transform(X)
    seconds = time.perf_counter() - start
    taken = memory("VmHWM") - held
    beta = 1 if loss == "kullback-leibler" else 2
    objective = _beta_divergence(X, W, model.components_, beta, square_root=True)
    return {
        "seconds": seconds,
        "bytes": taken,
        "iterations": model.n_iter_,
        "objective": float(objective),
    }


def texts(lines: str) -> dict[str, float]:
    from topicmill import TopicModel

    with open(lines, encoding="utf-8") as file:
        documents = file.read().split("\n")[:-1]
    held = forget_peak()
    start = time.perf_counter()
    model = TopicModel(20, progress=False).fit(documents)
    return {
        "seconds": time.perf_counter() - start,
        "bytes": memory("VmHWM") - held,
        "topic_term": hash(model.topic_term.tobytes()),
    }


def child(*arguments: object) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


def newsgroups(path: Path) -> None:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    files = sorted(path for path in (SHARED / "corpora" / "20newsgroups").rglob("*") if path.is_file())
    found = [file.read_text(encoding="latin-1") for file in files]
    X = TfidfVectorizer(stop_words="english", min_df=5, max_df=0.5, sublinear_tf=True).fit_transform(found)
    print(
        f"20 Newsgroups: {X.shape[0]:,} × {X.shape[1]:,}, {X.nnz:,} nonzeros",
        flush=True,
    )
    sparse.save_npz(path, X)


def beside_the_program(folder: Path, rounds: int, record: Callable[..., dict[str, float]]) -> None:
    with gzip.open(SHARED / "corpora" / "arxiv-100k.jsonl.gz", "rt", encoding="utf-8") as file:
        found = [" ".join(json.loads(line)["text"].split()) for line in file][:100_000]
    lines = Path(folder, "texts.txt")
    lines.write_text("\n".join(found) + "\n", encoding="utf-8")
    package, program = [], []
    for number in range(rounds):
        package.append(child("texts", lines))
        output = Path(folder, f"model-{number}")
        command = [
            PROGRAM,
            "fit",
            lines,
            "--format",
            "lines",
            "-k",
            "20",
            "-o",
            output,
            "--quiet",
        ]
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        whole_command = time.perf_counter() - start
        seconds = json.loads((output / "manifest.json").read_text())["run"]["seconds"]
        program.append(
            {
                "seconds": seconds["read"] + seconds["fit"],
                "bytes": 0,
                "command": whole_command,
            }
        )
    ours = record("100,000 texts, k = 20", "TopicModel.fit", package)
    theirs = record("100,000 texts, k = 20", "topicmill fit (read and fit)", program)
    print(
        f"100,000 texts: {ours['seconds'] / theirs['seconds']:.2f} times the program's read and fit, "
        f"{ours['seconds'] / statistics.median(run['command'] for run in program):.2f} times its whole command"
    )


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        kind, *arguments = sys.argv[2:]
        if kind == "texts":
            print(json.dumps(texts(*arguments)))
        else:
            matrix, who, loss, k, max_iter, tol = arguments
            print(json.dumps(estimator(matrix, who, loss, int(k), int(max_iter), float(tol))))
        return
    rounds = 3
    only = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
    rows: list[dict[str, object]] = []

    def record(work: str, who: str, runs: list[dict[str, float]], **more: object) -> dict[str, float]:
        middle = {name: statistics.median(run[name] for run in runs) for name in ("seconds", "bytes")}
        row = {
            "work": work,
            "who": who,
            "rounds": len(runs),
            **{n: round(v, 4) for n, v in middle.items()},
            **more,
        }
        rows.append(row)
        print(row, flush=True)
        return middle

    with tempfile.TemporaryDirectory() as folder:
        matrix = Path(folder, "matrix.npz")
        newsgroups(matrix)
        for loss, ks in (("kullback-leibler", (20, 100)), ("frobenius", (20, 100))):
            for k in ks:
                work = f"{loss}, k = {k}"
                if not work.startswith(only):
                    continue
                n_theirs = 1 if k == 100 else 2
                theirs = [child("fit", matrix, "scikit-learn", loss, k, 2000, 1e-4) for _ in range(n_theirs)]
                target = theirs[0]["objective"]
                low, fewest = 1, 400
                while fewest - low > 1:
                    middle = (low + fewest) // 2
                    is_there = child("fit", matrix, "topicmill", loss, k, middle, 0)["objective"] <= target
                    low, fewest = (low, middle) if is_there else (middle, fewest)
                reached = [child("fit", matrix, "topicmill", loss, k, fewest, 0) for _ in range(rounds)]
                whole = [child("fit", matrix, "topicmill", loss, k, 200, 1e-4) for _ in range(rounds)]
                a = record(
                    work,
                    "scikit-learn",
                    theirs,
                    iterations=theirs[0]["iterations"],
                    objective=target,
                )
                b = record(
                    work,
                    "topicmill, to their objective",
                    reached,
                    iterations=fewest,
                    objective=reached[0]["objective"],
                )
                c = record(
                    work,
                    "topicmill, by default",
                    whole,
                    iterations=whole[0]["iterations"],
                    objective=whole[0]["objective"],
                )
                for name, run in (("to their objective", b), ("by default", c)):
                    faster, smaller = (
                        a["seconds"] / run["seconds"],
                        a["bytes"] / max(run["bytes"], 1),
                    )
                    print(
                        f"{work}, {name}: {faster:.1f} times as fast, memory 1/{smaller:.1f}",
                        flush=True,
                    )
        if "texts".startswith(only):
            beside_the_program(Path(folder), rounds, record)
    place = ROOT / "benches" / "record" / datetime.date.today().isoformat()
    place.mkdir(parents=True, exist_ok=True)
    is_new = not (place / "python.csv").exists()
    with open(place / "python.csv", "a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file,
            ["work", "who", "rounds", "seconds", "bytes", "iterations", "objective"],
        )
        if is_new:
            writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
