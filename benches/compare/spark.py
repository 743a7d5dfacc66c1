#!/usr/bin/env python3
"""Fits in Spark beside fits in one process (the same bytes, for any partitions and masters), and beside MLlib's LDA.

    benches/compare/spark.py same OUT.csv [20ng-20 20ng-100 arxiv-100]     partitions and masters
    benches/compare/spark.py mllib OUT.csv       20 Newsgroups, raw counts, document completion

Needs pyspark, pandas, pyarrow and Java, the package topicmill on PYTHONPATH, and the corpora in TOPICMILL_SHARED.
"""

import csv
import gzip
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import topicmill
from pyspark.sql import SparkSession
from scipy import sparse
from topicmill import TopicModel
from topicmill.spark import TopicMill

SHARED = Path(os.environ.get("TOPICMILL_SHARED", Path(__file__).parents[2] / "../shared")) / "corpora"


def session(master):
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(topicmill.__file__).parents[1]), *sys.path])
    return (
        SparkSession.builder.master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "6g")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.log.level", "OFF")
        .getOrCreate()
    )


def newsgroups():
    root = SHARED / "20newsgroups"
    files = sorted(file for file in root.rglob("*") if file.is_file() and file.parent.parent != SHARED)
    rows = [(file.relative_to(root).as_posix(), file.read_text(errors="replace")) for file in files]
    return pd.DataFrame(sorted(rows), columns=["id", "text"])


def arxiv():
    with gzip.open(SHARED / "arxiv-100k.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    return pd.DataFrame(sorted((row["id"], row["text"]) for row in rows), columns=["id", "text"])


def digest(array):
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=8).hexdigest()


def same(out, only):
    """One line per fit: its digest of W and of H, and its seconds."""
    here, cluster = "local[2]", "local-cluster[2,1,1024]"
    # Fits of a hundred topics end early: the bytes of an iteration are those of all others.
    work = [
        ("20ng", newsgroups, 20, 2048, 200, [(here, (1, 2, 3, 7)), (cluster, (2,))]),
        ("20ng", newsgroups, 100, 2048, 12, [(here, (1, 2, 3, 7)), (cluster, (2, 7))]),
        ("arxiv", arxiv, 100, 8192, 4, [(here, (1, 2, 3, 7)), (cluster, (2,))]),
    ]
    for corpus, read, n_topics, shard, most, masters in work:
        if only and f"{corpus}-{n_topics}" not in only:
            continue
        table = read()
        begun = time.time()
        alone = TopicModel(n_topics, shard_documents=shard, max_iterations=most).fit(table)
        known = digest(alone.topic_term), digest(alone.document_topic)
        n = alone.manifest["fit"]["n_iterations"]
        row = [corpus, n_topics, "one process", "", *known, f"{time.time() - begun:.1f}", n, "true"]
        out.writerow(row)
        print(row, flush=True)
        for master, partitions in masters:
            for n_partitions in partitions:
                spark = session(master)
                rows = spark.createDataFrame(table).repartition(n_partitions).cache()
                rows.count()
                begun = time.time()
                options = {"shard_documents": shard, "max_iterations": most}
                model = TopicMill(n_topics, numPartitions=n_partitions, **options).fit(rows)
                seconds = time.time() - begun
                found = digest(model.topic_term), digest(model.model.document_topic)
                row = [corpus, n_topics, master, n_partitions, *found, f"{seconds:.1f}", n, str(found == known).lower()]
                out.writerow(row)
                print(row, flush=True)
                spark.stop()


