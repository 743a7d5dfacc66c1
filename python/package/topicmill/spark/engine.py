"""Runs the passes of a fit over shards that executors hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import _core
from . import workers
from .failures import told
from .shards import Shards
from .trees import tree

if TYPE_CHECKING:
    from pyspark import RDD, Broadcast, SparkContext


class Engine:
    """The shards with their rows of H, which stand in partitions as the shards do.

    Rows are a function of those before them and of what was asked, so that an executor that is lost is computed anew.
    Every `interval` passes they are written to the checkpoint folder of the session, so that there is not more to do
    then than these.
    """

    def __init__(self, context: SparkContext, shards: Shards, interval: int) -> None:
        self._context = context
        self._shards = shards
        self._interval = interval
        self._rows: list[RDD[workers.Shard] | None] = [None, None]
        #: The partitions that rows come from, which are kept as long as they are needed.
        self._sources: list[RDD[workers.Answered] | None] = [None, None]
        self._n_passes = 0
        #: What was asked since the last checkpoint.
        self._sent: list[Broadcast[Any]] = []

    def run(self, asked: bytes, reads: Sequence[int], writes: Sequence[int]) -> bytes:
        """Runs a pass, and returns what all shards have said."""
        from pyspark import StorageLevel

        task = self._context.broadcast((_core.__version__, asked))
        n_terms, size = self._shards.n_terms, self._shards.shard_documents
        blocks = self._blocks(reads)
        answered = blocks.mapPartitions(lambda blocks: workers.run(task, n_terms, size, blocks))
        if writes:
            answered.persist(StorageLevel.MEMORY_AND_DISK)
        with told():
            said = tree(answered.filter(_is_said).map(_said), _core.merge_said)
        if not writes:
            task.destroy()
            return said
        self._sent.append(task)
        for which in writes:
            self._rows[which] = answered.filter(_is_row).map(_of_factors if which == 0 else _of_topics)
        before = [source for source in self._sources if source is not None]
        for which in writes:
            self._sources[which] = answered
        self._n_passes += 1
        if self._n_passes % self._interval == 0:
            self._checkpoint()
        for source in before:
            if all(source is not kept for kept in self._sources):
                source.unpersist()
        return said

    def rows(self, which: int) -> bytes:
        """The rows of all documents, shard by shard."""
        rows = self._rows[which]
        if rows is None:
            raise RuntimeError("these rows have not been made")
        with told():
            return b"".join(part for _, part in sorted(rows.collect()))

    def close(self) -> None:
        """Gives the memory of the executors back."""
        for source in self._sources:
            if source is not None:
                source.unpersist()
        for task in self._sent:
            task.destroy()
        self._shards.blocks.unpersist()

    def _blocks(self, reads: Sequence[int]) -> RDD[Any]:
        """Shards with the rows that a pass reads."""
        blocks: RDD[Any] = self._shards.blocks
        factors, topics = (self._rows[which] if which in reads else None for which in (0, 1))
        if factors is not None and topics is not None:
            return blocks.zip(factors).zip(topics).map(_with_both)
        if factors is not None:
            return blocks.zip(factors).map(_with_factors)
        if topics is not None:
            return blocks.zip(topics).map(_with_topics)
        return blocks.map(_alone)

    def _checkpoint(self) -> None:
        """Writes the rows, and forgets how they came about."""
        if self._context.getCheckpointDir() is None:
            return
        with told():
            for rows in self._rows:
                if rows is not None and not rows.isCheckpointed():
                    rows.checkpoint()
                    rows.count()
        for task in self._sent:
            task.destroy()
        self._sent = []


def _is_said(answered: workers.Answered) -> bool:
    return answered[0] is None


def _is_row(answered: workers.Answered) -> bool:
    return answered[0] is not None


def _said(answered: workers.Answered) -> bytes:
    return answered[1] or b""


def _of_factors(answered: workers.Answered) -> tuple[Any, Any]:
    return answered[0], answered[1]


def _of_topics(answered: workers.Answered) -> tuple[Any, Any]:
    return answered[0], answered[2]


def _alone(block: workers.Shard) -> Any:
    return block, None, None


def _with_factors(pair: Any) -> Any:
    return pair[0], _of(pair[0], pair[1]), None


def _with_topics(pair: Any) -> Any:
    return pair[0], None, _of(pair[0], pair[1])


def _with_both(pair: Any) -> Any:
    (block, factors), topics = pair
    return block, _of(block, factors), _of(block, topics)


def _of(block: workers.Shard, rows: workers.Shard) -> bytes:
    """The rows of a shard, which must be its own."""
    if block[0] != rows[0]:
        raise RuntimeError(f"shard {block[0]} has met the rows of shard {rows[0]}")
    return rows[1]
