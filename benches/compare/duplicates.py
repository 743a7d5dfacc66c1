#!/usr/bin/env python3
"""Are near duplicates found? Plants 1,000 changed copies among 20,000 abstracts and counts what is found.

    benches/compare/duplicates.py [FILE.jsonl.gz]

FILE is by default arxiv-100k.jsonl.gz in the shared corpora (TOPICMILL_SHARED or ../shared). In each copy 2, 5 and 10 % of the words are
replaced by words of other abstracts. Needs a release build and Python alone. A pair of abstracts that were alike before counts as right.
"""
import argparse
import gzip
import json
import os
import random
import subprocess
import tempfile
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/topicmill"


def dropped(table, folder):
    out = Path(folder) / f"{table.stem}-model"
    subprocess.run([PROGRAM, "vectorize", table, "--duplicates", "drop", "-q", "-o", out], check=True, capture_output=True)
    corpus = json.load(open(out / "manifest.json"))["corpus"]
    kept = {line.split("\t")[0] for line in open(out / "documents.tsv").read().splitlines()[1:]}
    return kept, corpus["skipped"].get("duplicate", 0)


def main():
    shared = Path(os.environ.get("TOPICMILL_SHARED", ROOT / "../shared"))
    parser = argparse.ArgumentParser()
    parser.add_argument("file", nargs="?", type=Path, default=shared / "corpora/arxiv-100k.jsonl.gz")
    options = parser.parse_args()
    texts = [json.loads(line)["text"] for line in islice(gzip.open(options.file, "rt"), 20000)]
    print("changed_words,planted,found,recall,precision")
    for changed in (0.02, 0.05, 0.1):
        draw = random.Random(1)
        documents = [(f"o{i}", text) for i, text in enumerate(texts)]
        for copy, i in enumerate(draw.sample(range(len(texts)), 1000)):
            words = texts[i].split()
            for place in draw.sample(range(len(words)), max(1, round(changed * len(words)))):
                words[place] = draw.choice(draw.choice(texts).split() or ["word"])
            documents.append((f"c{copy}", " ".join(words)))
        with tempfile.TemporaryDirectory() as folder:
            plain, planted = Path(folder) / "plain.jsonl", Path(folder) / "planted.jsonl"
            for table, rows in ((plain, documents[:20000]), (planted, documents)):
                with open(table, "w") as out:
                    out.writelines(json.dumps({"id": name, "text": text}) + "\n" for name, text in rows)
            before, _ = dropped(plain, folder)
            kept, n = dropped(planted, folder)
        # Abstracts that were copies before anything was planted are right too.
        copies_before = {name for name, _ in documents[:20000]} - before
        gone = {name for name, _ in documents} - kept
        found = sum(name.startswith("c") for name in gone)
        wrong = sum(not name.startswith("c") and name not in copies_before for name in gone)
        print(f"{changed},1000,{found},{found / 1000:.3f},{(len(gone) - wrong) / max(1, len(gone)):.3f}")


if __name__ == "__main__":
    main()
