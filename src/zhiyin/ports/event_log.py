"""The event log port: what a customer does, in order of arrival, for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

MAIN = "main"  # the partition that a log with only one has


@dataclass(frozen=True)
class Chunk:
    """Consecutive items of one partition.

    `offsets` and `bodies` run in parallel; offsets grow, by one where the log has no gaps.
    `next_offset` is where the next reading begins.
    """

    partition: str
    offsets: Sequence[int]
    bodies: Sequence[bytes]
    next_offset: int


class EventLog(Protocol):
    """Append-only sequences of byte strings, one per partition.

    `append` returns after the items are on disk; an item is in the log entirely or not at all,
    also after `kill -9`. Within a partition, order is order of append. A consumer commits, per
    partition, the next offset it wants; what it did not commit is read again. Calls may come from
    many threads.
    """

    def append(self, bodies: Sequence[bytes], keys: Sequence[bytes] | None = None) -> None:
        """Store the items durably; nothing to store is allowed.

        Items with the same key (the customer's, in parallel to `bodies`) come to the same
        partition, hence stay in order. Raises `Transient` if the log cannot be written now: the
        items may then be sent again.
        """
        ...

    def partitions(self) -> list[str]:
        """Return the names of all partitions, sorted."""
        ...

    def assigned(self, consumer: str) -> list[str]:
        """Return the partitions that this process is to read for the consumer.

        All of them, unless the log divides them among several processes of one consumer.
        """
        ...

    def begin(self, partition: str) -> int:
        """Return the oldest offset that is still kept."""
        ...

    def end(self, partition: str) -> int:
        """Return the offset that the partition's next item will get."""
        ...

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        """Return up to `limit` items from offset `start` on; no items at the end.

        What was purged before `start` is passed over: reading begins at the oldest kept item.
        """
        ...

    def commit(self, consumer: str, offsets: Mapping[str, int]) -> None:
        """Remember durably which offset `consumer` wants next in each of these partitions."""
        ...

    def committed(self, consumer: str) -> dict[str, int]:
        """Return what `consumer` last committed, for the partitions that it committed."""
        ...

    def close(self) -> None:
        """Flush and release files and connections."""
        ...


def waiting(event_log: EventLog, consumer: str) -> int:
    """Return how many items the consumer has not got yet, over all partitions."""
    committed = event_log.committed(consumer)
    return sum(
        max(event_log.end(p) - max(committed.get(p, 0), event_log.begin(p)), 0)
        for p in event_log.partitions()
    )
