"""Missing entries beside other ways to impute them, on the images of digits that scikit-learn ships (1,797 × 64 pixels of 0 to 16).

    python3 benches/compare/imputation.py BINARY OUT.csv

A fifth of all entries is hidden at random. A row has the root mean squared error of the hidden entries and the seconds: for fits that
know what is missing, for fits that take it for zeros, for scikit-learn's KNNImputer and IterativeImputer, and for the mean of each
pixel. Needs NumPy and scikit-learn.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

import numpy
from sklearn.datasets import load_digits
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer

binary, out = sys.argv[1], pathlib.Path(sys.argv[2])
place = pathlib.Path(tempfile.mkdtemp())
whole = load_digits().data
hidden = numpy.random.default_rng(1).random(whole.shape) < 0.2
known = numpy.where(hidden, numpy.nan, whole)
HEADER = "%%MatrixMarket matrix coordinate real general"


def write(name, matrix, where):
    """A matrix with its documents as rows; NaN is written, and zeros are not."""
    rows, columns = numpy.nonzero(where)
    lines = [f"{row + 1} {column + 1} {matrix[row, column]}" for row, column in zip(rows, columns, strict=True)]
    (place / name).write_text("\n".join([HEADER, f"{matrix.shape[0]} {matrix.shape[1]} {len(lines)}", *lines]) + "\n")
    return str(place / name)


def imputed(matrix, loss, n_topics):
    model = str(place / "model")
    fit = [binary, "fit", matrix, "--transposed", "-k", str(n_topics), "--loss", loss, "--max-iterations", "500"]
    subprocess.run([*fit, "-q", "-o", model, "--force"], check=True)
    table = subprocess.run([binary, "impute", model, "--entries", places], check=True, capture_output=True, text=True)
    return numpy.array([float(row.rsplit(",", 1)[1]) for row in table.stdout.splitlines()[1:]])


places = write("places.mtx", numpy.ones(whole.shape), hidden)
with_holes = write("holes.mtx", known, hidden | (whole != 0))
as_zeros = write("zeros.mtx", whole, ~hidden & (whole != 0))
WAYS = {
    f"{name}, {loss}, {n_topics} topics": lambda matrix=matrix, loss=loss, n_topics=n_topics: imputed(matrix, loss, n_topics)
    for n_topics in (10, 20)
    for loss in ("kullback-leibler", "frobenius")
    for name, matrix in (("missing", with_holes), ("taken for zeros", as_zeros))
}
WAYS["KNNImputer"] = lambda: KNNImputer().fit_transform(known)[hidden]
WAYS["IterativeImputer"] = lambda: IterativeImputer(random_state=1).fit_transform(known)[hidden]
WAYS["mean of the pixel"] = lambda: numpy.broadcast_to(numpy.nanmean(known, axis=0), whole.shape)[hidden]

with open(out, "w") as file:
    file.write("way,RMSE of hidden entries,seconds\n")
    for way, impute in WAYS.items():
        start = time.monotonic()
        error = numpy.sqrt(numpy.mean((impute() - whole[hidden]) ** 2))
        row = f'"{way}",{error:.3f},{time.monotonic() - start:.2f}'
        file.write(row + "\n")
        print(row, flush=True)
