"""The forms of the factorisation beside the plain one, on corpora with labels.

    python3 benches/compare/forms.py BINARY OUT.csv [CORPUS…]

Each form is fitted with as many topics as there are labels, without sharpening, with its defaults otherwise. A row has the agreement of
each document's largest topic with its label (NMI), the objective and the time of the fit as multiples of those of the plain form in
the same round (medians of three rounds), topics a document and the sparseness of topics after Hoyer. Needs TOPICMILL_SHARED, NumPy
and scikit-learn.
"""

import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy
from sklearn.metrics import normalized_mutual_info_score

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
CORPORA = {
    "bbc": (["bbc"], 5),
    "r8": (["reuters-r8.tsv"], 8),
    "20ng": (["20newsgroups", "--strip", "email"], 20),
}  # fmt: skip
FORMS = {
    "plain": [],
    "sequential": ["--variant", "sequential"],
    "sequential, earlier kept": ["--variant", "sequential", "--keep-earlier"],
    "convex": ["--variant", "convex"],
    "orthogonal": ["--variant", "orthogonal"],
    "sparseness 0.9": ["--set", "factorize.term_sparseness=0.9"],
}
ROUNDS = 3
place = pathlib.Path(tempfile.mkdtemp())


def fit(corpus, loss, more):
    (path, *read), k = CORPORA[corpus]
    model = place / "model"
    command = [binary, "fit", shared / path, *read, "-k", k, "--loss", loss, "--sharpening", "off", *more]
    subprocess.run([*map(str, command), "-o", str(model), "--force", "-q"], check=True)
    manifest = json.loads((model / "manifest.json").read_text())
    h = numpy.load(model / "document_topic.npy")
    w = numpy.load(model / "topic_term.npy").astype(float)
    with open(model / "documents.tsv", newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file, delimiter="\t")]
    known = [i for i, label in enumerate(labels) if label and h[i].sum() > 0]
    nmi = normalized_mutual_info_score([labels[i] for i in known], h[known].argmax(1))
    root = w.shape[1] ** 0.5
    sparseness = (root - w.sum(1) / (w**2).sum(1) ** 0.5) / (root - 1)
    return {
        "seconds": manifest["run"]["seconds"]["fit"],
        "objective": manifest["fit"]["final_objective"],
        "nmi": nmi,
        "topics": (h[known] > 0).sum(1).mean(),
        "sparseness": sparseness.mean(),
    }


with open(out, "w") as file:
    file.write("corpus,loss,form,NMI,objective / plain,seconds / plain,topics a document,sparseness of topics\n")
    for corpus in sys.argv[3:] or CORPORA:
        for loss in ("kullback-leibler", "frobenius"):
            # Sparse topics leave words to none of them, which the divergence does not allow.
            forms = {form: more for form, more in FORMS.items() if loss == "frobenius" or "sparse" not in form}
            rounds = [{form: fit(corpus, loss, more) for form, more in forms.items()} for _ in range(ROUNDS)]
            for form in forms:
                times = statistics.median(of[form]["seconds"] / of["plain"]["seconds"] for of in rounds)
                found, plain = rounds[0][form], rounds[0]["plain"]
                numbers = [f"{found['nmi']:.3f}", f"{found['objective'] / plain['objective']:.4f}", f"{times:.1f}"]
                numbers += [f"{found['topics']:.2f}", f"{found['sparseness']:.3f}"]
                row = ",".join([corpus, loss, f'"{form}"' if "," in form else form, *numbers])
                file.write(row + "\n")
                print(row, flush=True)
