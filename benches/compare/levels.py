"""Levels of topics within topics beside other ways to join topics, on 20 Newsgroups.

    python3 benches/compare/levels.py BINARY OUT.csv

Topics are fitted with `--hierarchy`. A row has the agreement (NMI) of documents' nodes with the labels, and with the first parts of
their names (religion as one), for the level of the model, for as many nodes by SciPy's average linkage over Jensen-Shannon distances
and by Ward's linkage over cosine distances (as BERTopic joins topics), and for a plain fit with as many topics. Needs
TOPICMILL_SHARED, NumPy, SciPy and scikit-learn.
"""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist
from sklearn.metrics import normalized_mutual_info_score

corpus = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora" / "20newsgroups"
binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
place = pathlib.Path(tempfile.mkdtemp())
RELIGION = ("alt.atheism", "soc.religion.christian", "talk.religion.misc")


def fit(k, *more):
    model = place / "model"
    command = [binary, "fit", corpus, "--strip", "email", "-k", k, *more, "-o", model, "--force", "-q"]
    subprocess.run([*map(str, command)], check=True)
    with open(model / "documents.tsv", newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file, delimiter="\t")]
    with open(model / "clusters.tsv", newline="") as file:
        topics = [row["topic"] for row in csv.DictReader(file, delimiter="\t")]
    known = [(label, int(topic)) for label, topic in zip(labels, topics, strict=True) if topic]
    return model, *zip(*known, strict=True)


def first_part(label):
    return "religion" if label in RELIGION else label.split(".")[0]


with open(out, "w") as file:
    file.write("topics,nodes,way,NMI with labels,NMI with first parts\n")
    for k, levels in ((20, 3), (60, 3), (60, 2)):
        model, labels, topics = fit(k, f"--hierarchy={levels}")
        phi = numpy.load(model / "topic_term.npy").astype(float)
        phi /= phi.sum(1, keepdims=True)
        for nodes in json.loads((model / "structure.json").read_text())["levels"]:
            n = max(nodes) + 1
            joined = {
                "level of the model": nodes,
                "average linkage": fcluster(linkage(pdist(phi, "jensenshannon"), "average"), n, "maxclust"),
                "Ward's linkage": fcluster(linkage(pdist(phi, "cosine"), "ward"), n, "maxclust"),
            }
            rows = {way: (labels, [of[topic] for topic in topics]) for way, of in joined.items()}
            _, plain_labels, plain_topics = fit(n)
            rows["plain fit"] = (plain_labels, plain_topics)
            for way, (of, found) in rows.items():
                nmi = [normalized_mutual_info_score([name(label) for label in of], found) for name in (str, first_part)]
                row = f"{k},{n},{way},{nmi[0]:.3f},{nmi[1]:.3f}"
                file.write(row + "\n")
                print(row, flush=True)
