"""Times topicmill beside its peers on the same work, in one run, with the answers checked.

Every measurement is a row of `results.csv`: work, corpus, topics, program, the median of its figures with their spread,
and what was checked. Within a round the programs take turns, each in a process of its own, so that a machine that grows
slower slows all of them; a ratio is the median of the rounds' ratios.
"""

import argparse
import csv
import datetime
import gzip
import json
import math
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

import numpy as np
from scipy.io import mmread

import charts

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/topicmill"
PEERS = pathlib.Path(__file__).with_name("peers.py")
ITERATIONS = 20
# What scikit-learn's iterations are checked by: the objective after as many.
CHECKED = 4

# A child's peak memory begins with that of the process that forked it: a small one of its own.
LAUNCHER = """
import os, sys, time
start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - start, usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def launch(command):
    """Runs a command; gives its output, its seconds and its peak memory in MiB."""
    result = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, *map(str, command)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed: {result.stderr}")
    seconds, peak = map(float, result.stderr.split()[-2:])
    return result.stdout, seconds, peak / 1024


def topicmill(*arguments):
    _, seconds, peak = launch([PROGRAM, *arguments, "-q"])
    return {"seconds": seconds, "MiB": peak}


def peer(function, **arguments):
    """A function of peers.py in a process of its own; its seconds leave the imports out, its memory does not."""
    output, _, peak = launch([sys.executable, PEERS, function, *(f"{key}={value}" for key, value in arguments.items())])
    return json.loads(output.splitlines()[-1]) | {"MiB": peak}


def manifest(directory):
    return json.loads((directory / "manifest.json").read_text())


def trace(directory):
    rows = (directory / "trace.csv").read_text().splitlines()[1:]
    return [float(row.split(",")[1]) for row in rows]


class Record:
    """Rows of the record, written as they come; a row of an earlier run of the same day is replaced by its like."""

    COLUMNS = ["work", "corpus", "k", "program", "unit", "median", "minimum", "maximum", "rounds", "checked"]

    def __init__(self, directory):
        self.path, self.rows = directory / "results.csv", {}
        if self.path.exists():
            with self.path.open(newline="") as file:
                self.rows = {tuple(row[:5]): row for row in list(csv.reader(file))[1:]}

    def add(self, work, corpus, k, program, unit, figures, checked=""):
        numbers = [f"{number:.6g}" for number in (statistics.median(figures), min(figures), max(figures))]
        key = (work, corpus, str(k), program, unit)
        self.rows[key] = [*key, *numbers, len(figures), checked]
        with self.path.open("w", newline="") as file:
            csv.writer(file).writerows([self.COLUMNS, *self.rows.values()])
        print(*self.rows[key], sep="  ", flush=True)

    def compare(self, work, corpus, k, rounds, checked="", peers_only=False):
        """Rounds of {program: {unit: figure}}, topicmill among them; its own rows stand there already if `peers_only`."""
        for program in rounds[0]:
            for unit in rounds[0][program]:
                if program != "topicmill" or not peers_only:
                    self.add(work, corpus, k, program, unit, [round[program][unit] for round in rounds], checked)
                if program != "topicmill" and unit in rounds[0]["topicmill"]:
                    name = "ratio" if unit == "seconds" else f"ratio of {unit}"
                    ratios = [round[program][unit] / round["topicmill"][unit] for round in rounds]
                    self.add(work, corpus, k, f"{program} / topicmill", name, ratios)


def only(result, *units):
    return {unit: result[unit] for unit in units}


def random_start(matrix, n_topics, directory):
    """Factors in files, in topicmill's names, from which both programs start."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    n_terms, n_documents = matrix.shape
    generator = np.random.default_rng(7)
    scale = np.sqrt(matrix.sum() / (n_terms * n_documents) / n_topics)
    for name, shape in [("topic_term", (n_topics, n_terms)), ("document_topic", (n_documents, n_topics))]:
        np.save(directory / f"{name}.npy", (scale * (0.05 + generator.random(shape))).astype(np.float32))


