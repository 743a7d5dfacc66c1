"""V ≈ W H with the interface of scikit-learn: X ≈ transformed · components, samples × features."""

from __future__ import annotations

import os
import warnings
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_non_negative, validate_data

from . import _core
from .documents import Csr, canonical_csr
from .exceptions import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Self

#: Largest strength of a penalty that is accepted.
_MOST_STRENGTH = 1e9

#: Largest number of threads that is accepted.
_MOST_THREADS = 1024

#: Largest number of components that is accepted.
_MOST_COMPONENTS = 1000

#: Starts by scikit-learn's names, where the program has others.
_STARTS = {None: "tree", "nndsvd": "nndsvda", "nndsvdar": "nndsvda"}


_core.load_numpy()


class _NMF(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What both estimators share: everything but the loss."""

    _loss: ClassVar[str]
    _solvers: ClassVar[dict[str, str]]

    n_features_in_: int
    components_: NDArray[Any]
    n_components_: int
    n_iter_: int
    reconstruction_err_: float

    def __init__(
        self,
        n_components: int | Literal["auto"] | None = "auto",
        *,
        init: str | None = None,
        solver: str = "auto",
        tol: float = 1e-4,
        max_iter: int = 200,
        random_state: Any = None,
        alpha_W: float = 0.0,
        alpha_H: float | Literal["same"] = "same",
        l1_ratio: float = 0.0,
        verbose: int = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.init = init
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.alpha_W = alpha_W
        self.alpha_H = alpha_H
        self.l1_ratio = l1_ratio
        self.verbose = verbose
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Learns the components of X, samples × features: an array, or a sparse matrix, which stays sparse."""
        self.fit_transform(X, **params)
        return self

    def fit_transform(self, X: Any, y: Any = None, W: Any = None, H: Any = None) -> NDArray[Any]:
        """Learns the components of X, and returns its samples in terms of them, as `transform` does. With
        `init="custom"` the fit starts from W (samples × components) and H (components × features), which are not
        changed; the components keep their order then, and stand in order of mass otherwise."""
        csr, dtype = self._checked(X, reset=True)
        given = self._given(W, H, csr.shape)
        if self.init != "custom" and (W is not None or H is not None):
            warnings.warn("When init!='custom', provided W or H are ignored", RuntimeWarning, stacklevel=2)
        n_components = self._number_of_components(csr.shape[1], given)
        # More components than this have nothing to do: X is met exactly without them.
        n_fitted = n_components if given is not None else min(n_components, *_n_nonempty(csr))
        self._config = self._configuration(max(n_fitted, 1), csr.shape)
        self.n_components_ = n_components
        self.components_ = np.zeros((n_components, csr.shape[1]), dtype=dtype)
        self._active = np.arange(0)
        self._order, self.n_iter_, self.reconstruction_err_ = None, 0, 0.0
        if n_fitted == 0 or csr.nnz == 0:
            return np.zeros((csr.shape[0], n_components), dtype=dtype)
        found = _core.factorize(csr, _core.Config(self._config), given, self._n_threads(), self._progress())
        self._active = np.flatnonzero(found["transformed"].any(axis=0))
        self.components_[self._active] = found["components"][self._active]
        self.n_iter_ = found["n_iterations"]
        power = found["exponent"] * (1 if self._loss == "kullback-leibler" else 2)
        self.reconstruction_err_ = float(np.sqrt(2.0 * max(np.ldexp(found["objective"], power), 0.0)))
        if found["stop_reason"] == "all iterations done" and self.tol > 0:
            problem = f"Maximum number of iterations {self.max_iter} reached. Increase it to improve convergence."
            warnings.warn(problem, ConvergenceWarning, stacklevel=2)
        if len(self._active) < found["components"].shape[0]:
            return self._solved(csr, dtype)
        self._order = found["order"]
        return self._scattered(found["transformed"], found["exponent"], dtype)

    def transform(self, X: Any) -> NDArray[Any]:
        """The samples of X in terms of the components: for each the minimum of the loss, which does not depend on the
        other samples. Those of the fit get what `fit_transform` returned."""
        check_is_fitted(self, "components_")
        return self._solved(*self._checked(X, reset=False))

    def _solved(self, csr: Csr, dtype: Any) -> NDArray[Any]:
        """Samples solved for the components that have any weight."""
        if len(self._active) == 0:
            return np.zeros((csr.shape[0], self.n_components_), dtype=dtype)
        components = self.components_[self._active].astype(np.float32, copy=False)
        config = _core.Config({**self._config, "n_topics": len(self._active)})
        return self._scattered(*_core.solve_documents(csr, components, config, self._order, self._n_threads()), dtype)

    def _scattered(self, weights: NDArray[np.float32], exponent: int, dtype: Any) -> NDArray[Any]:
        """Weights of the active components among those of all, in the scale of X."""
        if exponent != 0:
            scaled = np.ldexp(weights.astype(np.float64), exponent)
        else:
            scaled = weights
        if len(self._active) == self.n_components_:
            return scaled.astype(dtype, copy=False)
        all_weights = np.zeros((weights.shape[0], self.n_components_), dtype=dtype)
        all_weights[:, self._active] = scaled
        return all_weights

    def inverse_transform(self, X: Any) -> NDArray[Any]:
        """Samples in terms of the components back as samples × features: X · components_."""
        check_is_fitted(self, "components_")
        product: NDArray[Any] = X @ self.components_
        return product

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _checked(self, X: Any, *, reset: bool) -> tuple[Csr, Any]:
        X = validate_data(self, X, reset=reset, accept_sparse=("csr", "csc"), dtype=[np.float64, np.float32])
        check_non_negative(X, f"{type(self).__name__} (input X)")
        csr = canonical_csr(X)
        if not csr.data.all():
            csr = csr.copy() if csr is X else csr
            csr.eliminate_zeros()
        return csr, X.dtype

    def _given(self, W: Any, H: Any, shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """The factors to start from."""
        if self.init != "custom":
            return None
        if W is None or H is None:
            raise ParameterError("init='custom' needs both W and H", "give them to fit_transform")
        w, h = np.asarray(W), np.asarray(H)
        k = h.shape[0] if self.n_components in ("auto", None) else self.n_components
        for name, factor, expected in (("W", w, (shape[0], k)), ("H", h, (k, shape[1]))):
            whom = f"{type(self).__name__} (input {name})"
            if factor.dtype.kind not in "fiu":
                raise TypeError(f"{whom} is an array of {factor.dtype}, expected numbers")
            if factor.ndim != 2:
                raise ParameterError(f"Array with {factor.ndim} dimensions passed to {whom}. Expected 2.")
            for which, found, right in zip(("first", "second"), factor.shape, expected, strict=True):
                if found != right:
                    raise ParameterError(
                        f"Array with wrong {which} dimension passed to {whom}. Expected {right}, but got {found}."
                    )
            check_non_negative(factor, whom)
            if not np.isfinite(factor).all():
                raise ParameterError(f"NaN or infinity in data passed to {whom}")
            if not factor.any():
                raise ParameterError(f"Array passed to {whom} is full of zeros.")
        return w.astype(np.float32), h.astype(np.float32)

    def _number_of_components(self, n_features: int, given: tuple[Any, Any] | None) -> int:
        if given is not None:
            return int(given[1].shape[0])
        if self.n_components in ("auto", None):
            return n_features
        if not isinstance(self.n_components, Integral) or isinstance(self.n_components, bool) or self.n_components < 1:
            raise ParameterError(f"n_components is {self.n_components!r}, expected a whole number from 1 on, or 'auto'")
        return int(self.n_components)

    def _configuration(self, n_components: int, shape: tuple[int, int]) -> dict[str, Any]:
        if self.solver not in self._solvers:
            raise ParameterError(f"solver is {self.solver!r}, expected one of {', '.join(self._solvers)}")
        starts = ("tree", "clusters", "nndsvda", "separable", "random", "custom")
        if self.init not in _STARTS and self.init not in starts:
            raise ParameterError(f"init is {self.init!r}, expected None, nndsvd, nndsvdar or {', '.join(starts)}")
        alpha_H = self.alpha_W if self.alpha_H == "same" else self.alpha_H
        for name, value in (("alpha_W", self.alpha_W), ("alpha_H", alpha_H)):
            if not isinstance(value, Real) or not 0 <= value < np.inf:
                raise ParameterError(f"{name} is {value!r}, expected a number from 0 on")
            if value * max(shape) > _MOST_STRENGTH:
                raise ParameterError(f"{name} is {value!r}, which is too strong for {shape[0]} × {shape[1]} entries")
        if not isinstance(self.l1_ratio, Real) or not 0 <= self.l1_ratio <= 1:
            raise ParameterError(f"l1_ratio is {self.l1_ratio!r}, expected a number from 0 to 1")
        if not isinstance(self.tol, Real) or not 0 <= self.tol < 1:
            raise ParameterError(f"tol is {self.tol!r}, expected a number from 0 on and below 1")
        if not isinstance(self.max_iter, Integral) or self.max_iter < 1:
            raise ParameterError(f"max_iter is {self.max_iter!r}, expected a whole number from 1 on")
        if n_components > _MOST_COMPONENTS:
            raise ParameterError(f"n_components is {n_components}, expected at most {_MOST_COMPONENTS}")
        n_samples, n_features = shape
        return {
            "n_topics": n_components,
            "loss": self._loss,
            "solver": self._solvers[self.solver],
            "init": "tree" if self.init == "custom" else _STARTS.get(self.init, self.init),
            "seed": _seed(self.random_state),
            "max_iterations": int(self.max_iter),
            # The error is the root of the objective: its fall by a share is one of nearly twice that of the objective.
            "tolerance": 1.0 - (1.0 - float(self.tol)) ** 2,
            "l1_documents": float(self.alpha_W * self.l1_ratio * n_features),
            "l2_documents": float(self.alpha_W * (1 - self.l1_ratio) * n_features),
            "l1_topics": float(alpha_H * self.l1_ratio * n_samples),
            "l2_topics": float(alpha_H * (1 - self.l1_ratio) * n_samples),
        }

    def _n_threads(self) -> int | None:
        if self.n_jobs is None or self.n_jobs == -1:
            return None
        if not isinstance(self.n_jobs, Integral) or self.n_jobs == 0 or self.n_jobs > _MOST_THREADS:
            raise ParameterError(f"n_jobs is {self.n_jobs!r}, expected from 1 to {_MOST_THREADS}, -1 or None for all")
        # As in scikit-learn, -2 is all but one.
        return int(self.n_jobs) if self.n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + int(self.n_jobs))

    def _progress(self) -> Any:
        if not self.verbose:
            return None

        def told(stage: str, done: int, of: int | None, objective: float | None) -> None:
            if objective is not None:
                print(f"iteration {done}, objective {objective:.6g}")

        return told


class KLNMF(_NMF):
    """Non-negative matrix factorisation by the generalised Kullback-Leibler divergence, for sparse matrices.

    A drop-in for `sklearn.decomposition.NMF(beta_loss="kullback-leibler", solver="mu")`, and a hundred times as fast on
    text. X ≈ W H, where W (samples × components) is what `transform` returns and H (components × features) are
    `components_`. The sum of a component is 1, so that it is a distribution over features, and components stand in
    order of their mass. Topics are not sharpened. The same input gives the same bits on any number of threads.

    Parameters
    ----------
    n_components
        Number of components, up to 1,000; "auto" (or None) is the number of features, or that of H with
        `init="custom"`.
    init
        Start: None or "tree" (samples split in two again and again), "clusters", "nndsvda", "separable", "random",
        "custom" (W and H of `fit_transform`). "nndsvd" and "nndsvdar" are taken as "nndsvda", whose zeros are filled.
    solver
        "auto" or "diagonal-newton"; "coordinate-newton", which goes on to a stationary point; "mu", multiplicative
        updates.
    tol
        The fit stops when the error, the root of the objective, fell by less than this share over ten iterations; 0
        runs them all. (scikit-learn divides by the error at the start.)
    max_iter
        Most iterations; one is an update of W, then one of H.
    random_state
        Seed of the start: an int, or what scikit-learn takes. None is 1, so that a fit can be repeated.
    alpha_W, alpha_H, l1_ratio
        Strengths of penalties, multiplied as scikit-learn does by the numbers of features and samples. The penalties do
        not change when a component is scaled up in one factor and down in the other, so that they are not those of
        scikit-learn to the digit; under this loss L2 is divided by the sums of samples and features.
    verbose
        Whether iterations are printed.
    n_jobs
        Number of threads; None and -1 are all. Results do not depend on it.

    Attributes
    ----------
    components_
        H, components × features.
    n_components_
        Number of components.
    n_iter_
        Number of iterations.
    reconstruction_err_
        √(2 f), f the divergence of X from W H: scikit-learn's definition.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    X is read where it lies, and its entries are copied into two orientations of float32 with indices of 32 bits, 16
    bytes for each that is not 0. CSC is made CSR before, and an array is made sparse. Results have the dtype of X.

    >>> import numpy as np
    >>> from topicmill import KLNMF
    >>> X = np.array([[1, 1, 0], [2, 1, 0], [0, 0, 3], [0, 1, 4]])
    >>> model = KLNMF(n_components=2).fit(X)
    >>> model.transform(X).argmax(axis=1)
    array([1, 1, 0, 0])
    """

    _loss = "kullback-leibler"
    _solvers: ClassVar[dict[str, str]] = {name: name for name in ("auto", "diagonal-newton", "coordinate-newton", "mu")}


class FrobeniusNMF(_NMF):
    """Non-negative matrix factorisation by the Frobenius norm, for sparse matrices.

    A drop-in for `sklearn.decomposition.NMF()`. Parameters and attributes are those of `KLNMF`, but for the solver:
    "auto" or "hals" (also by scikit-learn's name "cd"), "anls" (exact, by block principal pivoting),
    "projected-gradient", "mu". `reconstruction_err_` is ‖X − W H‖, the Frobenius norm. Penalties go with "hals" alone.

    >>> import numpy as np
    >>> from topicmill import FrobeniusNMF
    >>> X = np.array([[1, 1, 0], [2, 2, 0], [0, 0, 3], [0, 0, 4]])
    >>> model = FrobeniusNMF(n_components=2).fit(X)
    >>> model.inverse_transform(model.transform(X)).round(3)
    array([[1., 1., 0.],
           [2., 2., 0.],
           [0., 0., 3.],
           [0., 0., 4.]])
    """

    _loss = "frobenius"
    _solvers: ClassVar[dict[str, str]] = {
        "cd": "hals",
        **{name: name for name in ("auto", "hals", "anls", "projected-gradient", "mu")},
    }


def _seed(random_state: Any) -> int:
    if random_state is None:
        return 1
    if isinstance(random_state, Integral) and not isinstance(random_state, bool):
        if not 0 <= int(random_state) < 2**63:
            raise ParameterError(f"random_state is {random_state}, expected from 0 to 2**63 - 1")
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _n_nonempty(csr: Csr) -> tuple[int, int]:
    """Numbers of rows and of columns that are not empty."""
    return int((np.diff(csr.indptr) > 0).sum()), len(np.unique(csr.indices))
