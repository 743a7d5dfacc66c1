"""Makes any number of abstracts of those in the arXiv corpus, to try sizes that no corpus at hand has.

    python3 benches/compare/abstracts.py SOURCE.jsonl.gz N OUT.jsonl

An abstract has the first half of the sentences of one source abstract and the second half of those of another one from
the same category, both drawn at random from a fixed seed. So its length and its words are those of an abstract, and
nearly all are distinct.
"""

import collections
import gzip
import json
import random
import re
import sys

source, n, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with gzip.open(source, "rt", encoding="utf-8") as lines:
    abstracts = [json.loads(line) for line in lines]
by_category = collections.defaultdict(list)
for abstract in abstracts:
    sentences = re.split(r"(?<=[.!?])\s+", abstract["text"])
    half = (len(sentences) + 1) // 2
    abstract["halves"] = (" ".join(sentences[:half]), " ".join(sentences[half:]))
    by_category[abstract["category"]].append(abstract)
draw = random.Random(1)
with open(out, "w", encoding="utf-8") as file:
    for number in range(n):
        first = draw.choice(abstracts)
        second = draw.choice(by_category[first["category"]])
        text = f"{first['halves'][0]} {second['halves'][1]}"
        row = {"id": f"{number:07}", "date": first["date"], "category": first["category"], "text": text}
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
