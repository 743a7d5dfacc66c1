"""A plugin of pytest that runs scikit-learn's own tests of NMF with the estimators of this package in its place:
`pytest -p sklearn_plugin --loss kullback-leibler --pyargs sklearn.decomposition.tests.test_nmf`."""

from __future__ import annotations

from typing import Any

import pytest
import sklearn.decomposition
from topicmill import KLNMF, FrobeniusNMF

#: Tests that do not apply, with the reason.
NOT_APPLICABLE = {
    "test_initialize_nn_output": "a private function of scikit-learn",
    "test_initialize_close": "a private function of scikit-learn",
    "test_initialize_variants": "a private function of scikit-learn",
    "test_beta_divergence": "a private function of scikit-learn",
    "test_special_sparse_dot": "a private function of scikit-learn",
    "test_nmf_underflow": "a private function of scikit-learn",
    "test_non_negative_factorization": "a function of scikit-learn, which an estimator of this package cannot replace",
    "test_nmf_multiplicative_update_sparse": "the function non_negative_factorization",
    "test_nmf_decreasing": "the function non_negative_factorization; tests/laws.rs has this law for every solver",
    "test_nmf_non_negative_factorization": "the function non_negative_factorization",
    "test_nmf_n_components_auto_no_h_update": "the function non_negative_factorization",
    "test_nmf_w_h_not_used_warning": "the function non_negative_factorization; test_estimators.py has the warning",
    "MiniBatchNMF": "another estimator of scikit-learn",
    "minibatch": "another estimator of scikit-learn",
    "mbnmf": "another estimator of scikit-learn",
    "test_nmf_negative_beta_loss": "a loss that the estimators do not have",
    "test_parameter_checking": "the parameter beta_loss; more components than samples are taken with every start",
    "test_nmf_custom_init_dtype_error": "W and H may have another dtype than X",
    "test_feature_names_out": "names begin with the name of the class, which is klnmf or frobeniusnmf",
}

#: Tests that do not hold for one loss, with the reason.
NOT_FOR_LOSS = {
    "kullback-leibler": {
        "test_nmf_regularization": "L1 makes no zeros under this divergence, where it prefers even components",
    },
    "frobenius": {
        "test_nmf_true_reconstruction": "the test is for the Kullback-Leibler divergence",
    },
}


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--loss", choices=list(NOT_FOR_LOSS), required=True)


def pytest_configure(config: Any) -> None:
    base = KLNMF if config.getoption("--loss") == "kullback-leibler" else FrobeniusNMF

    class NMF(base):  # type: ignore[misc,valid-type]
        """An estimator with the parameters of scikit-learn's, of which `solver` and `beta_loss` name no more than one
        of two losses."""

        def __init__(
            self,
            n_components: Any = "auto",
            *,
            init: Any = None,
            solver: str = "cd",
            beta_loss: Any = "frobenius",
            tol: float = 1e-4,
            max_iter: int = 200,
            random_state: Any = None,
            alpha_W: float = 0.0,
            alpha_H: Any = "same",
            l1_ratio: float = 0.0,
            verbose: int = 0,
            shuffle: bool = False,
        ) -> None:
            super().__init__(
                n_components, init=init, solver=solver, tol=tol, max_iter=max_iter, random_state=random_state,
                alpha_W=alpha_W, alpha_H=alpha_H, l1_ratio=l1_ratio, verbose=verbose,
            )  # fmt: skip
            self.beta_loss = beta_loss
            self.shuffle = shuffle

        def fit_transform(self, X: Any, y: Any = None, W: Any = None, H: Any = None) -> Any:
            # Penalties go with one solver of the Frobenius norm; "cd" is the default of either loss.
            asked = self.solver
            has_penalties = self.alpha_W != 0 or self.alpha_H not in (0, "same")
            self.solver = "auto" if asked == "cd" or (has_penalties and base is FrobeniusNMF) else asked
            try:
                return super().fit_transform(X, y, W=W, H=H)
            finally:
                self.solver = asked

        @property
        def _n_components(self) -> int:
            return int(self.n_components_)

    sklearn.decomposition.NMF = NMF


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    reasons = {**NOT_APPLICABLE, **NOT_FOR_LOSS[config.getoption("--loss")]}
    for item in items:
        for name, reason in reasons.items():
            if name in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=reason))
