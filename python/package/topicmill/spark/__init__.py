"""Topics of documents in Spark: one fit on many machines.

The executors count, weight and fit blocks of documents with the same code as the program; what they find is added up in
a fixed order, so that the model has the same bytes for any number of partitions, executors and masters. Every executor
needs the package.

>>> from topicmill.spark import TopicMill                                                        # doctest: +SKIP
>>> model = TopicMill(n_topics=20, inputCol="text", idCol="id").fit(frame)                       # doctest: +SKIP
>>> model.topics()                                                                               # doctest: +SKIP
>>> model.transform(frame).select("id", "topic").show()                                          # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .estimator import TopicMill, TopicMillModel

__all__ = ["TopicMill", "TopicMillModel"]


def __getattr__(name: str) -> Any:
    # Executors need what they do alone, and not the estimator.
    if name in __all__:
        return getattr(import_module(f"{__name__}.estimator"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
