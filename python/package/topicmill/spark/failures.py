"""What went wrong where executors work, told as it would be where the driver works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ..exceptions import DataError, TopicmillError

_MISSING = re.compile(r"No module named '(topicmill[\w.]*|numpy)'")
_RAISED = re.compile(r"topicmill\.exceptions\.\w+: (.*)")
_OTHER = re.compile(r"RuntimeError: (this executor has topicmill .*)")


@contextmanager
def told() -> Iterator[None]:
    """Raises what an executor has raised."""
    try:
        yield
    except TopicmillError:
        raise
    except Exception as error:
        text = str(error)
        missing = _MISSING.search(text)
        if missing:
            raise TopicmillError(
                f"an executor cannot import {missing[1]}",
                "install the package of topicmill where executors run, or ship it with the session (spark.archives)",
            ) from error
        raised = _RAISED.search(text)
        if raised:
            raise DataError(f"an executor has failed: {raised[1]}") from error
        other = _OTHER.search(text)
        if other:
            raise TopicmillError(other[1], "install the same version everywhere") from error
        raise
