#!/usr/bin/env python3
"""`topicmill-mpi` in two network namespaces with a shaped link between them: the same bytes, and how it scales.

    benches/compare/mpi.py OUT.csv [--links none,1gbit,100mbit] SHARDS…

Shards are directories that `topicmill vectorize --shards` wrote.

Needs root (namespaces, tc), mpirun, and the programs in target/release and mpi/target/release. A rank has one thread.
Beside the ranks stand threads of one process on the same shards: more than these gain from a second core no rank can.
Seconds are those of an iteration: the difference of fits of 14 and of 4 iterations, over ten.
"""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
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


def ranks(n, shards, output, iterations):
    """A fit on n ranks, divided among the namespaces."""
    agent = output.with_name("agent")
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


def alone(threads, shards, output, iterations):
    """A fit in one process."""
    words = [ALONE, "fit", shards, "-k", TOPICS, "-o", output, "--force", "-q", "--tolerance", 0]
    words += ["--threads", threads, "--max-iterations", iterations, "--sharpening", "off"]
    begun = time.time()
    run(*words, stdout=subprocess.DEVNULL)
    return time.time() - begun


def measure(fitted, model, known):
    """Seconds of an iteration, and whether the model of the longer fit has these files."""
    short, long = fitted(model, 4), fitted(model, 14)
    return (long - short) / 10, files(model) == known


def ways(links):
    """Threads of one process, and ranks with each link between the two machines: program, link, number, fit."""
    for n in (1, 2):
        yield "topicmill", "threads", n, alone
    for rate in links:
        link("" if rate == "none" else rate)
        try:
            for n in (1, 2, 4):
                if n > 1 or rate == "none":
                    yield "topicmill-mpi", rate, n, ranks
        finally:
            unlink()


def main(out, links, shards):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        model, first = Path(folder) / "model", Path(folder) / "first"
        for directory in shards:
            corpus = json.loads((Path(directory) / "manifest.json").read_text())["corpus"]
            sizes = [corpus[key] for key in ("n_documents", "n_terms", "n_nonzeros")]
            alone(2, directory, first, 14)
            for program, rate, n, fit in ways(links):
                seconds, same = measure(partial(fit, n, directory), model, files(first))
                rows.append([Path(directory).name, *sizes, program, rate, n, f"{seconds:.3f}", str(same).lower()])
                print(rows[-1], flush=True)
    with open(out, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        columns = "shards documents terms nonzeros program link ranks_or_threads seconds_per_iteration same_bytes"
        writer.writerow(columns.split())
        writer.writerows(rows)


if __name__ == "__main__":
    arguments = sys.argv[2:]
    links = ["none", "1gbit", "100mbit"]
    if arguments[0] == "--links":
        links = arguments[1].split(",")
        arguments = arguments[2:]
    main(sys.argv[1], links, arguments)
