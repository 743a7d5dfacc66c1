"""Whole commands of two builds of topicmill in turns: time and peak of memory, with the defaults and without sharpening.

    python3 benches/compare/whole.py BEFORE AFTER OUT.csv [ROUNDS]

BEFORE and AFTER are two binaries; a build without sharpening is compared with both fits of the other. Rows have the
medians of AFTER / BEFORE over the rounds (seven, unless another number is given): of the seconds of reading and fitting that
the program measures itself, and of the peak of memory that the system reports. Needs TOPICMILL_SHARED.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

shared = pathlib.Path(os.environ["TOPICMILL_SHARED"]) / "corpora"
before, after, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 7
CORPORA = {
    "20 Newsgroups": ([shared / "20newsgroups", "--strip", "email"], 20),
    "BBC": ([shared / "bbc"], 5),
}
place = pathlib.Path(tempfile.mkdtemp())


def run(binary, inputs, k, more):
    # A build does not write over what a later one has written.
    model = place / pathlib.Path(binary).name
    command = [binary, "fit", *map(str, inputs), "-k", str(k), "-o", str(model), "--force", "-q", *more]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    seconds = json.loads((model / "manifest.json").read_text())["run"]["seconds"]
    return seconds["read"] + seconds["fit"], usage.ru_maxrss


def takes(binary, flag):
    return flag in subprocess.run([binary, "fit", "--help"], capture_output=True, text=True).stdout


with open(out, "w") as file:
    file.write("corpus,topics,sharpening,seconds after / before,peak after / before\n")
    for corpus, (inputs, k) in CORPORA.items():
        for sharpening in ("off", "auto"):
            flag = {
                binary: ["--sharpening", sharpening] if takes(binary, "--sharpening") else []
                for binary in (before, after)
            }
            pairs = [[run(binary, inputs, k, flag[binary]) for binary in (before, after)] for _ in range(rounds)]
            time, peak = (statistics.median(new[part] / old[part] for old, new in pairs) for part in (0, 1))
            row = f"{corpus},{k},{sharpening},{time:.2f},{peak:.2f}"
            file.write(row + "\n")
            print(row, flush=True)
