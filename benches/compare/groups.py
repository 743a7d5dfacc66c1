"""Topics over time and by group beside pandas and SciPy: the same means, and intervals and tests that agree.

    python3 benches/compare/groups.py PROGRAM MODEL [COLUMN]

MODEL is fitted to a table with dates. Prints the largest difference of any share from pandas' mean of p(topic | document), of any end
of an interval from scipy.stats.bootstrap's, in units of the interval's width, and of the permutation tests from the p-values of
scipy.stats.f_oneway and linregress (the medians over topics where neither is below one in a thousand).
"""

import io
import json
import subprocess
import sys

import numpy
import pandas
import scipy.stats


def told(*words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout


def compare(groups, key, order):
    shares = frame[[f"topic_{k}" for k in range(n_topics)]].to_numpy()
    known = shares.sum(1) > 0
    means = pandas.DataFrame(shares[known]).groupby(key[known].to_numpy()).mean()
    difference, edges, p_values = 0.0, [], []
    for group in groups["groups"]:
        for of in group["topics"]:
            difference = max(difference, abs(of["share"] - means.loc[group["group"], of["topic"]]))
    for group in groups["groups"][:: max(1, len(groups["groups"]) // 5)]:
        members = shares[known][key[known].to_numpy() == group["group"]]
        if len(members) < 2:
            continue
        found = scipy.stats.bootstrap((members,), numpy.mean, axis=0, vectorized=True, method="percentile", random_state=7, n_resamples=999)
        for of, low, high in zip(group["topics"], *found.confidence_interval, strict=True):
            if high - low > 1e-6:
                edges += [abs(of["low"] - low) / (high - low), abs(of["high"] - high) / (high - low)]
    for of in groups["topics"]:
        values = [shares[known][key[known].to_numpy() == group["group"], of["topic"]] for group in groups["groups"]]
        peers = [scipy.stats.f_oneway(*values).pvalue]
        own = [of["difference"]["p"]]
        if order is not None and of["trend"]:
            line = scipy.stats.linregress(order[known], shares[known][:, of["topic"]])
            assert abs(line.slope - of["trend"]["slope"]) < 1e-9, (line.slope, of["trend"]["slope"])
            peers.append(line.pvalue)
            own.append(of["trend"]["p"])
        p_values += [abs(a - max(b, 0.001)) for a, b in zip(own, peers) if max(a, b) > 0.001]
    tests = f"{numpy.median(p_values):.4f} at the median, {max(p_values):.4f} at most, of {len(p_values)}" if p_values else "all ≤ .001 on both sides"
    print(f"{groups['column']} by {groups['by']}: {len(groups['groups'])} groups; shares differ by {difference:.1e} at most, "
          f"ends of intervals by {numpy.median(edges):.3f} of their width at the median, p-values by {tests}")
    assert difference < 1e-6


program, model, *column = sys.argv[1:]
frame = pandas.read_csv(io.StringIO(told("export", model, "--table", "document-topics", "--shares", "--metadata")), dtype={"label": str})
n_topics = sum(name.startswith("topic_") for name in frame.columns)
over_time = json.loads(told("over-time", model, "--by", "decade", "--format", "json"))
years = frame[over_time["column"]].astype(int)
days = (pandas.to_datetime(years.astype(str) + "-01-01").to_numpy() - numpy.datetime64("1970-01-01")) / numpy.timedelta64(1, "D")
compare(over_time, (years // 10 * 10).astype(str) + "s", days / 365.2425)
for name in column:
    compare(json.loads(told("by-group", model, "--column", name, "--format", "json")), frame[name].astype(str), None)
