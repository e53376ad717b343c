"""The lineage port: where events about builds, imports and loads go, for other tools to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Event = Mapping[str, Any]


class LineageSink(Protocol):
    """Takes OpenLineage events, in order.

    Telling others is never a reason for work to fail: `emit` returns at once and raises nothing
    for a place that is away, which then gets the events later, in their order. How many wait is
    bounded; of more, the oldest are dropped. Calls may come from many threads.
    """

    def emit(self, events: Sequence[Event]) -> None:
        """Take events; nothing to take is allowed."""
        ...

    def settle(self, seconds: float) -> str | None:
        """Wait until nothing is on its way, so long at most.

        Returns one sentence on why events wait or were refused since the last call; None if all
        went well.
        """
        ...

    def close(self) -> None:
        """Let go; events that wait are kept for the next time."""
        ...
