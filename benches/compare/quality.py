"""Quality of topics: topicmill and its peers on the same tokens, numbers of topics and seeds; writes a record.

    benches/compare/run-quality [--corpora DIR] [--only CORPUS,…] [--programs NAME,…] [--seeds N] [--to FILE]

Every program gets the counts that `topicmill vectorize` made (scikit-learn as its own TF-IDF of them) and is fitted twice: to
all documents, and to every second one. Words are ranked by each program's own default, by probability, and by topicmill's
ranking, and scored here in plain NumPy: NPMI over all documents, and over those that the second fit did not see.
"""

import argparse
import csv
import gzip
import json
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

import numpy as np
import scipy.io

warnings.filterwarnings("ignore")
WORDS = 10
# Name, input below the folder of corpora, number of topics, options of reading.
CORPORA = [
    ("20 Newsgroups", "20newsgroups", 20, ["--strip", "email"]),
    ("BBC", "bbc", 5, []),
    ("Reuters R8", "reuters-r8.tsv", 8, []),
    ("Stack Overflow titles", "stackoverflow-titles.tsv", 20, []),
    ("news, French", "news-fr.tsv", 5, []),
    ("news, Spanish", "news-es.tsv", 16, []),
    ("arXiv, 100,000", "arxiv-100k.jsonl.gz", 100, ["--label-column", "category"]),
]
TOPICMILL = "target/release/topicmill"


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Documents:
    """A matrix directory: counts (documents × terms), terms, labels."""

    def __init__(self, directory):
        self.directory = directory
        self.counts = scipy.io.mmread(directory / "counts.mtx").T.tocsr().astype(np.float32)
        read = lambda name: list(csv.reader(open(directory / name, encoding="utf-8", newline=""), delimiter="\t"))[1:]
        self.terms = [row[0] for row in read("terms.tsv")]
        self.labels = np.array([row[1] for row in read("documents.tsv")])


def vectorize(inputs, to, *options):
    run(TOPICMILL, "vectorize", str(inputs), "-o", str(to), "--force", "-q", *options)
    return Documents(to)


# Each program: documents, number of topics, seed, a folder of its own → topics × terms, documents × topics, its words, seconds.


def best(topic_term, terms):
    return [[terms[i] for i in np.argsort(-row, kind="stable")[:WORDS]] for row in topic_term]


def topicmill(documents, k, seed, place, *options):
    fit = [TOPICMILL, "fit", str(documents.directory), "-k", str(k), "--seed", str(seed), "-o", str(place / "model")]
    run(*fit, "-q", "--force", *options)
    model = place / "model"
    spent = json.loads((model / "manifest.json").read_text())["run"]["seconds"]["fit"]
    topics = json.loads(run(TOPICMILL, "topics", str(model), "-n", str(WORDS), "--format", "json"))["topics"]
    words = [[word["term"] for word in topic["words"]] for topic in topics]
    clusters = csv.reader(run(TOPICMILL, "export", str(model), "--table", "clusters").splitlines())
    assigned = [-1 if row[1] == "" else int(row[1]) for row in list(clusters)[1:]]
    arrays = [np.load(model / name) for name in ("topic_term.npy", "document_topic.npy")]
    return *arrays, words, spent, np.array(assigned)


def factors_alone(documents, k, seed, place):
    topic_term, document_topic, _, spent, assigned = topicmill(documents, k, seed, place, "--sharpening", "off")
    return topic_term, document_topic, best(topic_term, documents.terms), spent, assigned


def scikit_learn(documents, k, seed, loss):
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfTransformer

    solver = "mu" if loss == "kullback-leibler" else "cd"
    start = time.perf_counter()
    x = TfidfTransformer().fit_transform(documents.counts)
    model = NMF(k, beta_loss=loss, solver=solver, init="nndsvda", random_state=seed)
    document_topic = model.fit_transform(x)
    spent = time.perf_counter() - start
    return model.components_, document_topic, best(model.components_, documents.terms), spent, None


