"""The event log port: what a customer does, in order of arrival, for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MAIN = "main"  # the partition that a log with only one has


@dataclass(frozen=True)
class Chunk:
    """Consecutive items of one partition.

    `offsets` and `bodies` run in parallel; offsets grow, by one where the log has no gaps.
    `next_offset` is where the next reading begins. `appended_at` is when the first of the items
    came into the log (aware, UTC); None if there are no items.
    """

    partition: str
    offsets: Sequence[int]
    bodies: Sequence[bytes]
    next_offset: int
    appended_at: datetime | None = None


class EventLog(Protocol):
    """Append-only sequences of byte strings, one per partition.

    `append` returns after the items are on disk; an item is in the log entirely or not at all,
    also after `kill -9`. Within a partition, order is order of append. A consumer commits, per
    partition, the next offset it wants; what it did not commit is read again. Calls may come from
    many threads. A partition that the log does not have raises `NotFound`.
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
        """Return the oldest offset that is still kept; `end` if nothing is."""
        ...

    def end(self, partition: str) -> int:
        """Return the offset that the partition's next item will get."""
        ...

    def offset_at(self, partition: str, instant: datetime) -> int:
        """Return the first kept offset that was appended at or after the aware instant.

        `end` if there is none. Times of append never fall within a partition.
        """
        ...

    def stored_bytes(self, partition: str) -> int | None:
        """Return the room that the partition takes on disk; None if the log cannot know."""
        ...

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        """Return up to `limit` items from offset `start` on; no items at the end.

        What was purged before `start` is passed over: reading begins at the oldest kept item.
        """
        ...

    def purge(self, before: datetime, keep: Mapping[str, int]) -> int:
        """Drop items that were appended before the aware instant, and return how many.

        The log may drop fewer, in whole pieces from the oldest on. An offset from `keep` of its
        partition on stays, and so does the whole of a partition that `keep` does not name: they
        are what consumers still need. Offsets of what remains do not change.
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
    return sum(waiting_in(event_log, p, committed.get(p, 0)) for p in event_log.partitions())


def waiting_in(event_log: EventLog, partition: str, wanted: int) -> int:
    """Return how many items of the partition lie from offset `wanted` on."""
    return max(event_log.end(partition) - max(wanted, event_log.begin(partition)), 0)
