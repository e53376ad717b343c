"""An event log in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.event_log import MAIN, Chunk


class MemoryEventLog:
    """Keeps the port's promises but durability."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []
        self._offsets: dict[str, dict[str, int]] = {}
        self._lock = threading.Lock()

    def append(self, bodies: Sequence[bytes], keys: Sequence[bytes] | None = None) -> None:
        with self._lock:
            self._bodies.extend(bodies)

    def partitions(self) -> list[str]:
        return [MAIN]

    def assigned(self, consumer: str) -> list[str]:
        return self.partitions()

    def begin(self, partition: str) -> int:
        return 0

    def end(self, partition: str) -> int:
        return len(self._bodies)

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        with self._lock:
            found = self._bodies[start : start + limit]
        stop = start + len(found)
        return Chunk(partition, range(start, stop), found, stop)

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
