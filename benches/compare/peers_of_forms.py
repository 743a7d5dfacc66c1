"""Peers of single forms on the TF-IDF matrix of BBC, five topics each: agreement with labels and seconds.

    python3 benches/compare/peers_of_forms.py BINARY OUT.csv

nimfa's sparse and divergence NMF, and of scikit-learn what answers the same question: agglomerative clustering of documents (a
hierarchy), k-means (documents of one topic), and feature agglomeration before NMF. All have the same rows divided by their
Euclidean norm but for those under the divergence. Seconds are those of the method alone. Needs TOPICMILL_SHARED, nimfa, scikit-learn.
"""

import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy
import scipy.io
from sklearn.cluster import AgglomerativeClustering, FeatureAgglomeration, KMeans
from sklearn.decomposition import NMF
from sklearn.metrics import normalized_mutual_info_score
from sklearn.preprocessing import normalize

# nimfa 1.4 knows NumPy before version 2 alone.
numpy.mat, numpy.Inf = numpy.asmatrix, numpy.inf
import nimfa  # noqa: E402

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
place = pathlib.Path(tempfile.mkdtemp())
subprocess.run([binary, "vectorize", shared / "bbc", "-o", place / "v", "-q"], check=True)
v = scipy.io.mmread(place / "v" / "matrix.mtx").T.tocsr().astype(float)
with open(place / "v" / "documents.tsv", newline="") as file:
    labels = [row["label"] for row in csv.DictReader(file, delimiter="\t")]
unit = normalize(v)
# Iterations of nimfa, which stops at no tolerance by itself.
ROUNDS = 10


def own(*more):
    command = [binary, "fit", place / "v", "-k", "5", "--sharpening", "off", "-o", place / "m", "--force", "-q", *more]
    subprocess.run(command, check=True)
    seconds = json.loads((place / "m" / "manifest.json").read_text())["run"]["seconds"]["fit"]
    return numpy.load(place / "m" / "document_topic.npy").argmax(1), seconds


def timed(work):
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def of_nimfa(kind, x, **options):
    # Dense, since nimfa takes hundreds of times as long with sparse matrices.
    fitted, seconds = timed(lambda: kind(x.T.toarray(), rank=5, seed="nndsvd", max_iter=ROUNDS, **options)())
    return numpy.asarray(fitted.coef()).argmax(0), seconds


def agglomerated_features():
    def work():
        features = FeatureAgglomeration(500).fit(unit.toarray())
        sums = numpy.zeros((v.shape[0], 500))
        for term, group in enumerate(features.labels_):
            sums[:, group] += v[:, [term]].toarray()[:, 0]
        return NMF(5, beta_loss="kullback-leibler", solver="mu", random_state=1).fit_transform(sums).argmax(1)

    return timed(work)


WORKS = {
    "topicmill plain": lambda: own(),
    "topicmill --loss frobenius, topics of sparseness 0.9": lambda: own(
        "--loss", "frobenius", "--set", "factorize.term_sparseness=0.9"
    ),
    "nimfa Snmf (right)": lambda: of_nimfa(nimfa.Snmf, unit, version="r"),
    "nimfa Nmf (divergence)": lambda: of_nimfa(nimfa.Nmf, v, update="divergence", objective="div"),
    "topicmill --hierarchy": lambda: own("--hierarchy"),
    "AgglomerativeClustering (Ward)": lambda: timed(lambda: AgglomerativeClustering(5).fit_predict(unit.toarray())),
    "topicmill --variant orthogonal": lambda: own("--variant", "orthogonal"),
    "KMeans": lambda: timed(lambda: KMeans(5, n_init=1, random_state=1).fit_predict(unit)),
    "topicmill --variant agglomerate --word-groups 500": lambda: own("--variant", "agglomerate", "--word-groups", "500"),
    "FeatureAgglomeration(500), then NMF": agglomerated_features,
}
with open(out, "w") as file:
    file.write("what,NMI,seconds\n")
    for name, work in WORKS.items():
        found, seconds = work()
        row = f'"{name}",{normalized_mutual_info_score(labels, found):.3f},{seconds:.2f}'
        file.write(row + "\n")
        print(row, flush=True)
