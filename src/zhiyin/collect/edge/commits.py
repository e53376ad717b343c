"""Group commit: what arrives while the disk is busy goes to it together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from zhiyin.collect.edge.exchange import Refused
from zhiyin.core.errors import Transient
from zhiyin.ports.event_log import EventLog

# A group is compressed and written as one; a larger one would only make everybody wait longer.
GROUP_BYTES = 4 * 1024 * 1024
Settled = Callable[[BaseException | None], None]
Deliver = Callable[..., Any]


def at_once(function: Callable[..., Any], *arguments: Any) -> None:
    """Call a function here and now: how things are delivered where there is no event loop."""
    function(*arguments)


@dataclass(frozen=True)
class _Waiting:
    bodies: Sequence[bytes]
    keys: Sequence[bytes]
    size: int
    settled: Settled


class GroupCommit:
    """Appends to the log in a thread of its own, all that waits at a time.

    Parameters
    ----------
    event_log
        Where the items go.
    most_bytes
        What may wait, the group that is being written included.
    deliver
        Calls a function with arguments where requests are answered: once per group.
    """

    def __init__(self, event_log: EventLog, *, most_bytes: int, deliver: Deliver = at_once) -> None:
        self._log, self._most = event_log, most_bytes
        self.deliver = deliver
        self._writer = ThreadPoolExecutor(1, "commit")
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []
        self._bytes = 0
        self._idle = threading.Event()
        self._idle.set()

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    def submit(self, bodies: Sequence[bytes], keys: Sequence[bytes], settled: Settled) -> None:
        """Append the items with the next group; `settled` is called when they are on disk.

        It gets None, or the error that kept them from it. Raises `Refused` if too much waits.
        """
        size = sum(map(len, bodies))
        with self._lock:
            if self._bytes and self._bytes + size > self._most:
                raise queue_full()
            self._bytes += size
            self._waiting.append(_Waiting(bodies, keys, size, settled))
            group = self._next_group() if self._idle.is_set() else []
        if group:
            self._write(group)

    def close(self) -> None:
        """Write what waits, and end the thread."""
        self._idle.wait()
        self._writer.shutdown()

    def _next_group(self) -> list[_Waiting]:
        """Return the group to write now; empty if nothing waits."""
        size = count = 0
        while count < len(self._waiting) and (not count or size < GROUP_BYTES):
            size += self._waiting[count].size
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        if group:
            self._idle.clear()
        else:
            self._idle.set()
        return group

    def _write(self, group: list[_Waiting]) -> None:
        bodies = [body for one in group for body in one.bodies]
        keys = [key for one in group for key in one.keys]
        written = self._writer.submit(self._log.append, bodies, keys)
        written.add_done_callback(partial(self._written, group))

    def _written(self, group: list[_Waiting], done: Future[None]) -> None:
        with self._lock:
            self._bytes -= sum(one.size for one in group)
            following = self._next_group()
        if following:
            self._write(following)
        self.deliver(_settle, group, done.exception())


def _settle(group: list[_Waiting], error: BaseException | None) -> None:
    for one in group:
        one.settled(error)


def queue_full() -> Refused:
    """Return the refusal of what comes faster than the disk takes it."""
    return Refused(
        429,
        "too_many_requests",
        "More arrives than the disk can take; send the same again after the given seconds.",
        retry_after=1,
    )


def not_written(error: BaseException) -> Refused:
    """Return the refusal of what could not be written."""
    if isinstance(error, Transient):
        return Refused(503, "try_again", str(error), retry_after=5)
    message = f"The event log cannot be written ({type(error).__name__}: {error}); send it again."
    return Refused(503, "not_written", message, retry_after=30)
