#!/usr/bin/env python3
"""Computes the golden results anew from the inputs beside this file, and compares.

    python3 tests/golden/how_made.py            compares; exit code 1 if a part differs
    python3 tests/golden/how_made.py --write    also stores the arrays and values of nmf-small

A part may differ by 1e-10, relative where its numbers are above 1. Needs Python 3.10, NumPy and scikit-learn (with its
SciPy). V is terms x documents, V ~ W H. Inputs, which are never written: the matrices V, W0 and H0 of nmf-small, the
labels, the word lists, the byte files.
"""

import json
import pathlib
import re
import sys

import numpy as np
from scipy.io import mmread
from scipy.optimize import linear_sum_assignment
from sklearn import metrics

HERE = pathlib.Path(__file__).parent
SMALL = HERE / "nmf-small"
differences = []  # of the part at hand
verdicts = []


def read_json(name):
    return json.loads((HERE / name).read_text())


def compare(record, key, got):
    """Notes how far the result is from the stored one, and takes its place."""
    got, stored = np.asarray(got, float), np.asarray(record[key], float)
    assert got.shape == stored.shape, key
    differences.append(abs(got - stored).max() / max(1, stored.max()))
    record[key] = got


def report(what):
    largest = float(np.max(differences))
    verdicts.append("ok" if largest <= 1e-10 else "DIFFERS")
    print(f"{what:34} largest difference {largest:7.1e}  {verdicts[-1]}")
    differences.clear()


def quotient(v, w, h):
    return np.divide(v, w @ h, out=np.zeros_like(v), where=v > 0)


def objective(v, w, h):
    return np.sum(v[v > 0] * np.log(quotient(v, w, h)[v > 0])) - v.sum() + (w @ h).sum()


def update_h(v, w, h):
    """Lee and Seung's multiplicative update for KL. That of W is the same of the transposed problem."""
    return h * (w.T @ quotient(v, w, h)) / w.sum(axis=0)[:, None]


def average_jaccard(a, b):
    return np.mean([len({*a[:d]} & {*b[:d]}) / len({*a[:d]} | {*b[:d]}) for d in range(1, len(a) + 1)])


def rank_biased_overlap(a, b, p=0.9):
    """Webber, Moffat and Zobel; extrapolated from the depth of the lists."""
    common = [len({*a[:d]} & {*b[:d]}) / d for d in range(1, len(a) + 1)]
    return common[-1] * p ** len(a) + (1 - p) / p * sum(x * p**d for d, x in enumerate(common, 1))


# Updates in both orders, and with a term and a document that are empty.
v, v_new, v_emptied = (mmread(SMALL / name).toarray() for name in ("V.mtx", "V_new.mtx", "degenerate/V.mtx"))
arrays = {path.relative_to(SMALL).with_suffix("").as_posix(): np.load(path) for path in SMALL.rglob("*.npy")}
w0, h0 = arrays.pop("W0"), arrays.pop("H0")
results = read_json("nmf-small/results.json")
for folder, record, order, data, last in [
    ("degenerate", results["degenerate_kl_HW"], "HW", v_emptied, 10),
    ("kl_WH", results["runs"]["kl_WH"], "WH", v, 100),
    ("kl_HW", results["runs"]["kl_HW"], "HW", v, 100),
]:
    w, h, course = w0, h0, [objective(data, w0, h0)]
    for iteration in range(1, last + 1):
        for side in order:
            w, h = (w, update_h(data, w, h)) if side == "H" else (update_h(data.T, h.T, w.T).T, h)
        course.append(objective(data, w, h))
        if str(iteration) in record:
            compare(arrays, f"{folder}/W_{iteration:03}", w)
            compare(arrays, f"{folder}/H_{iteration:03}", h)
            compare(record[str(iteration)], "objective", course[-1])
    if "trajectory_0_to_100" in record:
        compare(record, "trajectory_0_to_100", course)
    report(f"nmf-small/{folder}")

# Fold-in from a constant with the last W: 200 updates, and so many that nothing moves any more.
record, start = results["foldin"], np.sqrt(v_new.mean() / len(h0))
compare(arrays, "foldin/W", w)
compare(record, "start_value", start)
h = np.full((len(h0), v_new.shape[1]), start)
for name, updates in (("200", 200), ("optimum", 20_000 - 200)):
    for _ in range(updates):
        h = update_h(v_new, w, h)
    compare(arrays, f"foldin/H_{name}", h)
    compare(record, f"kl_{name}", objective(v_new, w, h))
