"""Updates of a model beside a fit of all documents.

    python3 benches/compare/updates.py BINARY OUT.csv

Documents come in random order. For 20 Newsgroups and Reuters R8 six tenths are fitted, and four updates add a tenth each. A row has the
agreement with labels (NMI) of the updated model and of a fit of all documents, the share of the first documents that are in the topic
with the number that they had, and the seconds of the last update as a multiple of that fit's. For BBC one class comes later, with
`--new-topics 1`: the row has how much of the new topic is that class, and how much of that class is in it, and of each topic that was there the Jaccard similarity of its ten words before and after. Needs TOPICMILL_SHARED and
scikit-learn.
"""

import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from sklearn.metrics import normalized_mutual_info_score

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
place = pathlib.Path(tempfile.mkdtemp())


def run(*arguments):
    start = time.monotonic()
    told = subprocess.run([binary, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    return time.monotonic() - start, told


def texts(corpus, *read):
    """The texts of a corpus as they are counted, with their labels, in random order."""
    run("fit", shared / corpus, *read, "-k", 2, "--keep-texts", "-o", place / "texts", "--force", "-q")
    command = [binary, "export", place / "texts", "--table", "documents", "--format", "jsonl"]
    rows = [json.loads(row) for row in subprocess.run(command, check=True, capture_output=True).stdout.splitlines()]
    packed = subprocess.run(["gzip", "-dc", place / "texts" / "texts.jsonl.gz"], check=True, capture_output=True).stdout
    found = [
        {"id": str(i), "text": json.loads(text)["text"], "label": row["label"]}
        for i, (text, row) in enumerate(zip(packed.splitlines(), rows, strict=True))
    ]
    random.Random(1).shuffle(found)
    return found


def write(name, documents):
    path = place / f"{name}.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return path


def topics(model):
    table = run("export", model, "--table", "clusters")[1]
    return {row["id"]: (row["topic"], row["label"]) for row in csv.DictReader(table.splitlines())}


def words(model):
    told = subprocess.run([binary, "topics", str(model), "--format", "json"], capture_output=True, check=True)
    return [{word["form"] for word in topic["words"]} for topic in json.loads(told.stdout)["topics"]]


def nmi(model):
    found = [pair for pair in topics(model).values() if pair[0]]
    return normalized_mutual_info_score([label for _, label in found], [topic for topic, _ in found])


with open(out, "w") as file:
    file.write("corpus,NMI updated,NMI of a fit of all,first documents in their topic,seconds of an update / of the fit\n")
    for corpus, k, read in (("20newsgroups", 20, ["--strip", "email"]), ("reuters-r8.tsv", 8, [])):
        documents, model = texts(corpus, *read), place / "model"
        tenths = [documents[len(documents) * i // 10 : len(documents) * (i + 1) // 10] for i in range(10)]
        run("fit", write("first", sum(tenths[:6], [])), "-k", k, "--keep-texts", "-o", model, "--force", "-q")
        before = topics(model)
        for i, tenth in enumerate(tenths[6:]):
            seconds, _ = run("update", model, write(f"tenth{i}", tenth), "--discard", "-q")
        whole, _ = run("fit", write("all", documents), "-k", k, "--keep-texts", "-o", place / "all", "--force", "-q")
        after = topics(model)
        kept = sum(after[id][0] == topic for id, (topic, _) in before.items()) / len(before)
        row = f"{corpus},{nmi(model):.3f},{nmi(place / 'all'):.3f},{kept:.3f},{seconds / whole:.2f}"
        file.write(row + "\n")
        print(row, flush=True)
    file.write("\nclass that comes later,part of the new topic that is of it,part of it that is in the new topic,words kept (Jaccard)\n")
    documents = texts("bbc")
    for label in sorted({document["label"] for document in documents}):
        first = [document for document in documents if document["label"] != label][:1200]
        known = {document["id"] for document in first}
        later = [document for document in documents if document["id"] not in known]
        model = place / "later"
        run("fit", write("first", first), "-k", 4, "--keep-texts", "-o", model, "--force", "-q")
        shown = words(model)
        run("update", model, write("later", later), "--new-topics", 1, "--discard", "-q")
        kept = [len(old & now) / len(old | now) for old, now in zip(shown, words(model))]
        found = topics(model).values()
        new = [own for topic, own in found if topic == "4"]
        row = f"{label},{new.count(label) / len(new):.3f},{new.count(label) / sum(own == label for _, own in found):.3f}"
        row += "," + " ".join(f"{similarity:.2f}" for similarity in kept)
        file.write(row + "\n")
        print(row, flush=True)
