"""Topics, document clusters and tables from a folder of documents, by KL-divergence NMF.

>>> from topicmill import TopicModel
>>> model = TopicModel(n_topics=2).fit(["ships at sea", "the sea and ships", "bread and butter", "butter on bread"])
>>> model.labels.tolist()
[1, 1, 0, 0]

`TopicModel` goes from documents to topics; `Dataset` reads documents once for many fits; `KLNMF` and `FrobeniusNMF` are
estimators with the interface of scikit-learn. Nothing is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._core import __version__, default_config, get_n_threads, set_max_memory, set_n_threads
    from .dataset import Dataset
    from .exceptions import (
        DataError,
        FileError,
        InputNotFoundError,
        NotFittedError,
        OutOfMemoryError,
        ParameterError,
        TopicmillError,
    )
    from .frames import set_output
    from .nmf import KLNMF, FrobeniusNMF
    from .results import Explanation, Picture, Result
    from .topic_model import TopicModel, load

_HOMES = {
    "_core": ("__version__", "default_config", "get_n_threads", "set_max_memory", "set_n_threads"),
    "dataset": ("Dataset",),
    "exceptions": (
        "DataError",
        "FileError",
        "InputNotFoundError",
        "NotFittedError",
        "OutOfMemoryError",
        "ParameterError",
        "TopicmillError",
    ),
    "frames": ("set_output",),
    "nmf": ("KLNMF", "FrobeniusNMF"),
    "results": ("Explanation", "Picture", "Result"),
    "topic_model": ("TopicModel", "load"),
}

__all__ = [
    "KLNMF",
    "DataError",
    "Dataset",
    "Explanation",
    "FileError",
    "FrobeniusNMF",
    "InputNotFoundError",
    "NotFittedError",
    "OutOfMemoryError",
    "ParameterError",
    "Picture",
    "Result",
    "TopicModel",
    "TopicmillError",
    "__version__",
    "default_config",
    "get_n_threads",
    "load",
    "set_max_memory",
    "set_n_threads",
    "set_output",
]


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
