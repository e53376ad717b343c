"""The event log port: what a customer does, in order of arrival, for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Record:
    """One logged item. `offset` grows by one with every item of the log."""

    offset: int
    body: bytes


class EventLog(Protocol):
    """An append-only sequence of byte strings.

    `append` returns after the items are on disk; an item is in the log entirely or not at all,
    also after `kill -9`. Order is order of append. Consumers commit the next offset they want.
    Appending nothing is allowed and returns the present end. Calls may come from many threads.
    """

    def append(self, bodies: Sequence[bytes]) -> int:
        """Store the items durably and return the offset after the last one."""
        ...

    def read(self, start: int, limit: int) -> list[Record]:
        """Return up to `limit` records from offset `start` on; an empty list at the end."""
        ...

    def end(self) -> int:
        """Return the offset that the next appended item will get."""
        ...

    def commit(self, consumer: str, offset: int) -> None:
        """Remember durably that `consumer` wants `offset` next."""
        ...

    def committed(self, consumer: str) -> int:
        """Return what `consumer` last committed; 0 for an unknown consumer."""
        ...

    def close(self) -> None:
        """Flush and release files."""
        ...
