#!/usr/bin/env python3
"""`topicmill-mpi` in two network namespaces with a shaped link between them: the same bytes, and how it scales.

    benches/compare/mpi.py OUT.csv SHARDS…        directories that `topicmill vectorize --shards` wrote

Needs root (namespaces, tc), mpirun, and the programs in target/release and mpi/target/release. A rank has one thread.
Seconds are those of an iteration: the difference of fits of 14 and of 4 iterations, over ten.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALONE = ROOT / "target/release/topicmill"
RANKS = ROOT / "mpi/target/release/topicmill-mpi"
SPACES = {"10.77.0.1": "topicmill-a", "10.77.0.2": "topicmill-b"}
TOPICS = 100


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, **options)


def link(rate):
    """Two namespaces with a link of this rate and 0.1 ms."""
    unlink()
    for space in SPACES.values():
        run("ip", "netns", "add", space)
        run("ip", "-n", space, "link", "set", "lo", "up")
    run(
        "ip",
        "link",
        "add",
        "tm-a",
        "netns",
        "topicmill-a",
        "type",
        "veth",
        "peer",
        "name",
        "tm-b",
        "netns",
        "topicmill-b",
    )
    for (address, space), end in zip(SPACES.items(), ("tm-a", "tm-b"), strict=True):
        run("ip", "-n", space, "address", "add", f"{address}/24", "dev", end)
        run("ip", "-n", space, "link", "set", end, "up")
        if rate:
            shape = ["tbf", "rate", rate, "burst", "256kb", "latency", "50ms"]
            run("ip", "netns", "exec", space, "tc", "qdisc", "add", "dev", end, "root", *shape)


def unlink():
    for space in SPACES.values():
        subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL, check=False)


def fit(n, shards, output, iterations, place):
    """A fit on n ranks, divided among the namespaces."""
    agent = place / "agent"
    cases = "".join(f"{address}) space={space};;\n" for address, space in SPACES.items())
    agent.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}esac\nshift\nexec ip netns exec $space sh -c "$*"\n')
    agent.chmod(0o755)
    hosts = ",".join(f"{address}:{(n + 1 - at) // 2}" for at, address in enumerate(SPACES) if (n + 1 - at) // 2)
    words = [
        "ip",
        "netns",
        "exec",
        "topicmill-a",
        "mpirun",
        "--oversubscribe",
        "--bind-to",
        "none",
        "-n",
        n,
        "--host",
        hosts,
    ]
    for key, value in [
        ("plm_rsh_agent", agent),
        ("btl", "tcp,self"),
        ("btl_tcp_if_include", "10.77.0.0/24"),
        ("oob_tcp_if_include", "10.77.0.0/24"),
    ]:
        words += ["--mca", key, value]
    words += [RANKS, "fit", shards, "-k", TOPICS, "-o", output, "--force", "--threads", 1, "-q", "--tolerance", 0]
    words += ["--max-iterations", iterations, "--sharpening", "off"]
    environment = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    begun = time.time()
    run(*words, env=environment, stdout=subprocess.DEVNULL)
    return time.time() - begun


def files(model):
    return json.loads((model / "manifest.json").read_text())["files"]


def main(out, shards):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for directory in shards:
            corpus = json.loads((Path(directory) / "manifest.json").read_text())["corpus"]
            alone = place / "alone"
            words = [
                ALONE,
                "fit",
                directory,
                "-k",
                TOPICS,
                "-o",
                alone,
                "--force",
                "-q",
                "--tolerance",
                0,
                "--threads",
                1,
            ]
            run(*words, "--max-iterations", 14, "--sharpening", "off", stdout=subprocess.DEVNULL)
            known = files(alone)
            for rate in ("", "1gbit", "100mbit"):
                link(rate)
                try:
                    for n in (1, 2, 4):
                        if n == 1 and rate:
                            continue
                        model = place / "model"
                        long, short = fit(n, directory, model, 14, place), 0.0
                        same = files(model) == known
                        short = fit(n, directory, model, 4, place)
                        row = [Path(directory).name, corpus["n_documents"], corpus["n_terms"], corpus["n_nonzeros"]]
                        row += [rate or "none", n, f"{(long - short) / 10:.3f}", str(same).lower()]
                        rows.append(row)
                        print(row, flush=True)
                finally:
                    unlink()
    with open(out, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["shards", "documents", "terms", "nonzeros", "link", "ranks", "seconds_per_iteration", "same_bytes"]
        )
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
