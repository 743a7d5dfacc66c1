#!/usr/bin/env python3
"""Do verdicts hold? Fits one half of a collection with runs and the other half without, and compares the topics.

    benches/compare/stability.py [FOLDER] [--topics 20] [--runs 5] [--halvings 2]

FOLDER is by default 20newsgroups in the shared corpora (TOPICMILL_SHARED or ../shared). Needs a release build and Python alone. A row per
verdict: how many topics have it, and the mean Jaccard similarity of their twenty first words to the topic of the other half that they are
matched with (0 without a match).
"""
import argparse
import json
import os
import random
import statistics
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/topicmill"


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def main():
    shared = Path(os.environ.get("TOPICMILL_SHARED", ROOT / "../shared"))
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=shared / "corpora/20newsgroups")
    parser.add_argument("--topics", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--halvings", type=int, default=2)
    options = parser.parse_args()
    files = sorted(path for path in options.folder.rglob("*") if path.is_file())
    found = {"robust": [], "": [], "fragile": []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.halvings):
            order = random.Random(seed + 1).sample(files, len(files))
            halves = [sorted(order[: len(order) // 2]), sorted(order[len(order) // 2 :])]
            models = [Path(folder) / f"model-{seed}-{side}" for side in (0, 1)]
            for half, model in zip(halves, models):
                table = model.with_suffix(".jsonl")
                with open(table, "w") as out:
                    for path in half:
                        out.write(json.dumps({"id": str(path), "text": path.read_text("latin1")}) + "\n")
                run("fit", table, "-k", options.topics, "--strip", "email", "--runs", options.runs, "-q", "-o", model)
            for own, other in (models, models[::-1]):
                pairs = json.loads(run("compare", own, other, "--format", "json"))["pairs"]
                alike = {pair["first"]: pair["similarity"] for pair in pairs}
                for topic in json.loads(run("topics", own, "--format", "json"))["topics"]:
                    kinds = [verdict["kind"] for verdict in topic["verdicts"]]
                    kind = next((kind for kind in ("robust", "fragile") if kind in kinds), "")
                    found[kind].append(alike.get(topic["id"], 0.0))
    print("verdict,topics,mean_jaccard")
    for kind, values in found.items():
        print(f"{kind or 'neither'},{len(values)},{statistics.mean(values) if values else 0:.3f}")


if __name__ == "__main__":
    main()
