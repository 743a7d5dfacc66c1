"""The chart of a record: how many times as long the peers take, on a logarithmic scale, with the spread of the rounds."""

import csv
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "topicmill"
matplotlib.rcParams["font.family"] = "sans-serif"
import matplotlib.pyplot as plt

COLOURS = {"scikit-learn": "#1f6f8b", "topica": "#b5651d", "tomotopy": "#6b8e23", "gensim": "#8b5a8b"}


def draw(directory):
    with (directory / "results.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["unit"] == "ratio" and " / topicmill" in row["program"]]
    # Ways of our own are no peers.
    rows = [row for row in rows if not row["program"].startswith("topicmill")]
    if not rows:
        return
    rows.reverse()
    figure, axes = plt.subplots(figsize=(9, 0.34 * len(rows) + 1.2))
    for at, row in enumerate(rows):
        peer = row["program"].removesuffix(" / topicmill")
        colour = next((colour for name, colour in COLOURS.items() if peer.startswith(name)), "#666666")
        median, low, high = (float(row[key]) for key in ("median", "minimum", "maximum"))
        axes.barh(at, median, color=colour, height=0.7)
        axes.plot([low, high], [at, at], color="black", linewidth=1)
        axes.text(max(median, high) * 1.06, at, f"{median:.3g}×", va="center", fontsize=8)
    names = [" · ".join(filter(None, [row["work"], row["corpus"], row["k"] and f"k = {row['k']}", row["program"].removesuffix(" / topicmill")])) for row in rows]
    axes.set_yticks(range(len(rows)), names, fontsize=8)
    axes.set_xscale("log")
    axes.set_xlim(1, 1.6 * max(float(row["maximum"]) for row in rows))
    axes.set_xlabel("time of the peer, in times of topicmill's (median and spread of the rounds)", fontsize=8)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(directory / "ratios.svg", metadata={"Date": None})


if __name__ == "__main__":
    draw(pathlib.Path(sys.argv[1]))
