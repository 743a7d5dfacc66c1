"""From a data frame to weighted shards, in the order of ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _core
from ..exceptions import DataError, ParameterError
from . import workers
from .failures import told
from .trees import one_by_one, tree

if TYPE_CHECKING:
    from pyspark import RDD, SparkContext
    from pyspark.sql import DataFrame

#: Documents by which the language is recognised, as the program looks at them.
_FIRST = 1000


class Shards:
    """The weighted shards of documents, and what a fit asks for."""

    def __init__(
        self, frame: DataFrame, columns: tuple[str, str, str | None], config: _core.Config, n_partitions: int | None
    ) -> None:
        from pyspark import StorageLevel

        context: SparkContext = frame.sparkSession.sparkContext
        level = StorageLevel.MEMORY_AND_DISK
        ordered = _ordered(frame, columns)
        with told():
            found = ordered.rdd.mapPartitions(workers.look).collect()
            _check(found, columns)
            first = [(str(row[0]), row[1], row[2]) for row in ordered.limit(_FIRST).collect()]
        ids, texts, labels = map(list, zip(*first, strict=True))
        named = None if columns[2] is None else [None if label is None else str(label) for label in labels]
        self.n_documents = sum(partition.n_documents for partition in found)
        self.elsewhere = _core.Elsewhere(config, self.n_documents, ids, texts, named)
        self.shard_documents = size = self.elsewhere.shard_documents
        self.n_shards = n_shards = -(-self.n_documents // size)
        self.n_partitions = n = min(n_shards, n_partitions or context.defaultParallelism)
        starts = [0]
        for partition in found:
            starts.append(starts[-1] + partition.n_documents)
        recipe = self.elsewhere.recipe()
        documents = ordered.rdd.mapPartitionsWithIndex(lambda at, rows: workers.number(starts[at], rows))
        # Ranges of shards, whose sums meet early in the tree over all.
        placed = documents.repartitionAndSortWithinPartitions(n, lambda number: number // size * n // n_shards)
        counted = placed.mapPartitions(lambda documents: workers.count(recipe, size, documents)).persist(level)
        with told():
            terms = tree(counted.mapPartitions(workers.terms), _core.merge_terms)
            weigher, self.n_terms = self.elsewhere.weigher(terms)
            sent = context.broadcast(weigher)
            weighted = counted.mapPartitions(lambda shards: workers.weigh(sent.value, shards)).persist(level)
            of_shards = weighted.map(lambda shard: (shard[0], shard[1])).collect()
            self.documents: list[bytes] = [documents for _, documents in sorted(of_shards)]
            blocks = one_by_one(weighted.map(lambda shard: (shard[0], shard[2])))
            self.blocks: RDD[workers.Shard] = blocks.persist(level)
            self.blocks.count()
        counted.unpersist()
        weighted.unpersist()


def _ordered(frame: DataFrame, columns: tuple[str, str, str | None]) -> DataFrame:
    """The ids, texts and labels, sorted by id."""
    from pyspark.sql import functions
    from pyspark.sql.types import StringType

    text, identity, label = columns
    for role, name in [("inputCol", text), ("idCol", identity), ("labelCol", label)]:
        if name is not None and name not in frame.columns:
            raise ParameterError(
                f"{role} is {name!r}, and there is no such column", f"the columns are {', '.join(frame.columns)}"
            )
    if not isinstance(frame.schema[text].dataType, StringType):
        kind = frame.schema[text].dataType.simpleString()
        raise ParameterError(f"inputCol is {text!r}, a column of {kind}, expected one of string")
    named = functions.lit(None).cast("string") if label is None else functions.col(f"`{label}`")
    chosen = frame.select(
        functions.col(f"`{identity}`").alias("id"), functions.col(f"`{text}`").alias("text"), named.alias("label")
    )
    return chosen.orderBy("id")


def _check(found: list[Any], columns: tuple[str, str, str | None]) -> None:
    text, identity, _ = columns
    if not any(partition.n_documents for partition in found):
        raise DataError("there are no documents: the data frame has no rows")
    without_id = sum(partition.n_without_id for partition in found)
    if without_id:
        raise DataError(
            f"{without_id} rows have no id: {identity} is null", f"leave them out: frame.na.drop(['{identity}'])"
        )
    without_text = sum(partition.n_without_text for partition in found)
    if without_text:
        example = next(partition.without_text for partition in found if partition.without_text is not None)
        raise DataError(
            f"{without_text} documents have no text: {text} is null, as for the id {example}",
            f"leave them out, frame.na.drop(['{text}']), or make them empty, frame.na.fill('', ['{text}'])",
        )
    twice = next((partition.twice for partition in found if partition.twice is not None), None)
    if twice is not None:
        raise DataError(
            f"the id {twice} stands in more than one row",
            f"ids say in which order documents stand: make {identity} unique",
        )
