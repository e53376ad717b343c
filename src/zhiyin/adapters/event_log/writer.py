"""The one writer of a partition: groups what many callers append into one frame and one sync."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import zstandard

from zhiyin.adapters.event_log.frames import LARGEST, Frame, pack
from zhiyin.adapters.event_log.partitions import Partition, microseconds
from zhiyin.adapters.event_log.segments import (
    Segment,
    firsts_in,
    path_of,
    scanned,
    sync_directory,
)
from zhiyin.core.clock import Clock
from zhiyin.core.errors import Conflict, InvalidInput, Transient

# Waiting callers beyond this many bytes go with the next frame: a reader unpacks a frame whole.
GROUP_BYTES = 16 * 1024 * 1024


@dataclass
class _Ticket:
    """One caller's items on their way to the disk."""

    bodies: Sequence[bytes]
    size: int
    is_done: bool = False
    error: OSError | None = None


class PartitionWriter:
    """Appends to a partition's last segment.

    The first of the callers that wait becomes their leader: it takes what waits, writes it as one
    frame, and syncs once. Items of one `append` call stand in one frame, so they are in the log
    together or not at all. A frame torn by a crash is cut off when the partition is opened.

    Raises
    ------
    Conflict
        If another process writes the partition.
    """

    def __init__(
        self, partition: Partition, clock: Clock, *, segment_bytes: int, segment_age: timedelta
    ) -> None:
        self._partition = partition
        self._clock = clock
        self._segment_bytes = segment_bytes
        self._segment_age = segment_age // timedelta(microseconds=1)
        self._lock_file = _locked(partition.directory)
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._waiting: list[_Ticket] = []
        self._queue = threading.Condition()
        self._is_writing = False
        self._newest = 0
        self._open_segments()

    def append(self, bodies: Sequence[bytes]) -> None:
        """Store the items; return when they are on disk."""
        ticket = _Ticket(bodies, sum(map(len, bodies)) + 4 * len(bodies))
        if ticket.size > LARGEST:
            raise InvalidInput(
                f"{ticket.size:,} bytes cannot be appended at once; the most is {LARGEST:,}."
            )
        with self._queue:
            self._waiting.append(ticket)
        while group := self._group_to_lead(ticket):
            self._write(group)
        if ticket.error is not None:
            raise Transient(
                f"The event log {self._partition.directory} cannot be written ({ticket.error}); "
                "free space on the disk and send again."
            ) from ticket.error

    def rotate(self) -> None:
        """Begin a new segment, so that the present one can be purged."""
        with self._queue:
            while self._is_writing:
                self._queue.wait()
            self._is_writing = True
        try:
            if self._last.end > self._last.first:
                self._begin_segment()
        finally:
            self._stop_writing()

    def close(self) -> None:
        """Sync and release the files; closing twice is allowed."""
        if self._lock_file < 0:
            return
        os.fsync(self._file)
        os.close(self._file)
        os.close(self._lock_file)
        self._lock_file = -1

    @property
    def _last(self) -> Segment:
        return self._partition.segments[-1]

    def _open_segments(self) -> None:
        """Find the segments; only the last is read: where others end, the next one's name tells."""
        directory = self._partition.directory
        firsts = firsts_in(directory)
        if not firsts:
            path_of(directory, 0).touch()
            sync_directory(directory)
            firsts = [0]
        last = scanned(path_of(directory, firsts[-1]), firsts[-1])
        last.cut()
        earlier = [Segment(path_of(directory, f), f, end) for f, end in pairwise(firsts)]
        self._partition.segments = [*earlier, last]
        self._partition.is_own = True
        self._file = os.open(last.path, os.O_WRONLY | os.O_CLOEXEC)
        self._newest = last.index.newest if last.index else 0
        # When the segment was begun; one that another process began is as old as its first item.
        self._begun = last.index.times[0] if last.index else self._now()

    def _group_to_lead(self, ticket: _Ticket) -> list[_Ticket]:
        """Wait for the ticket, or for the turn to write; return what to write, nothing if done."""
        with self._queue:
            while self._is_writing and not ticket.is_done:
                self._queue.wait()
            if ticket.is_done:
                return []
            self._is_writing = True
            count, size = 0, 0
            for waiting in self._waiting:
                if count and size + waiting.size > GROUP_BYTES:
                    break
                count, size = count + 1, size + waiting.size
            group, self._waiting = self._waiting[:count], self._waiting[count:]
            return group

    def _write(self, group: list[_Ticket]) -> None:
        """Write what the group brought as one frame; then let the next leader go."""
        error: OSError | None = OSError("the writing was interrupted")
        try:
            self._write_frame([body for ticket in group for body in ticket.bodies])
            error = None
        except OSError as failed:
            error = failed
        finally:
            for ticket in group:
                ticket.is_done, ticket.error = True, error
            self._stop_writing()

    def _stop_writing(self) -> None:
        with self._queue:
            self._is_writing = False
            self._queue.notify_all()

    def _write_frame(self, bodies: list[bytes]) -> None:
        now = self._now()
        if self._is_full(now):
            self._begin_segment()
        segment = self._last
        packed = pack(bodies, self._compressor, first=segment.end, appended_at=now)
        frame = Frame(segment.size, len(packed), segment.end, len(bodies), now)
        self._write_at_end(packed, segment)
        with self._partition.lock:
            segment.add(frame)
        self._newest = now

    def _write_at_end(self, packed: bytes, segment: Segment) -> None:
        position, rest = segment.size, memoryview(packed)
        try:
            while rest:
                written = os.pwrite(self._file, rest, position)
                position, rest = position + written, rest[written:]
            os.fdatasync(self._file)
        except OSError:
            # What a failed write left must not stay behind a shorter frame. If not even this works,
            # the next frame is written over it, and reading stops at what was acknowledged.
            os.ftruncate(self._file, segment.size)
            raise

    def _is_full(self, now: int) -> bool:
        segment = self._last
        if segment.end == segment.first:
            return False
        is_old = now - self._begun >= self._segment_age
        return segment.size >= self._segment_bytes or is_old or segment.holds_first_format

    def _begin_segment(self) -> None:
        """Let a new segment follow, named after the offset of its first item."""
        full = self._last
        following = Segment(path_of(self._partition.directory, full.end), full.end, full.end)
        following.path.touch()
        sync_directory(self._partition.directory)
        file = os.open(following.path, os.O_WRONLY | os.O_CLOEXEC)
        os.close(self._file)
        self._file, self._begun = file, self._now()
        with self._partition.lock:
            self._partition.segments.append(following)
        full.finish()

    def _now(self) -> int:
        """Return the present microsecond, never before the last frame's: clocks may be set back."""
        return max(microseconds(self._clock.now()), self._newest)


def _locked(directory: Path) -> int:
    """Return the descriptor of the partition's lock, which ends with the process."""
    is_new = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    if is_new:
        sync_directory(directory.parent)
    descriptor = os.open(directory / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise Conflict(
            f"Another process writes this partition of the event log ({directory}); stop it, "
            "or write a partition of another name."
        ) from error
    return descriptor
