"""Watches all connections: how many, how slow, and how much they have sent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zhiyin.collect.edge.limits import Limits

if TYPE_CHECKING:
    from zhiyin.collect.edge.collector import Collector
    from zhiyin.collect.edge.protocol import EdgeProtocol

EVERY_SECONDS = 1.0


class Watch:
    """Cuts off clients that take too long over a request, and refuses more than it can hold.

    One look at all connections per second costs less than a timer for each request.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._connections: set[EdgeProtocol] = set()
        self._receiving = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self, loop: asyncio.AbstractEventLoop, collector: Collector) -> None:
        """Watch on this loop from now on, and have answers given on it."""
        if self._loop is loop:
            return
        self._loop = loop
        collector.deliver_with(loop.call_soon_threadsafe)
        loop.call_later(EVERY_SECONDS, self._look)

    def opened(self, connection: EdgeProtocol) -> None:
        """Take a new connection in, or send it away."""
        if len(self._connections) >= self._limits.connections:
            connection.refuse_connection(503, "Too many connections are open; try again.")
            return
        self._connections.add(connection)

    def closed(self, connection: EdgeProtocol) -> None:
        """Forget a connection."""
        self._connections.discard(connection)

    def received(self, size: int) -> None:
        """Count bytes of bodies that are not complete yet; negative when they are done with."""
        self._receiving += size

    def is_full(self, waiting: int) -> bool:
        """Return whether what was received and what waits for the disk are too much together."""
        return self._receiving + waiting > self._limits.queue

    def _look(self) -> None:
        loop = self._loop
        if loop is None:
            return
        now = loop.time()
        for connection in list(self._connections):
            began = connection.began_at
            if began is None:
                continue
            if connection.is_in_head:
                is_late = now - began > self._limits.head_seconds
            else:
                is_late = now - began > self._limits.body_seconds
            if is_late:
                connection.refuse_connection(408, "The request took too long.")
        loop.call_later(EVERY_SECONDS, self._look)
