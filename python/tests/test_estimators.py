"""The estimators keep scikit-learn's contract, and their own: the same bits for the same input."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from topicmill import KLNMF, FrobeniusNMF

BOTH = pytest.mark.parametrize("Estimator", [KLNMF, FrobeniusNMF])
LOSSES = {KLNMF: ("kullback-leibler", "mu"), FrobeniusNMF: ("frobenius", "cd")}


@pytest.fixture(scope="module")
def X() -> sparse.csr_matrix:
    """A sparse matrix of five planted components, as text has them."""
    rng = np.random.default_rng(5)
    topics = rng.dirichlet(np.full(300, 0.05), size=5)
    shares = rng.dirichlet(np.full(5, 0.2), size=200)
    return sparse.csr_matrix(rng.poisson(60 * shares @ topics).astype(np.float64))


@pytest.mark.filterwarnings("ignore")
@BOTH
def test_the_checks_of_scikit_learn_pass(Estimator):
    results = check_estimator(Estimator(), on_fail=None, on_skip=None)
    failed = {result["check_name"]: result["exception"] for result in results if result["status"] == "failed"}
    assert failed == {}
    assert sum(result["status"] == "passed" for result in results) > 40


@pytest.mark.parametrize("loss", ["kullback-leibler", "frobenius"])
def test_the_tests_of_scikit_learn_pass(loss):
    here = Path(__file__).resolve().parent
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "sklearn_plugin", "-p", "no:cacheprovider"]
    command += ["--loss", loss, "--pyargs", "sklearn.decomposition.tests.test_nmf", "--rootdir", str(here)]
    path = os.pathsep.join([str(here), *filter(None, [os.environ.get("PYTHONPATH")])])
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, cwd=here)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    n_passed = int(run.stdout.rsplit(" passed", 1)[0].split()[-1])
    assert n_passed > 150, run.stdout[-500:]


@BOTH
def test_the_samples_of_a_fit_are_transformed_as_they_were(Estimator, X):
    for matrix in (X, X.tocsc(), X.toarray(), X.astype(np.float32), sparse.csr_array(X)):
        model = Estimator(5)
        transformed = model.fit_transform(matrix)
        assert transformed.dtype == matrix.dtype == model.components_.dtype
        assert model.transform(matrix).tobytes() == transformed.tobytes()
        assert model.transform(matrix[10:20]).tobytes() == transformed[10:20].tobytes()
        assert np.allclose(model.components_.sum(axis=1), 1, atol=1e-5)


@BOTH
def test_threads_do_not_show(Estimator, X):
    made = [Estimator(5, n_jobs=n, tol=1e-5).fit(X) for n in (1, 2, 4, None, -1)]
    assert len({model.components_.tobytes() for model in made}) == 1
    assert len({model.transform(X).tobytes() for model in made}) == 1


@BOTH
def test_a_fit_is_repeated_to_the_bit(Estimator, X):
    first = Estimator(5, random_state=3, init="random").fit(X)
    again = clone(first).fit(X)
    pickled = pickle.loads(pickle.dumps(first))
    assert first.components_.tobytes() == again.components_.tobytes() == pickled.components_.tobytes()
    assert pickled.transform(X).tobytes() == first.transform(X).tobytes()
    other = Estimator(5, random_state=4, init="random").fit(X)
    assert other.components_.tobytes() != first.components_.tobytes()
    for state in (np.random.RandomState(3), np.random.RandomState(3)):
        Estimator(5, random_state=state, init="random").fit(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@BOTH
def test_the_objective_is_that_of_scikit_learn_and_not_above_it(Estimator, X):
    from sklearn.decomposition._nmf import _beta_divergence

    loss, solver = LOSSES[Estimator]
    theirs = NMF(5, beta_loss=loss, solver=solver, init="nndsvda", max_iter=500, tol=1e-6, random_state=0).fit(X)
    ours = Estimator(5, tol=1e-6, max_iter=500).fit(X)
    W, H = ours.transform(X), ours.components_
    beta = 1 if loss == "kullback-leibler" else 2
    assert np.isclose(ours.reconstruction_err_, _beta_divergence(X, W, H, beta, square_root=True), rtol=1e-4)
    assert ours.reconstruction_err_ < theirs.reconstruction_err_ * 1.002


@BOTH
def test_it_stands_in_pipelines_searches_and_frames(Estimator, texts, labels):
    pipeline = make_pipeline(TfidfVectorizer(min_df=2), Estimator(6), LogisticRegression(max_iter=1000))
    search = GridSearchCV(pipeline, {f"{Estimator.__name__.lower()}__n_components": [2, 6]}, cv=3)
    search.fit(texts, labels)
    assert search.best_params_ == {f"{Estimator.__name__.lower()}__n_components": 6}
    assert search.best_score_ > 0.7
    vectorizer = TfidfVectorizer(min_df=2)
    frame = pd.DataFrame(vectorizer.fit_transform(texts).toarray(), columns=vectorizer.get_feature_names_out())
    for output, kind in (("pandas", "DataFrame"), ("polars", "DataFrame")):
        found = Estimator(6).set_output(transform=output).fit_transform(frame)
        assert type(found).__name__ == kind and type(found).__module__.startswith(output)
        assert list(found.columns) == [f"{Estimator.__name__.lower()}{k}" for k in range(6)]


@BOTH
def test_the_scale_of_X_does_not_matter(Estimator, X):
    plain = Estimator(5).fit(X)
    for power in (-300, -70, 70, 300):
        scaled = Estimator(5).fit(X * 2.0**power)
        assert np.allclose(scaled.components_, plain.components_, atol=1e-6)
        assert np.allclose(scaled.transform(X * 2.0**power) * 2.0**-power, plain.transform(X), rtol=1e-4, atol=1e-5)
        root = 0.5 if Estimator is KLNMF else 1.0
        assert np.isclose(scaled.reconstruction_err_, plain.reconstruction_err_ * 2.0 ** (power * root), rtol=1e-5)


@BOTH
def test_what_has_nothing_in_it_is_taken(Estimator):
    nothing = Estimator(3).fit(np.zeros((4, 5)))
    assert not nothing.components_.any() and not nothing.transform(np.zeros((4, 5))).any()
    assert nothing.reconstruction_err_ == 0.0
    few = Estimator(7).fit(np.diag([1.0, 2.0, 3.0]))
    assert few.components_.shape == (7, 3) and few.n_components_ == 7
    assert few.transform(np.eye(3)).shape == (3, 7)
    assert np.allclose(
        few.inverse_transform(few.transform(np.diag([1.0, 2.0, 3.0]))), np.diag([1.0, 2.0, 3.0]), atol=1e-3
    )
    empty_rows = Estimator(2).fit(np.array([[1.0, 2.0], [0.0, 0.0], [3.0, 1.0]]))
    assert not empty_rows.transform(np.zeros((1, 2))).any()


@BOTH
def test_a_fit_starts_from_given_factors_and_keeps_their_order(Estimator, X):
    first = Estimator(5).fit(X)
    order = [3, 0, 4, 1, 2]
    W, H = first.transform(X)[:, order], first.components_[order]
    kept = (W.copy(), H.copy())
    again = Estimator(init="custom", max_iter=20, tol=1e-3)
    again.fit_transform(X, W=W, H=H)
    assert np.array_equal(W, kept[0]) and np.array_equal(H, kept[1])
    nearest = (again.components_ @ H.T).argmax(axis=1)
    assert nearest.tolist() == [0, 1, 2, 3, 4]
    with pytest.warns(RuntimeWarning, match="provided W or H are ignored"):
        Estimator(5).fit_transform(X, W=W, H=H)
    with pytest.raises(ValueError, match="needs both W and H"):
        Estimator(5, init="custom").fit(X)
    with pytest.raises(ValueError, match="wrong first dimension"):
        Estimator(5, init="custom").fit_transform(X, W=W[1:], H=H)
    with pytest.raises(ValueError, match="Negative values"):
        Estimator(5, init="custom").fit_transform(X, W=-W, H=H)
    with pytest.raises(ValueError, match="full of zeros"):
        Estimator(5, init="custom").fit_transform(X, W=0 * W, H=H)


def test_l1_makes_zeros_and_a_warning_tells_of_too_few_iterations(X):
    plain, sparser = (FrobeniusNMF(5, alpha_W=alpha, l1_ratio=1.0).fit(X) for alpha in (0.0, 2e-3))
    assert (sparser.transform(X) == 0).sum() > (plain.transform(X) == 0).sum()
    with pytest.warns(ConvergenceWarning, match="Maximum number of iterations 2 reached"):
        KLNMF(5, max_iter=2).fit(X)


@pytest.mark.parametrize("solver", ["auto", "diagonal-newton", "coordinate-newton", "mu"])
@pytest.mark.parametrize("init", [None, "tree", "clusters", "nndsvda", "nndsvd", "separable", "random"])
def test_every_solver_and_start_of_the_divergence(solver, init, X):
    assert KLNMF(5, solver=solver, init=init, max_iter=500).fit(X).reconstruction_err_ < 190


@BOTH
def test_mistakes_are_told(Estimator, X):
    def refused(match: str, kind=ValueError, matrix=X, **parameters):
        with pytest.raises(kind, match=match):
            Estimator(**{"n_components": 5, **parameters}).fit(matrix)

    refused("Negative values in data passed to", matrix=-X)
    refused("NaN", matrix=np.array([[1.0, np.nan], [1.0, 2.0]]))
    refused("infinity", matrix=np.array([[1.0, np.inf], [1.0, 2.0]]))
    refused("NaN|infinity", matrix=sparse.csr_matrix([[1.0, np.nan], [1.0, 2.0]]))
    refused("0 sample", matrix=np.zeros((0, 3)))
    refused("0 feature", matrix=np.zeros((3, 0)))
    refused("1D array", matrix=np.ones(3))
    refused("dim 3", matrix=np.ones((3, 3, 3)))
    refused("could not convert string", matrix=np.array([["a", "b"], ["c", "d"]], dtype=object))
    refused("omplex", matrix=np.ones((2, 2), dtype=complex))
    refused("n_components is 0", n_components=0)
    refused("n_components is 2.5", n_components=2.5)
    refused("n_components is True", n_components=True)
    refused("at most 1000", n_components=100_000, matrix=sparse.random(1200, 1200, 0.1, random_state=0))
    refused("solver is 'newton'", solver="newton")
    refused("init is 'best'", init="best")
    refused("tol is -1.0", tol=-1.0)
    refused("max_iter is 0", max_iter=0)
    refused("l1_ratio is 2", l1_ratio=2)
    refused("alpha_W is -1.0", alpha_W=-1.0)
    refused("alpha_W is inf", alpha_W=float("inf"))
    refused("alpha_W is 1e\\+30, which is too strong", alpha_W=1e30)
    refused("tol is 1", tol=1.0)
    refused("random_state is", random_state=2**63)
    refused("n_jobs is 0", n_jobs=0)
    refused("random_state|seed", random_state="chance")
    with pytest.raises(NotFittedError):
        Estimator(5).transform(X)
    with pytest.raises(ValueError, match="features"):
        Estimator(5).fit(X).transform(X[:, :10])


def test_inputs_are_left_as_they_were(X):
    for matrix in (X.copy(), X.tocsc(), X.toarray(), X.astype(np.float32)):
        before = matrix.copy()
        KLNMF(5).fit(matrix).transform(matrix)
        assert abs(matrix - before).sum() == 0
    unsorted = sparse.csr_matrix(
        (np.array([1.0, 2.0, 3.0, 0.0, 1.0]), np.array([2, 0, 2, 1, 0]), np.array([0, 3, 5])), shape=(2, 3)
    )
    data, indices = unsorted.data.copy(), unsorted.indices.copy()
    of_unsorted = KLNMF(2).fit(unsorted)
    assert np.array_equal(unsorted.data, data) and np.array_equal(unsorted.indices, indices)
    assert of_unsorted.components_.tobytes() == KLNMF(2).fit(unsorted.toarray()).components_.tobytes()


def test_indices_of_64_bits_are_taken(X):
    wide = X.copy()
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    assert KLNMF(5).fit(wide).components_.tobytes() == KLNMF(5).fit(X).components_.tobytes()