def iteration(record, corpus, vectorized, n_topics, n_rounds, work_dir, types):
    """One multiplicative update of H and W, both programs from the same start on the same matrix."""
    start, model = work_dir / "start", work_dir / "model"
    random_start(mmread(vectorized / "matrix.mtx"), n_topics, start)
    rounds, error = [], 0.0
    for _ in range(n_rounds):
        topicmill("fit", vectorized, "--solver", "mu", "--init-from", start, "--max-iterations", ITERATIONS, "--tolerance", 0, "-o", model, "--force")
        figures = {"topicmill": {"seconds": manifest(model)["run"]["seconds"]["iterations"] / ITERATIONS}}
        for dtype in types:
            result = peer("scikit_learn_iteration", matrix=vectorized / "matrix.mtx", start=start, dtype=dtype)
            error = max(error, abs(trace(model)[CHECKED] / result["objective"] - 1))
            figures[f"scikit-learn {dtype}"] = only(result, "seconds")
        rounds.append(figures)
    if error > 1e-3:
        sys.exit(f"objectives differ by {error}")
    record.compare("one MU iteration", corpus, n_topics, rounds, f"objective after {CHECKED} updates within {error:.1e}")


def iteration_on_counts(record, corpus, source, n_topics, n_rounds, work_dir):
    """The same on counts beside topica, whose start and order of updates are its own."""
    counts, model = work_dir / f"{corpus}-counts", work_dir / "model"
    topicmill("vectorize", source, "-o", counts, "--tf", "raw", "--idf", "none", "--force")
    rounds = []
    for _ in range(n_rounds):
        options = ["--solver", "mu", "--init", "random", "--max-iterations", ITERATIONS, "--tolerance", 0]
        topicmill("fit", counts, "-k", n_topics, *options, "-o", model, "--force")
        result = peer("topica_iteration", counts=counts / "matrix.mtx", n_topics=n_topics)
        rounds.append({"topicmill": {"seconds": manifest(model)["run"]["seconds"]["iterations"] / ITERATIONS}, "topica": only(result, "seconds")})
    documents, terms, nonzeros = result["shape"]
    record.compare("one MU iteration on counts", corpus, n_topics, rounds, f"{documents} x {terms}, {nonzeros} nonzeros in both")


def matrix_of_folder(record, corpus, source, n_rounds, work_dir):
    """From a folder to a weighted matrix, in memory and written as text."""
    read, written = [], []
    for _ in range(n_rounds):
        ours, theirs = topicmill("inspect", source), peer("scikit_learn_matrix", source=source)
        read.append({"topicmill": ours, "scikit-learn": only(theirs, "seconds", "MiB")})
        ours = topicmill("vectorize", source, "-o", work_dir / "matrix", "--force")
        theirs_written = peer("scikit_learn_matrix_written", source=source, to=work_dir / "peer.mtx")
        written.append({"topicmill": ours, "scikit-learn": only(theirs_written, "seconds", "MiB")})
    shape = manifest(work_dir / "matrix")["corpus"]
    documents, terms, nonzeros = theirs["shape"]
    checked = f"{shape['n_documents']} x {shape['n_terms']}, {shape['n_nonzeros']} nonzeros; peer {documents} x {terms}, {nonzeros}"
    record.compare("folder to matrix in memory", corpus, "", read, checked)
    record.compare("folder to matrix file", corpus, "", written, checked)


def whole_fit(record, corpus, source, vectorized, n_topics, n_rounds, work_dir, with_others):
    """From the folder until the objective is at scikit-learn's converged one, on the same matrix."""
    model = work_dir / "model"
    target = peer("scikit_learn_converged", matrix=vectorized / "matrix.mtx", n_topics=n_topics)
    fit = ["fit", source, "-k", n_topics, "-o", model, "--force"]
    topicmill(*fit, "--tolerance", 0, "--max-iterations", 2000)
    reached = next((i for i, objective in enumerate(trace(model)) if objective <= target["objective"]), None)
    if reached is None:
        sys.exit(f"the objective {target['objective']} was not reached")
    rounds, others = [], []
    for _ in range(n_rounds):
        ours = topicmill(*fit, "--tolerance", 0, "--max-iterations", max(reached, 1))
        rounds.append({"topicmill": ours, "scikit-learn": only(peer("scikit_learn_fit", source=source, n_topics=n_topics), "seconds", "MiB")})
        if with_others:
            others.append({"topicmill": ours, "tomotopy LDA, 500 iterations": only(peer("tomotopy_lda", source=source, n_topics=n_topics, iterations=500), "seconds", "MiB")})
    checked = f"objective {manifest(model)['fit']['last_objective']:.6g} after {reached} iterations, peer {target['objective']:.6g} after {target['iterations']}"
    record.compare("whole fit", corpus, n_topics, rounds, checked)
    if with_others:
        record.compare("whole fit", corpus, n_topics, others, "another model: no common objective", peers_only=True)
        ours = rounds[-1]["topicmill"]
        lda = only(peer("gensim_lda", source=source, n_topics=n_topics, passes=10), "seconds", "MiB")
        nmf = only(peer("gensim_nmf", source=source, n_topics=n_topics, passes=10), "seconds", "MiB")
        once = [{"topicmill": ours, "gensim LdaMulticore, 10 passes": lda, "gensim Nmf, 10 passes": nmf}]
        record.compare("whole fit", corpus, n_topics, once, "other models: no common objective; timed once", peers_only=True)


