"""How elements of partitions meet: what these say is added up, neighbours first, and shards meet their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from . import workers

if TYPE_CHECKING:
    from pyspark import RDD

T = TypeVar("T")

#: Parts that are added up at once.
_FAN = 4


def tree(parts: RDD[bytes], merge: Callable[[bytes, bytes], bytes]) -> bytes:
    """The sum of the parts, of which there is at least one. Neighbouring partitions are added first: what they say of
    neighbouring shards becomes one sum, and no message grows with the number of shards."""
    add = partial(workers.merged, merge=merge)
    n = parts.getNumPartitions()
    while n > _FAN:
        n_next = -(-n // _FAN)
        parts = parts.mapPartitionsWithIndex(partial(_placed, n, n_next)).partitionBy(n_next, _itself).values()
        parts = parts.mapPartitions(add)
        n = n_next
    return next(add(parts.mapPartitions(add).collect()))


def one_by_one(rdd: RDD[T]) -> RDD[T]:
    """The same elements, each in a batch of its own: two of these meet (`zip`) without a detour through Python."""
    from pyspark.serializers import BatchedSerializer, CPickleSerializer

    return rdd._reserialize(BatchedSerializer(CPickleSerializer(), 1))  # type: ignore[no-untyped-call]


def _placed(n: int, n_next: int, at: int, parts: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    return ((at * n_next // n, part) for part in parts)


def _itself(key: int) -> int:
    return key
