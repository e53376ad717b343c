"""The event log in segment files, with one fsync for all who append at the same time."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import zstandard

from zhiyin.adapters.event_log.frames import Frame, pack
from zhiyin.adapters.event_log.segments import Segment, open_segments, path_of
from zhiyin.core.errors import Conflict, InvalidInput, Transient
from zhiyin.ports.event_log import MAIN, Chunk

SEGMENT_BYTES = 128 * 1024 * 1024


@dataclass
class _Ticket:
    """One caller's items on their way to the disk."""

    bodies: Sequence[bytes]
    end: int | None = None
    error: OSError | None = None


class FileEventLog:
    """Segment files in a directory that one process writes.

    The first of the callers that wait becomes their leader: it takes everything that waits, writes
    it as one frame, and syncs once. Items of one `append` call stand in one frame, so they are in
    the log together or not at all. A frame torn by a crash is cut off when the log is opened.

    Parameters
    ----------
    directory
        Made if absent.
    segment_bytes
        A segment that has reached this size is followed by a new one.

    Raises
    ------
    Conflict
        If another process has the log open.
    """

    def __init__(self, directory: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock_file = _lock(self.directory / "lock")
        self._segment_bytes = segment_bytes
        self._segments = open_segments(self.directory) or [self._new_segment(0)]
        self._stream = self._segments[-1].path.open("ab")
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._waiting: list[_Ticket] = []
        self._queue = threading.Condition()
        self._is_writing = False
        self._offsets = _read_offsets(self._offsets_path)
        self._offsets_lock = threading.Lock()

    def append(self, bodies: Sequence[bytes], keys: Sequence[bytes] | None = None) -> None:
        if not bodies:
            return
        ticket = _Ticket(bodies)
        with self._queue:
            self._waiting.append(ticket)
            while self._is_writing and ticket.end is None and ticket.error is None:
                self._queue.wait()
            leads = ticket.end is None and ticket.error is None
            group, self._waiting = (self._waiting, []) if leads else ([], self._waiting)
            self._is_writing = self._is_writing or leads
        if leads:
            self._write(group)
        if ticket.error is not None:
            raise Transient(
                f"The event log {self.directory} cannot be written ({ticket.error}); "
                "free space on the disk and send again."
            ) from ticket.error

    def partitions(self) -> list[str]:
        return [MAIN]

    def assigned(self, consumer: str) -> list[str]:
        return self.partitions()

    def read(self, partition: str, start: int, limit: int) -> Chunk:
        with self._queue:
            segments = [s for s in self._segments if s.end > start]
        bodies: list[bytes] = []
        for segment in segments:
            if len(bodies) >= limit:
                break
            begin = max(start, segment.first)
            bodies += [body for _, body in segment.read(begin, limit - len(bodies))]
        stop = start + len(bodies)
        return Chunk(partition, range(start, stop), bodies, stop)

    def begin(self, partition: str) -> int:
        return 0

    def end(self, partition: str) -> int:
        with self._queue:
            return self._segments[-1].end

    def commit(self, consumer: str, offsets: Mapping[str, int]) -> None:
        for partition, offset in offsets.items():
            if not 0 <= offset <= self.end(partition):
                raise InvalidInput(
                    f"{consumer} cannot want offset {offset} of {partition}; it holds "
                    f"0 to {self.end(partition)}."
                )
        with self._offsets_lock:
            changed = {**self._offsets, consumer: {**self.committed(consumer), **offsets}}
            _write_offsets(self._offsets_path, changed)
            self._offsets = changed

    def committed(self, consumer: str) -> dict[str, int]:
        return dict(self._offsets.get(consumer, {}))

    def close(self) -> None:
        if self._stream.closed:
            return
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._lock_file.close()

    @property
    def _offsets_path(self) -> Path:
        return self.directory / "offsets.json"

    def _write(self, group: list[_Ticket]) -> None:
        """Write what the group brought as one frame; then let the next leader go."""
        bodies = [body for ticket in group for body in ticket.bodies]
        error: OSError | None = None
        frame: Frame | None = None
        segment = self._segments[-1]
        try:
            segment = self._rotated(segment)
            frame = self._write_frame(bodies, segment)
        except OSError as failed:
            error = failed
            self._undo(segment)
        with self._queue:
            end = segment.end
            if frame is not None:
                segment.add(frame)
            for ticket in group:
                end += len(ticket.bodies)
                ticket.end, ticket.error = (None, error) if error else (end, None)
            self._is_writing = False
            self._queue.notify_all()

    def _write_frame(self, bodies: list[bytes], segment: Segment) -> Frame:
        packed = pack(bodies, self._compressor)
        frame = Frame(segment.size, len(packed), len(bodies))
        self._stream.write(packed)
        self._stream.flush()
        os.fdatasync(self._stream.fileno())
        return frame

    def _rotated(self, segment: Segment) -> Segment:
        """Return the segment to write to: a new one if the present one is full."""
        if segment.size < self._segment_bytes:
            return segment
        following = self._new_segment(segment.end)
        self._stream.close()
        self._stream = following.path.open("ab")
        with self._queue:
            self._segments.append(following)
        return following

    def _undo(self, segment: Segment) -> None:
        """Cut off what a failed write left, so that the next frame begins where it should."""
        self._stream.close()
        os.truncate(segment.path, segment.size)
        self._stream = segment.path.open("ab")

    def _new_segment(self, first: int) -> Segment:
        path = path_of(self.directory, first)
        path.touch()
        _sync_directory(self.directory)
        return Segment(path, first, first)


def _lock(path: Path) -> IO[bytes]:
    stream = path.open("ab")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        stream.close()
        raise Conflict(
            f"The event log {path.parent} is open in another process; stop it, "
            "or send the command to the running server."
        ) from error
    return stream


def _read_offsets(path: Path) -> dict[str, dict[str, int]]:
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    # A log of an earlier release has one partition and notes the bare offset.
    return {name: at if isinstance(at, dict) else {MAIN: at} for name, at in found.items()}


def _write_offsets(path: Path, offsets: Mapping[str, Mapping[str, int]]) -> None:
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as stream:
        json.dump(offsets, stream)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