def converged(record, corpus, vectorized, n_topics, n_rounds, work_dir):
    """Iterations alone, until the objective is at scikit-learn's converged one: the default solver from the same start, and
    `--quality best` from starts of its own: until all of them have gone as far as the best needs, and to its end."""
    start, model = work_dir / "start", work_dir / "model"
    random_start(mmread(vectorized / "matrix.mtx"), n_topics, start)
    fit = ["fit", vectorized, "-o", model, "--force"]
    rounds, ours_best = [], 0
    for _ in range(n_rounds):
        theirs = peer("scikit_learn_converged_from", matrix=vectorized / "matrix.mtx", start=start)
        topicmill(*fit, "--init-from", start, "--tolerance", 0, "--max-iterations", 2000)
        reached = next((i for i, objective in enumerate(trace(model)) if objective <= theirs["objective"]), None)
        if reached is None:
            sys.exit(f"the objective {theirs['objective']} was not reached")
        topicmill(*fit, "--init-from", start, "--tolerance", 0, "--max-iterations", reached)
        figures = {"topicmill": {"seconds": manifest(model)["run"]["seconds"]["iterations"]}}
        best = [*fit, "-k", n_topics, "--quality", "best"]
        topicmill(*best)
        figures["topicmill, best, to its own end"] = {"seconds": manifest(model)["run"]["seconds"]["fit"]}
        ours_best = manifest(model)["fit"]["last_objective"]
        # All starts, each as far as the best needs to be there.
        needed = next(i for i, objective in enumerate(trace(model)) if objective <= theirs["objective"])
        topicmill(*best, "--max-iterations", needed)
        if manifest(model)["fit"]["last_objective"] > theirs["objective"]:
            sys.exit(f"{needed} iterations of best are not below {theirs['objective']}")
        figures["topicmill, best, all its starts"] = {"seconds": manifest(model)["run"]["seconds"]["fit"]}
        rounds.append(figures | {"scikit-learn": only(theirs, "seconds")})
    checked = f"{reached} iterations, peer {theirs['iterations']} to {theirs['objective']:.6g}; best {needed} iterations, ends at {ours_best:.6g}"
    record.compare("to scikit-learn's converged objective, same start", corpus, n_topics, rounds, checked)


def optimum(record, corpus, source, n_topics, work_dir):
    """Where each program ends on counts of the bodies, as √(2 KL); run once, since the answer is what matters."""
    counts, model = work_dir / "bodies.mtx", work_dir / "model"
    documents, terms, nonzeros = peer("counts_of_bodies", source=source, to=counts)["shape"]
    figures = {}
    for quality, name in [("best", "topicmill, best"), ("balanced", "topicmill")]:
        topicmill("fit", counts, "--transposed", "-k", n_topics, "--quality", quality, "-o", model, "--force")
        about = manifest(model)
        figures[name] = {"seconds": about["run"]["seconds"]["fit"], "objective": about["fit"]["last_objective"]}
    oracle = subprocess.run(["cargo", "bench", "--bench", "fast_topics", "--", str(counts)], cwd=ROOT, capture_output=True, text=True)
    figures["fastTopics' method in plain f64, 100 iterations"] = json.loads(oracle.stdout.splitlines()[-1])
    for function, options, name in [
        ("scikit_learn_optimum", {"iterations": 1000}, "scikit-learn MU, 1000 iterations"),
        ("topica_optimum", {"iterations": 1000}, "topica NMF, 1000 iterations"),
        ("tomotopy_optimum", {"iterations": 1000}, "tomotopy LDA, 1000 iterations"),
        ("gensim_optimum", {"passes": 10}, "gensim LdaMulticore, 10 passes"),
    ]:
        figures[name] = peer(function, counts=counts, n_topics=n_topics, **options)
    checked = f"{documents} x {terms}, {nonzeros} nonzeros"
    for name, figure in figures.items():
        record.add("optimum on counts of bodies", corpus, n_topics, name, "seconds", [figure["seconds"]], checked)
        record.add("optimum on counts of bodies", corpus, n_topics, name, "root of twice the divergence", [math.sqrt(2 * figure["objective"])], checked)
    lowest = min(figures, key=lambda name: figures[name]["objective"])
    if lowest != "topicmill, best":
        sys.exit(f"{lowest} ends lower than --quality best")


