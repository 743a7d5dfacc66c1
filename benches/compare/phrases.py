#!/usr/bin/env python3
"""Are the phrases those of gensim? Learns them from abstracts by both, with the same tokens and thresholds, and compares the lists and the
seconds.

    benches/compare/phrases.py [FILE.jsonl.gz]

FILE is by default arxiv-100k.jsonl.gz in the shared corpora (TOPICMILL_SHARED or ../shared). Needs a release build and gensim. gensim asks for
five occurrences, topicmill for five documents: gensim's list is cut to those.
"""
import argparse
import gzip
import json
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

from gensim.models.phrases import Phrases

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/topicmill"
TOKENS = "[a-z]{2,}"


def of_topicmill(file, npmi, folder):
    out = Path(folder) / f"m{npmi}"
    command = [PROGRAM, "vectorize", file, "--format", "jsonl", "--stopwords", "none", "--language", "none", "--token-pattern", TOKENS]
    start = time.perf_counter()
    subprocess.run([*command, f"--phrases={npmi}", "-q", "-o", out], check=True, capture_output=True)
    return set(json.load(open(out / "manifest.json"))["analyzer"].get("phrases", [])), time.perf_counter() - start


def of_gensim(file, npmi):
    start = time.perf_counter()
    documents = [re.findall(TOKENS, text.lower()) for text in texts_of(file)]
    phrases = Phrases(documents, min_count=5, threshold=npmi, scoring="npmi", delimiter=" ", max_vocab_size=1 << 30).export_phrases()
    seconds = time.perf_counter() - start
    n_documents = Counter(pair for words in documents for pair in {f"{a} {b}" for a, b in zip(words, words[1:])})
    return {phrase for phrase in phrases if n_documents[phrase] >= 5}, seconds


def texts_of(file):
    return [json.loads(line)["text"] for line in open(file)]


def main():
    shared = Path(os.environ.get("TOPICMILL_SHARED", ROOT / "../shared"))
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path, default=shared / "corpora/arxiv-100k.jsonl.gz")
    options = parser.parse_args()
    print("npmi,topicmill,gensim,both,ratio_of_seconds")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.jsonl"
        # A text of lower case letters alone is cut by both into the same tokens.
        with open(file, "w") as out:
            for line in islice(gzip.open(options.file, "rt"), 20000):
                text = " ".join(re.findall(TOKENS, json.loads(line)["text"].lower()))
                out.write(json.dumps({"text": text}) + "\n")
        for npmi in (0.3, 0.5, 0.7):
            (ours, seconds), (theirs, their_seconds) = of_topicmill(file, npmi, folder), of_gensim(file, npmi)
            print(f"{npmi},{len(ours)},{len(theirs)},{len(ours & theirs)},{their_seconds / seconds:.0f}", flush=True)


if __name__ == "__main__":
    main()