gradient = w.sum(axis=0)[:, None] - w.T @ quotient(v_new, w, h)
differences.append(abs(np.minimum(h, gradient)).max())  # 0 at an optimum, by Karush, Kuhn and Tucker
report("nmf-small/foldin")

# NNDSVD (Boutsidis and Gallopoulos): of each pair of singular vectors the signs that carry more.
u, s, vt = np.linalg.svd(v, full_matrices=False)
compare(results["nndsvd"], "singular_values_first_10", s[:10])
w, h = np.zeros_like(w0), np.zeros_like(h0)
for j in range(len(h)):
    signed = [(np.maximum(sign * u[:, j], 0), np.maximum(sign * vt[j], 0)) for sign in (1, -1)]
    weight, x, y = max(((np.linalg.norm(x) * np.linalg.norm(y), x, y) for x, y in signed), key=lambda part: part[0])
    w[:, j], h[j] = np.sqrt(s[j] * weight) * x / np.linalg.norm(x), np.sqrt(s[j] * weight) * y / np.linalg.norm(y)
for name, factor in (("W", np.where(w < 1e-6, 0, w)), ("H", np.where(h < 1e-6, 0, h))):
    compare(arrays, f"nndsvd/{name}_nndsvd", factor)
    compare(arrays, f"nndsvd/{name}_nndsvda", np.where(factor == 0, v.mean(), factor))
report("nmf-small/nndsvd")

if "--write" in sys.argv[1:]:
    for name, factor in arrays.items():
        np.save(SMALL / f"{name}.npy", np.ascontiguousarray(factor, "<f8"))
    text = json.dumps(results, indent=1, default=np.ndarray.tolist)
    text = re.sub(r"\[[^\[\]{}]*\]", lambda found: json.dumps(json.loads(found[0])), text)  # lists of numbers on a line
    (SMALL / "results.json").write_text(text + "\n")

# Agreement of labels.
for pair in read_json("clustering/pairs.json")["pairs"]:
    labels = pair["true"], pair["pred"]
    compare(pair, "nmi_arithmetic", metrics.normalized_mutual_info_score(*labels))
    compare(pair, "ami_arithmetic", metrics.adjusted_mutual_info_score(*labels))
    compare(pair, "ari", metrics.adjusted_rand_score(*labels))
    compare(pair, "mutual_information_nats", metrics.mutual_info_score(*labels))
    compare(pair, "homogeneity", metrics.homogeneity_score(*labels))
    compare(pair, "completeness", metrics.completeness_score(*labels))
    compare(pair, "purity", metrics.cluster.contingency_matrix(*labels).max(axis=0).sum() / pair["n"])
report("clustering/pairs.json")

# Likeness of two sets of ranked lists: of each two, and of the best pairing.
stability = read_json("stability/stability.json")
example, comparison = stability["worked_example"], stability["comparisons"]["set_1_vs_set_2"]
compare(example, "average_jaccard", average_jaccard(example["list_1"], example["list_2"]))
compare(example["rbo"]["p0.9"], "ext", rank_biased_overlap(example["list_1"], example["list_2"]))
for key, measure in (("average_jaccard", average_jaccard), ("rbo_ext_p0.9", rank_biased_overlap)):
    likeness = np.array([[measure(a, b) for b in stability["set_2"]] for a in stability["set_1"]])
    compare(comparison[key], "matrix", likeness)
    compare(comparison[key], "agreement", likeness[linear_sum_assignment(likeness, maximize=True)].mean())
report("stability/stability.json")

# Character sets: the difference is 1 where Python's codecs read a sample otherwise.
for sample in read_json("unicode/encodings.json")["encodings"]:
    codec, replace, _ = sample["python_codec"].partition(" (errors=replace)")
    data = (HERE / "unicode" / sample["file"]).read_bytes().removeprefix(bytes.fromhex(sample["bom_hex"]))
    text, utf8 = data.decode(codec, "replace" if replace else "strict"), HERE / "unicode" / sample["expected_file"]
    differences.append(text != sample["expected_text"] or text.encode() != utf8.read_bytes())
report("unicode/encodings.json")
for sample in read_json("unicode/inputs.json")["inputs"]:
    if sample["kind"] == "invalid_utf8":
        data = (HERE / "unicode" / sample["file"]).read_bytes()
        differences.append(data.hex() != sample["hex"] or data.decode(errors="replace") != sample["lossy_text"])
report("unicode/inputs.json, invalid UTF-8")
sys.exit(1 if "DIFFERS" in verdicts else 0)
