"""An event log in memory."""

from __future__ import annotations

import threading
import zlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from zhiyin.core.clock import Clock, SystemClock
from zhiyin.core.errors import InvalidInput, unknown
from zhiyin.ports.event_log import MAIN, Chunk


@dataclass
class _Partition:
    """`bodies` and `times` run in parallel; `first` is the offset of the first kept item."""

    bodies: list[bytes] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)
    first: int = 0

    @property
    def end(self) -> int:
        return self.first + len(self.bodies)


class MemoryEventLog:
    """Keeps the port's promises but durability.

    Parameters
    ----------
    partitions
        One is called `main`; several are called `0`, `1`, … and share the items by their keys.
    clock
        Tells when an item was appended.
    """

    def __init__(self, partitions: int = 1, clock: Clock | None = None) -> None:
        names = [MAIN] if partitions == 1 else [str(n) for n in range(partitions)]
        self._partitions = {name: _Partition() for name in names}
        self._offsets: dict[str, dict[str, int]] = {}
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()

    def append(self, bodies: Sequence[bytes], keys: Sequence[bytes] | None = None) -> None:
        names = list(self._partitions)
        places = [zlib.crc32(key) % len(names) for key in keys] if keys else [0] * len(bodies)
        with self._lock:
            now = self._clock.now()
            for body, place in zip(bodies, places, strict=True):
                partition = self._partitions[names[place]]
                partition.bodies.append(body)
                partition.times.append(max([now, *partition.times[-1:]]))

    def partitions(self) -> list[str]:
        return sorted(self._partitions)

    def assigned(self, consumer: str) -> list[str]:
        return self.partitions()

    def begin(self, partition: str) -> int:
        return self._found(partition).first

    def end(self, partition: str) -> int:
        return self._found(partition).end

    def offset_at(self, partition: str, instant: datetime) -> int:
        found = self._found(partition)
        return found.first + bisect_left(found.times, instant)

    def stored_bytes(self, partition: str) -> int | None:
        return sum(map(len, self._found(partition).bodies))

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        found = self._found(partition)
        with self._lock:
            start = max(start, found.first)
            place = start - found.first
            bodies = found.bodies[place : place + limit]
            at = found.times[place] if bodies else None
        stop = start + len(bodies)
        return Chunk(partition, range(start, stop), bodies, stop, at)

    def purge(self, before: datetime, keep: Mapping[str, int]) -> int:
        dropped = 0
        for name, partition in self._partitions.items():
            with self._lock:
                old = bisect_left(partition.times, before)
                old = max(min(old, keep.get(name, 0) - partition.first), 0)
                del partition.bodies[:old], partition.times[:old]
                partition.first += old
                dropped += old
        return dropped

    def commit(self, consumer: str, offsets: Mapping[str, int]) -> None:
        for partition, offset in offsets.items():
            if not 0 <= offset <= self.end(partition):
                raise InvalidInput(
                    f"{consumer} cannot want offset {offset} of {partition}; it holds "
                    f"0 to {self.end(partition)}."
                )
        self._offsets[consumer] = {**self.committed(consumer), **offsets}

    def committed(self, consumer: str) -> dict[str, int]:
        return dict(self._offsets.get(consumer, {}))

    def close(self) -> None:
        pass

    def _found(self, partition: str) -> _Partition:
        if partition not in self._partitions:
            raise unknown("partition", partition, self.partitions())
        return self._partitions[partition]