def gensim_lda(documents, k, seed):
    from gensim.matutils import Sparse2Corpus
    from gensim.models import LdaMulticore

    corpus = Sparse2Corpus(documents.counts, documents_columns=False)
    corpus = [[(int(term), int(count)) for term, count in document] for document in corpus]
    names = dict(enumerate(documents.terms))
    start = time.perf_counter()
    model = LdaMulticore(corpus, k, id2word=names, passes=10, workers=2, random_state=seed)
    document_topic = np.zeros((len(corpus), k))
    for row, shares in enumerate(model.get_document_topics(corpus, minimum_probability=0.0)):
        for topic, share in shares:
            document_topic[row, topic] = share
    spent = time.perf_counter() - start
    topic_term = model.get_topics()
    return topic_term, document_topic, best(topic_term, documents.terms), spent, None


def tomotopy_lda(documents, k, seed):
    import tomotopy

    model, filled = tomotopy.LDAModel(k=k, seed=seed), []
    counts = documents.counts
    for row in range(counts.shape[0]):
        part = slice(counts.indptr[row], counts.indptr[row + 1])
        tokens = np.repeat(counts.indices[part], counts.data[part].astype(int))
        if len(tokens):
            model.add_doc([documents.terms[token] for token in tokens])
            filled.append(row)
    start = time.perf_counter()
    model.train(500, workers=2)
    spent = time.perf_counter() - start
    numbers = {term: number for number, term in enumerate(documents.terms)}
    places = [numbers[term] for term in model.used_vocabs]
    topic_term = np.zeros((k, len(documents.terms)))
    for topic in range(k):
        topic_term[topic, places] = model.get_topic_word_dist(topic)
    document_topic = np.zeros((counts.shape[0], k))
    document_topic[filled] = [document.get_topic_dist() for document in model.docs]
    return topic_term, document_topic, best(topic_term, documents.terms), spent, None


PROGRAMS = {
    "topicmill": topicmill,
    "topicmill, factors alone": factors_alone,
    "scikit-learn NMF, KL": lambda d, k, seed, _: scikit_learn(d, k, seed, "kullback-leibler"),
    "scikit-learn NMF, Frobenius": lambda d, k, seed, _: scikit_learn(d, k, seed, "frobenius"),
    "gensim LdaMulticore, 10 passes": lambda d, k, seed, _: gensim_lda(d, k, seed),
    "tomotopy LDA, 500 iterations": lambda d, k, seed, _: tomotopy_lda(d, k, seed),
}


def ranked(documents, topic_term, document_topic, place):
    """The words of topics by topicmill's ranking."""
    place.mkdir(exist_ok=True)
    np.save(place / "topic_term.npy", np.ascontiguousarray(topic_term, dtype=np.float32))
    np.save(place / "document_topic.npy", np.ascontiguousarray(document_topic, dtype=np.float32))
    command = ["cargo", "bench", "--quiet", "--locked", "--bench", "rank_topics", "--"]
    lines = run(*command, str(documents.directory.resolve()), str(place.resolve()))
    return [line.split("\t") for line in lines.splitlines()]


def npmi(topics, documents):
    """Mean over topics and unordered pairs; −1 for words that never meet, or that the documents do not have."""
    numbers = {term: number for number, term in enumerate(documents.terms)}
    known = sorted({word for words in topics for word in words if word in numbers})
    place = {word: i for i, word in enumerate(known)}
    has = (documents.counts[:, [numbers[word] for word in known]] > 0).astype(np.float64)
    n, together = documents.counts.shape[0], (has.T @ has).toarray()
    values = []
    for words in topics:
        pairs = []
        for i, a in enumerate(words):
            for b in words[:i]:
                both = together[place[a], place[b]] if a in place and b in place else 0
                if both in (0, n):
                    pairs.append(-1.0 if both == 0 else 1.0)
                else:
                    p, pa, pb = both / n, together[place[a], place[a]] / n, together[place[b], place[b]] / n
                    pairs.append(np.log(p / (pa * pb)) / -np.log(p))
        if pairs:
            values.append(np.mean(pairs))
    return float(np.mean(values))