def large_fit(record, corpus, source, n_topics, iterations, n_rounds, work_dir):
    """A larger corpus: scikit-learn's iterations are measured on five and scaled."""
    model, rounds = work_dir / "model", []
    for _ in range(n_rounds):
        options = ["--solver", "mu", "--tolerance", 0, "--max-iterations", iterations]
        ours = topicmill("fit", source, "-k", n_topics, "-o", model, "--force", *options)
        theirs = peer("scikit_learn_scaled", source=source, n_topics=n_topics, iterations=iterations)
        rounds.append({"topicmill": ours, "scikit-learn, 5 iterations scaled": only(theirs, "seconds", "MiB")})
    shape, (documents, terms, nonzeros) = manifest(model)["corpus"], theirs["shape"]
    checked = f"{shape['n_documents']} x {shape['n_terms']}, {shape['n_nonzeros']} nonzeros; peer {documents} x {terms}, {nonzeros}"
    record.compare(f"whole fit of {iterations} iterations", corpus, n_topics, rounds, checked)


def growth(record, corpus, source, n_topics, n_rounds, work_dir):
    """Seconds per iteration and of the whole command, for every tenth document and for all; the exponent between."""
    tenth, model = work_dir / "tenth.jsonl.gz", work_dir / "model"
    with gzip.open(source, "rb") as lines, gzip.open(tenth, "wb", compresslevel=6) as out:
        out.writelines(line for i, line in enumerate(lines) if i % 10 == 0)
    figures = {}
    for _ in range(n_rounds):
        for part in (tenth, source):
            # The same terms in both: more documents, not another vocabulary.
            options = ["--solver", "mu", "--min-df", 0.0005, "--tolerance", 0, "--max-iterations", ITERATIONS]
            ours = topicmill("fit", part, "-k", n_topics, *options, "-o", model, "--force")
            per_iteration = manifest(model)["run"]["seconds"]["iterations"] / ITERATIONS
            for what, value in [("one MU iteration", per_iteration), ("whole command", ours["seconds"])]:
                figures.setdefault((what, part), []).append(value)
            figures.setdefault(("nonzeros", part), []).append(manifest(model)["corpus"]["n_nonzeros"])
    more = math.log10(figures["nonzeros", source][0] / figures["nonzeros", tenth][0])
    for what in ("one MU iteration", "whole command"):
        for part, name in [(tenth, "a tenth"), (source, "all")]:
            record.add(f"growth, {what}", f"{corpus}, {name}", n_topics, "topicmill", "seconds", figures[what, part])
        exponents = [math.log10(large / small) for small, large in zip(figures[what, tenth], figures[what, source])]
        checked = f"nonzeros grow with exponent {more:.3f}"
        record.add(f"growth, {what}", corpus, n_topics, "topicmill", "exponent", exponents, checked)