def completion(phi, train, test):
    """Perplexity of the second halves of documents, given topics by the first: EM with φ fixed, θ without a prior."""
    phi = np.maximum(phi, 1e-12)
    phi = phi / phi.sum(axis=1, keepdims=True)
    total, n = 0.0, 0.0
    for document in range(train.shape[0]):
        terms, counts = train[document].indices, train[document].data
        held, n_held = test[document].indices, test[document].data
        if len(terms) == 0 or len(held) == 0:
            continue
        theta = np.full(phi.shape[0], 1 / phi.shape[0])
        of_terms = phi[:, terms]
        for _ in range(50):
            theta *= of_terms @ (counts / (theta @ of_terms))
            theta /= theta.sum()
        theta = 0.99 * theta + 0.01 / len(theta)
        total += float(n_held @ np.log(theta @ phi[:, held]))
        n += float(n_held.sum())
    return float(np.exp(-total / n))


def halves(counts, generator):
    """Each document's tokens in two random halves."""
    first = counts.copy()
    first.data = generator.binomial(counts.data.astype(int), 0.5).astype(float)
    second = counts - first
    first.eliminate_zeros()
    second.eliminate_zeros()
    return first.tocsr(), second.tocsr()


def mllib(out):
    """Seconds and completion of MLlib's LDA after so many iterations, and of topicmill's whole fit."""
    from pyspark.ml.clustering import LDA
    from pyspark.ml.linalg import Vectors, VectorUDT
    from pyspark.sql.types import LongType, StructField, StructType

    table = newsgroups()
    held = np.arange(len(table)) % 10 == 0
    spark = session("local[2]")
    rows = spark.createDataFrame(table[~held]).repartition(4).cache()
    rows.count()
    for n_topics in (20, 100):
        for most in (2, 200):
            begun = time.time()
            model = TopicMill(n_topics, shard_documents=2048, max_iterations=most).fit(rows).model
            seconds = time.time() - begun
            # Both get the words that topicmill kept, as raw counts.
            numbers = {term: number for number, term in enumerate(model.terms)}
            counts = counts_of(table.text, numbers)
            first, second = halves(counts[held], np.random.default_rng(1))
            smoothing = np.array(model.manifest["fit"]["sharpening"]["smoothing"])[:, None]
            phi = (1 - smoothing) * model.topic_term + smoothing / len(model.terms)
            n = model.manifest["fit"]["n_iterations"]
            out.writerow([n_topics, "topicmill", n, f"{seconds:.1f}", f"{completion(phi, first, second):.1f}"])
        train = counts[~held].tocsr()
        vectors = [
            (i, Vectors.sparse(train.shape[1], train[i].indices.tolist(), train[i].data.tolist()))
            for i in range(train.shape[0])
        ]
        schema = StructType([StructField("id", LongType()), StructField("features", VectorUDT())])
        data = spark.createDataFrame(vectors, schema).repartition(4).cache()
        data.count()
        for optimizer, steps in (("online", (20, 60)), ("em", (3, 10, 20))):
            for iterations in steps:
                begun = time.time()
                lda = LDA(k=n_topics, maxIter=iterations, optimizer=optimizer, seed=1).fit(data)
                seconds = time.time() - begun
                measured = completion(lda.topicsMatrix().toArray().T, first, second)
                out.writerow([n_topics, f"MLlib {optimizer}", iterations, f"{seconds:.1f}", f"{measured:.1f}"])
                print(n_topics, optimizer, iterations, seconds, measured, flush=True)
    spark.stop()


def counts_of(texts, numbers):
    """Counts of the model's terms in texts, whose words are as its analyser has them."""
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(vocabulary=numbers, token_pattern=r"(?u)\b\w[\w'’]*\w\b")
    return sparse.csr_matrix(vectorizer.transform(texts), dtype=float)


if __name__ == "__main__":
    what, path, *only = sys.argv[1:]
    heads = {
        "same": [
            "corpus",
            "topics",
            "where",
            "partitions",
            "digest_of_w",
            "digest_of_h",
            "seconds",
            "iterations",
            "same",
        ],
        "mllib": ["topics", "program", "iterations", "seconds", "completion_perplexity"],
    }
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads[what])
        mllib(writer) if what == "mllib" else same(writer, only)
    subprocess.run(["tail", "-3", path], check=False)
