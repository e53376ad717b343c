"""The event log port: what a customer does, in order of arrival, for good."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Protocol, overload

if TYPE_CHECKING:
    import pyarrow as pa  # the collector does without it

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

    def to_arrow(self) -> pa.Array:
        """Return the bodies as one binary array."""
        import pyarrow as pa

        if isinstance(self.bodies, PackedBodies):
            return self.bodies.to_arrow()
        return pa.array(self.bodies, pa.binary())


@dataclass(frozen=True)
class Run:
    """Items one after another in `content`: item `i` is `content[bounds[i]:bounds[i + 1]]`."""

    content: bytes
    bounds: Sequence[int]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def part(self, start: int, stop: int) -> Run:
        """Return the items from `start` to before `stop`, without copying them."""
        return Run(self.content, self.bounds[start : stop + 1])


class PackedBodies(Sequence[bytes]):
    """Bodies as they lie in the log: few runs instead of an object for each."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._runs = [run for run in runs if len(run)]
        self._firsts = list(accumulate(map(len, self._runs), initial=0))

    def __len__(self) -> int:
        return self._firsts[-1]

    def __iter__(self) -> Iterator[bytes]:
        for run in self._runs:
            for begin, end in pairwise(run.bounds):
                yield run.content[begin:end]

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        if isinstance(place, slice):
            return list(self)[place]
        wanted = place + len(self) if place < 0 else place
        if not 0 <= wanted < len(self):
            raise IndexError(f"item {place} of {len(self)}")
        at = bisect_right(self._firsts, wanted) - 1
        run, inner = self._runs[at], wanted - self._firsts[at]
        return run.content[run.bounds[inner] : run.bounds[inner + 1]]

    def to_arrow(self) -> pa.Array:
        """Return all bodies as one binary array."""
        import numpy as np
        import pyarrow as pa

        arrays = []
        for run in self._runs:
            bounds = np.asarray(run.bounds, dtype=np.int32)
            buffers = [None, pa.py_buffer(bounds), pa.py_buffer(run.content)]
            arrays.append(pa.Array.from_buffers(pa.binary(), len(run), buffers))
        return pa.concat_arrays(arrays) if arrays else pa.array([], pa.binary())


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
