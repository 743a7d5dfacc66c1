"""Quality of the default fit of 100,000 abstracts with a hundred topics, for five seeds.

    python3 benches/compare/arxiv.py BINARY OUT.csv

Agreement is that of topics with the category of each abstract; coherence is NPMI over documents of the ten words that are
shown. Needs TOPICMILL_SHARED.
"""

import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
model = pathlib.Path(tempfile.mkdtemp()) / "model"
command = [binary, "fit", shared / "arxiv-100k.jsonl.gz", "--label-column", "category", "-k", "100", "-o", model, "--force", "-q"]
found = []
with open(out, "w", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["seed", "NMI", "NPMI", "diversity"])
    for seed in range(1, 6):
        subprocess.run([*map(str, command), "--seed", str(seed)], check=True)
        told = subprocess.run([binary, "evaluate", str(model), "--output-format", "json"], capture_output=True, check=True)
        told = json.loads(told.stdout)
        numbers = (told["agreement"]["nmi"], told["coherence"]["npmi"], told["diversity"]["distinct_share"])
        found.append(numbers)
        rows.writerow([seed, *(f"{number:.3f}" for number in numbers)])
        file.flush()
        print(seed, numbers, flush=True)
    rows.writerow(["mean", *(f"{statistics.mean(of):.3f}" for of in zip(*found))])
