"""An event log in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.event_log import Record


class MemoryEventLog:
    """Keeps the port's promises but durability."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []
        self._offsets: dict[str, int] = {}
        self._lock = threading.Lock()

    def append(self, bodies: Sequence[bytes]) -> int:
        with self._lock:
            self._bodies.extend(bodies)
            return len(self._bodies)

    def read(self, start: int, limit: int) -> list[Record]:
        with self._lock:
            found = self._bodies[start : start + limit]
        return [Record(start + i, body) for i, body in enumerate(found)]

    def end(self) -> int:
        return len(self._bodies)

    def commit(self, consumer: str, offset: int) -> None:
        if not 0 <= offset <= self.end():
            raise InvalidInput(
                f"{consumer} cannot want offset {offset}; the log holds 0 to {self.end()}."
            )
        self._offsets[consumer] = offset

    def committed(self, consumer: str) -> int:
        return self._offsets.get(consumer, 0)

    def close(self) -> None:
        pass
