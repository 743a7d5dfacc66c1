"""The forms of the factorisation beside the plain one, on corpora with labels.

    python3 benches/compare/forms.py BINARY OUT.csv [CORPUS…]

Memory is the peak of the whole command as a multiple of that of the plain form. Each form is fitted with as many topics as there are labels, without sharpening, with its defaults otherwise. A row has the agreement of
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
    "titles": (["stackoverflow-titles.tsv"], 20),
    "20ng": (["20newsgroups", "--strip", "email"], 20),
}  # fmt: skip
FORMS = {
    "plain": [],
    "sequential": ["--variant", "sequential"],
    "sequential, earlier kept": ["--variant", "sequential", "--keep-earlier"],
    "convex": ["--variant", "convex"],
    "orthogonal": ["--variant", "orthogonal"],
    "tri, 50 groups": ["--variant", "tri", "--word-groups", "50"],
    "agglomerate, 500 groups": ["--variant", "agglomerate", "--word-groups", "500"],
    "co-occurrence": ["--variant", "co-occurrence"],
    "online": ["--online"],
    "topics of sparseness 0.9": ["--set", "factorize.term_sparseness=0.9"],
    "documents of sparseness 0.8": ["--set", "factorize.document_sparseness=0.8"],
}
# Sparse factors leave words to no topic, which the divergence does not allow; the others need its sums.
FOR_SQUARES = [form for form in FORMS if "sparseness" in form]
FOR_DIVERGENCE = [form for form in FORMS if form.startswith(("tri", "agglomerate", "co-occurrence"))]
ROUNDS = 3
place = pathlib.Path(tempfile.mkdtemp())


def fit(corpus, loss, more):
    (path, *read), k = CORPORA[corpus]
    model = place / "model"
    command = [binary, "fit", shared / path, *read, "-k", k, "--loss", loss, "--sharpening", "off", *more]
    process = subprocess.Popen([*map(str, command), "-o", str(model), "--force", "-q"])
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
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
        "memory": usage.ru_maxrss,
    }


with open(out, "w") as file:
    file.write(
        "corpus,loss,form,NMI,objective / plain,seconds / plain,memory / plain,topics a document,sparseness of topics\n"
    )
    for corpus in sys.argv[3:] or CORPORA:
        for loss in ("kullback-leibler", "frobenius"):
            left_out = FOR_DIVERGENCE if loss == "frobenius" else FOR_SQUARES
            forms = {form: more for form, more in FORMS.items() if form not in left_out}
            rounds = [{form: fit(corpus, loss, more) for form, more in forms.items()} for _ in range(ROUNDS)]
            for form in forms:
                times = statistics.median(of[form]["seconds"] / of["plain"]["seconds"] for of in rounds)
                found, plain = rounds[0][form], rounds[0]["plain"]
                numbers = [f"{found['nmi']:.3f}", f"{found['objective'] / plain['objective']:.4f}", f"{times:.1f}"]
                numbers += [f"{found['memory'] / plain['memory']:.2f}"]
                numbers += [f"{found['topics']:.2f}", f"{found['sparseness']:.3f}"]
                row = ",".join([corpus, loss, f'"{form}"' if "," in form else form, *numbers])
                file.write(row + "\n")
                print(row, flush=True)
