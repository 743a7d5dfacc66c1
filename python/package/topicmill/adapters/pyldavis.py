"""pyLDAvis (the package `pyLDAvis`) of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..topic_model import TopicModel

__all__ = ["prepare"]


def prepare(model: TopicModel, **options: Any) -> Any:
    """What `pyLDAvis.display` and `pyLDAvis.save_html` show. Topics keep the model's order, but are numbered from 1, as
    pyLDAvis does. Options go to `pyLDAvis.prepare`."""
    import pyLDAvis

    return pyLDAvis.prepare(**{**model.core.pyldavis(), "sort_topics": False, **options})