def memory_estimate(record, corpus, source, n_topics):
    """What the program says that it will take, beside what it takes."""
    command = [str(PROGRAM), "inspect", str(source), "-k", str(n_topics)]
    shown = subprocess.run(command, capture_output=True, text=True).stdout
    amount, unit = shown.split("about ")[1].split()[:2]
    estimate = float(amount) * {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}[unit]
    with tempfile.TemporaryDirectory() as directory:
        peak = topicmill("fit", source, "-k", n_topics, "--max-iterations", 5, "-o", pathlib.Path(directory) / "model")["MiB"]
    record.add("memory estimate / measured peak", corpus, n_topics, "topicmill", "ratio", [estimate / peak], f"{estimate:.0f} and {peak:.0f} MiB")
    if not 0.75 <= estimate / peak <= 1.25:
        sys.exit(f"the memory estimate of {estimate:.0f} MiB is not within a quarter of {peak:.0f} MiB")


def machine():
    import threadpoolctl

    name = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    packages = (line.split("==") for line in PEERS.with_name("requirements.txt").read_text().split())
    return {
        "date": datetime.date.today().isoformat(),
        "processor": name,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "peers": {name: version for name, version in packages},
        "blas": [f"{pool['internal_api']} {pool.get('architecture', '')} {pool['num_threads']} threads" for pool in threadpoolctl.threadpool_info()],
        "topicmill": subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout.strip(),
        "rustc": subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip(),
    }


WORKS = ["memory", "matrix", "iteration", "counts", "fit", "converged", "optimum", "large", "growth"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    shared = pathlib.Path(os.environ.get("TOPICMILL_SHARED", ROOT / "../shared"))
    parser.add_argument("--corpora", type=pathlib.Path, default=shared / "corpora")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(WORKS), help="works: " + ", ".join(WORKS))
    parser.add_argument("--k", default="20,50,100")
    parser.add_argument("--record", type=pathlib.Path, default=ROOT / "benches/record" / datetime.date.today().isoformat())
    arguments = parser.parse_args()
    if not arguments.corpora.is_dir():
        print(f"skipped: {arguments.corpora} is absent")
        return
    works, sizes = arguments.only.split(","), [int(k) for k in arguments.k.split(",")]
    n_rounds, n_long_rounds = arguments.rounds, min(arguments.rounds, 3)
    arguments.record.mkdir(parents=True, exist_ok=True)
    about, commands = arguments.record / "machine.json", [" ".join(["benches/compare/run", *sys.argv[1:]])]
    if about.exists():
        commands = json.loads(about.read_text())["commands"] + commands
    about.write_text(json.dumps(machine() | {"commands": commands}, indent=2) + "\n")
    record = Record(arguments.record)
    large = arguments.corpora / "arxiv-100k.jsonl.gz"
    with tempfile.TemporaryDirectory() as temporary:
        work_dir = pathlib.Path(temporary)
        for corpus in ["20newsgroups", "bbc"]:
            folder, vectorized = arguments.corpora / corpus, work_dir / f"{corpus}-matrix"
            topicmill("vectorize", folder, "-o", vectorized)
            if "memory" in works:
                for k in (sizes[0], sizes[-1]):
                    memory_estimate(record, corpus, folder, k)
            if "matrix" in works:
                matrix_of_folder(record, corpus, folder, n_rounds, work_dir)
            for k in sizes if "iteration" in works else []:
                iteration(record, corpus, vectorized, k, n_rounds, work_dir, ["float32", "float64"])
            if "counts" in works:
                iteration_on_counts(record, corpus, folder, sizes[0], n_rounds, work_dir)
            if "fit" in works:
                whole_fit(record, corpus, folder, vectorized, sizes[0], n_long_rounds, work_dir, corpus == "20newsgroups")
            if "converged" in works:
                converged(record, corpus, vectorized, sizes[0], n_long_rounds, work_dir)
        if "optimum" in works:
            optimum(record, "20newsgroups", arguments.corpora / "20newsgroups", sizes[0], work_dir)
        if "memory" in works:
            memory_estimate(record, "arxiv-100k", large, sizes[-1])
        if "iteration" in works:
            vectorized = work_dir / "arxiv-matrix"
            topicmill("vectorize", large, "-o", vectorized)
            for k in sizes:
                iteration(record, "arxiv-100k", vectorized, k, n_long_rounds, work_dir, ["float32"])
        if "large" in works:
            large_fit(record, "arxiv-100k", large, sizes[-1], 50, n_long_rounds, work_dir)
        if "growth" in works:
            growth(record, "arxiv", large, sizes[-1], n_long_rounds, work_dir)
    charts.draw(arguments.record)


if __name__ == "__main__":
    main()
