"""Files that appear whole, and models as directories for a while."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .exceptions import InputNotFoundError


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Writes a file that appears whole: what was there stays until then. A link stays one, and what is no regular file
    is written to as it is."""
    place = Path(os.path.realpath(path))
    if place.exists() and not place.is_file():
        place.write_bytes(content)
        return Path(path)
    if not place.parent.is_dir():
        raise InputNotFoundError(f"{place.parent}: no such folder")
    unfinished = place.with_name(f".topicmill-unfinished-{os.getpid()}-{place.name}")
    try:
        unfinished.write_bytes(content)
        if place.exists():
            shutil.copymode(place, unfinished)
        os.replace(unfinished, place)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return Path(path)


@contextmanager
def stored(model: Any) -> Iterator[str | None]:
    """The directory of a model, which a model in memory has for as long as it is needed."""
    if not hasattr(model, "save"):
        yield None if model is None else os.fspath(model)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield os.fspath(model.save(os.path.join(folder, "model")))
