"""Coherence of a model of a hundred topics in the documents of its fit: `topicmill evaluate` beside gensim's CoherenceModel.

    python3 benches/compare/coherence.py BINARY OUT.csv [DOCUMENTS]

Both measure the ten first words of each topic in the same documents of arXiv (all 100,000 of them, unless a number is given). gensim gets the
words that topicmill counts, and its default number of processes (one less than there are); cutting the texts into words counts in the
last row alone. topicmill reads and cuts the texts in the time that is told, and measures five coherences and more where gensim measures one. Rows have seconds and the mean coherence; document NPMI, which gensim lacks, is
checked against `tests/golden_coherence.rs`. Needs TOPICMILL_SHARED, the Python package and gensim.
"""

import gzip
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from gensim.corpora import Dictionary
from gensim.models import CoherenceModel

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
n_documents = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
place = pathlib.Path(tempfile.mkdtemp())
with gzip.open(shared / "arxiv-100k.jsonl.gz", "rt") as file:
    lines = list(itertools.islice(file, n_documents))
(place / "part.jsonl").write_text("".join(lines))
command = [binary, "fit", place / "part.jsonl", "-k", "100", "-o", place / "model", "-q"]
subprocess.run(list(map(str, command)), check=True)
start = time.perf_counter()
command = [binary, "evaluate", place / "model", place / "part.jsonl", "--output-format", "json"]
told = json.loads(subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout)
own_seconds = time.perf_counter() - start
topics = [topic["words"] for topic in told["topics"]]
stop_words = set(json.loads((place / "model" / "manifest.json").read_text())["analyzer"]["stopwords"])
start = time.perf_counter()
words = re.compile(r"\w[\w'\u2019]*")
texts = [json.loads(line)["text"].lower() for line in lines]
tokens = [[word for word in words.findall(text) if len(word) > 1 and word not in stop_words] for text in texts]
dictionary = Dictionary(tokens)
cut_seconds = time.perf_counter() - start
with open(out, "w") as file:
    file.write("measure,topicmill,gensim,seconds of topicmill (all measures),seconds of gensim,times as fast\n")
    total = 0.0
    for measure in ("u_mass", "c_uci", "c_npmi", "c_v"):
        start = time.perf_counter()
        options = (
            {"corpus": [dictionary.doc2bow(text) for text in tokens]} if measure == "u_mass" else {"texts": tokens}
        )
        found = CoherenceModel(topics=topics, dictionary=dictionary, coherence=measure, **options)
        value = found.get_coherence()
        seconds = time.perf_counter() - start
        total += seconds
        own = told["coherence"][measure]
        row = f"{measure},{own:.3f},{value:.3f},{own_seconds:.2f},{seconds:.1f},{seconds / own_seconds:.0f}"
        file.write(row + "\n")
        print(row, flush=True)
    total += cut_seconds
    row = f"from texts to the four together,,,{own_seconds:.2f},{total:.1f},{total / own_seconds:.0f}"
    file.write(row + "\n")
    print(row, flush=True)
