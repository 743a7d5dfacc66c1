"""Runs the passes of a fit over shards that executors hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import _core
from . import workers
from .failures import told
from .shards import Shards
from .trees import one_by_one, tree

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
        #: What the last passes have answered that have written rows of the factors and of the topics.
        self._rows: list[RDD[workers.Answered] | None] = [None, None]
        self._n_passes = 0
        #: What was asked since the last checkpoint.
        self._sent: list[Broadcast[Any]] = []

    def run(self, asked: bytes, reads: Sequence[int], writes: Sequence[int]) -> bytes:
        """Runs a pass, and returns what all shards have said."""
        from pyspark import StorageLevel

        task = self._context.broadcast((_core.__version__, asked))
        blocks: RDD[Any] = self._shards.blocks
        for which in reads:
            blocks = blocks.zip(self._known(which))
        work = partial(workers.run, task, self._shards.n_terms, self._shards.shard_documents, tuple(reads))
        answered = one_by_one(blocks.mapPartitions(work))
        if writes:
            answered.persist(StorageLevel.MEMORY_AND_DISK)
        with told():
            said = tree(answered.mapPartitions(workers.said), _core.merge_said)
        if not writes:
            task.destroy()
            return said
        self._sent.append(task)
        self._keep(writes, answered)
        self._n_passes += 1
        if self._n_passes % self._interval == 0 and self._context.getCheckpointDir() is not None:
            self._checkpoint()
        return said

    def rows(self, which: int) -> list[bytes]:
        """The rows of all documents, shard by shard."""
        with told():
            rows: list[tuple[int, Any]] = self._known(which).map(lambda row: (row[0], row[1 + which])).collect()
        return [part for _, part in sorted(rows)]

    def close(self) -> None:
        """Gives the memory of the executors back."""
        for rows in self._rows:
            if rows is not None:
                rows.unpersist()
        for task in self._sent:
            task.destroy()
        self._shards.blocks.unpersist()

    def _known(self, which: int) -> RDD[workers.Answered]:
        rows = self._rows[which]
        if rows is None:
            raise RuntimeError("these rows have not been made")
        return rows

    def _keep(self, sets: Sequence[int], rows: RDD[workers.Answered]) -> None:
        """Puts rows in the place of others, whose memory is given back where nothing needs them any more."""
        before = [self._rows[which] for which in sets]
        for which in sets:
            self._rows[which] = rows
        for others in before:
            if others is not None and all(others is not kept for kept in self._rows):
                others.unpersist()

    def _checkpoint(self) -> None:
        """Writes the rows, and forgets how they came about."""
        with told():
            for which in (0, 1):
                rows = self._rows[which]
                if rows is not None and not rows.isCheckpointed():
                    written = one_by_one(rows.map(workers.without_said))
                    written.checkpoint()
                    written.count()
                    self._keep([at for at in (0, 1) if self._rows[at] is rows], written)
        for task in self._sent:
            task.destroy()
        self._sent = []