def diversity(topics):
    words = [word for topic in topics for word in topic]
    return len(set(words)) / len(words)


def agreement(labels, document_topic, assigned):
    from sklearn.metrics import normalized_mutual_info_score

    if assigned is None:
        assigned = np.where(document_topic.sum(1) > 0, document_topic.argmax(1), -1)
    judged = (labels != "") & (assigned >= 0)
    return normalized_mutual_info_score(labels[judged], assigned[judged])


def measure(program, everything, half, rest, k, seed, place):
    topic_term, document_topic, words, spent, assigned = PROGRAMS[program](everything, k, seed, place)
    ours = ranked(everything, topic_term, document_topic, place / "arrays") if program != "topicmill" else words
    probable = best(topic_term, everything.terms)
    row = {
        "seconds": spent,
        "nmi": agreement(everything.labels, document_topic, assigned),
        "npmi": npmi(words, everything),
        "npmi by probability": npmi(probable, everything),
        "npmi by topicmill's ranking": npmi(ours, everything),
        "diversity": diversity(words),
        "diversity by topicmill's ranking": diversity(ours),
    }
    if half is not None:
        topic_term, document_topic, words, _, _ = PROGRAMS[program](half, k, seed, place)
        ours = ranked(half, topic_term, document_topic, place / "arrays") if program != "topicmill" else words
        row["npmi held out"] = npmi(words, rest)
        row["npmi held out by probability"] = npmi(best(topic_term, half.terms), rest)
        row["npmi held out by topicmill's ranking"] = npmi(ours, rest)
    return row


def halves(source, options, place):
    """Every second document as a matrix directory, and the others with all their words."""
    run(TOPICMILL, "fit", str(source), "-k", "2", "-q", "--keep-texts", "--max-iterations", "1", "-o", str(place / "texts"), "--force", *options)
    with gzip.open(place / "texts" / "texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = list(lines)
    for name, first in (("half", 0), ("rest", 1)):
        (place / f"{name}.jsonl").write_text("".join(texts[first::2]), encoding="utf-8")
    half = vectorize(place / "half.jsonl", place / "half")
    rest = vectorize(place / "rest.jsonl", place / "rest", "--min-df", "1", "--max-df", "1.0")
    return half, rest


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpora", type=pathlib.Path, default=pathlib.Path("../shared/corpora"))
    parser.add_argument("--only", type=lambda names: names.split(";"), default=[name for name, *_ in CORPORA])
    parser.add_argument("--programs", type=lambda names: names.split(";"), default=list(PROGRAMS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--to", type=pathlib.Path, default=pathlib.Path(f"benches/record/{time.strftime('%Y-%m-%d')}/quality.csv"))
    arguments = parser.parse_args()
    rows = []
    for name, source, k, options in CORPORA:
        if name not in arguments.only:
            continue
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            everything = vectorize(arguments.corpora / source, place / "all", *options)
            half, rest = halves(arguments.corpora / source, options, place)
            measured = {program: [] for program in arguments.programs}
            # The programs take turns, so that what else the machine does meets all of them.
            for seed in range(1, arguments.seeds + 1):
                for program in arguments.programs:
                    measured[program].append(measure(program, everything, half, rest, k, seed, place))
                    print(name, seed, program, {key: round(value, 3) for key, value in measured[program][-1].items()}, flush=True)
            for program, runs in measured.items():
                row = {"corpus": name, "topics": k, "program": program, "seeds": len(runs)}
                for key in runs[0]:
                    middle = statistics.median if key == "seconds" else statistics.mean
                    row[key] = round(middle(run[key] for run in runs), 3)
                rows.append(row)
            arguments.to.parent.mkdir(parents=True, exist_ok=True)
            with open(arguments.to, "w", encoding="utf-8", newline="") as out:
                writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


main()
