"""What executors do with the elements of a partition. They keep nothing: blocks come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, TypeAlias

from .. import _core

#: The number of a document, its id, its text and its label.
Numbered: TypeAlias = "tuple[int, tuple[str, str, str | None]]"

#: The number of a shard, and its bytes.
Shard: TypeAlias = "tuple[int, bytes]"

#: The number of a shard, its rows of the factors and of the topics, and, behind the last shard of a partition, what all
#: of them have said.
Answered: TypeAlias = "tuple[int, bytes | None, bytes | None, bytes | None]"


class Found:
    """What one look at a sorted partition tells."""

    def __init__(self) -> None:
        self.n_documents = 0
        self.n_without_id = 0
        self.n_without_text = 0
        self.without_text: str | None = None
        self.twice: str | None = None


def look(rows: Iterable[tuple[Any, Any, Any]]) -> Iterator[Found]:
    """Counts the documents of a partition, which is sorted by id, and finds those that are none."""
    found, last = Found(), None
    for identity, text, _ in rows:
        found.n_documents += 1
        if identity is None:
            found.n_without_id += 1
            continue
        if text is None:
            found.n_without_text += 1
            found.without_text = found.without_text or str(identity)
        # Rows with the same id stand in the same partition, one after another.
        if identity == last:
            found.twice = found.twice or str(identity)
        last = identity
    yield found


def number(first: int, rows: Iterable[tuple[Any, str, Any]]) -> Iterator[Numbered]:
    """Gives documents their numbers, from `first` on."""
    for place, (identity, text, label) in enumerate(rows):
        yield first + place, (str(identity), text, None if label is None else str(label))


def count(recipe: str, shard_documents: int, documents: Iterable[Numbered]) -> Iterator[Shard]:
    """Counts the shards of a partition, whose documents come in order."""
    counter = _core.ShardCounter(recipe)
    for shard, numbered in groupby(documents, lambda document: document[0] // shard_documents):
        ids, texts, labels = map(list, zip(*(document for _, document in numbered), strict=True))
        has_labels = any(label is not None for label in labels)
        yield shard, counter.count(ids, texts, labels if has_labels else None)


def terms(counted: Iterable[Shard]) -> Iterator[bytes]:
    """The terms of the counted shards of a partition together."""
    yield from merged((_core.terms_of_shard(shard) for _, shard in counted), _core.merge_terms)


def weigh(weigher: bytes, counted: Iterable[Shard]) -> Iterator[tuple[int, bytes, bytes]]:
    """Weights the counted shards of a partition."""
    weights = _core.ShardWeigher(weigher)
    for number, shard in counted:
        documents, weighted = weights.weigh(shard)
        yield number, documents, weighted


def merged(parts: Iterable[bytes], merge: Callable[[bytes, bytes], bytes]) -> Iterator[bytes]:
    """All parts as one; nothing of none."""
    whole = None
    for part in parts:
        whole = part if whole is None else merge(whole, part)
    if whole is not None:
        yield whole


def run(
    task: Any, n_terms: int, shard_documents: int, reads: tuple[int, ...], blocks: Iterable[Any]
) -> Iterator[Answered]:
    """Runs a pass over the blocks of a partition: shards, which have met the rows that it reads."""
    version, asked = task.value
    if version != _core.__version__:
        raise RuntimeError(f"this executor has topicmill {_core.__version__}, and the driver {version}")
    work = _core.ShardPass(asked, n_terms)
    answered: Answered | None = None
    for block in blocks:
        if answered is not None:
            yield answered
        rows: list[bytes | None] = [None, None]
        for which in reversed(reads):
            block, found = block
            rows[which] = found[1 + which]
            shard_of_rows = found[0]
        shard, weighted = block
        if reads and shard_of_rows != shard:
            raise RuntimeError(f"shard {shard} has met the rows of shard {shard_of_rows}")
        written = work.run(shard, shard * shard_documents, weighted, rows)
        answered = (shard, written[0], written[1], None)
    if answered is not None:
        yield (*answered[:3], work.said())


def said(answered: Iterable[Answered]) -> Iterator[bytes]:
    """What the shards of a partition have said."""
    return (whole for *_, whole in answered if whole is not None)


def without_said(answered: Answered) -> Answered:
    """The rows alone."""
    return (*answered[:3], None)
