"""One segment file of a partition: frames, found through a sparse index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from zhiyin.adapters.event_log.frames import Frame, holds_a_frame, whole_frames
from zhiyin.adapters.event_log.index import SparseIndex, read_index, write_index
from zhiyin.core.errors import Permanent
from zhiyin.ports.event_log import Run

SUFFIX = ".seg"
INDEX_SUFFIX = ".idx"
_NAME = re.compile(r"[0-9]{20}\.seg")


@dataclass
class Segment:
    """A file whose name is the offset of its first item; `end` is the offset after its last.

    `index` is None until somebody looks into a segment that another one follows. `size` is where
    its known frames end in the file: nothing beyond is read.
    """

    path: Path
    first: int
    end: int
    size: int = 0
    index: SparseIndex | None = None
    holds_first_format: bool = False

    def add(self, frame: Frame) -> None:
        """Note a frame that stands at the end of the file."""
        if self.index is None:
            self.index = SparseIndex(self.first)
        self.index.add(frame, frame.appended_at or self._modified())
        self.holds_first_format |= frame.is_first_format
        # The size first: a reader in another thread asks for the end first, and finds all up to it.
        self.size = self.index.size
        self.end = self.index.end

    def read(self, start: int, limit: int) -> tuple[list[Run], int]:
        """Return up to `limit` items from offset `start` on, and when the first was appended.

        Raises
        ------
        Permanent
            If a frame that was whole once is damaged.
        """
        found: list[Run] = []
        appended_at, position, stop = 0, start, start + limit
        for frame in self._frames(*self.looked_up().before_offset(start)):
            if frame.end <= start:
                continue
            appended_at = appended_at or frame.appended_at or self._modified()
            end = min(frame.end, stop)
            found.append(frame.unpacked().part(position - frame.first, end - frame.first))
            position = end
            if position >= stop:
                break
        return found, appended_at

    def offset_at(self, instant: int) -> int:
        """Return the first offset that was appended at or after the instant; `end` if none."""
        if self.end == self.first:
            return self.end
        for frame in self._frames(*self.looked_up().before_time(instant)):
            if (frame.appended_at or self._modified()) >= instant:
                return frame.first
        return self.end

    def looked_up(self) -> SparseIndex:
        """Return the index: as known, as written beside the segment, or made again from it."""
        index = self.index
        if index is None:
            self.size = self.path.stat().st_size
            index = read_index(self._index_path, self.end, self.size) or self._indexed()
            self.index = index
        return index

    def finish(self) -> None:
        """Write the index of a segment that is never written again."""
        if self.index is not None:
            self._keep(self.index)
            # Whoever reads it again finds the file; a writer's memory must not grow with the log.
            self.index = None

    def stored_bytes(self) -> int:
        """Return the size of the file; 0 if it was purged meanwhile."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def drop(self) -> None:
        """Remove the files; another process may have done so already."""
        self.path.unlink(missing_ok=True)
        self._index_path.unlink(missing_ok=True)

    def follow(self) -> bool:
        """Note whole frames that were written since; return whether there were any."""
        before = self.end
        with opened(self.path) as descriptor:
            for frame in whole_frames(descriptor, self.size, self.end):
                self.add(frame)
            if self.end > before:
                # Another process may have written the frame and not synced it yet: what a reader
                # has seen must not be lost when the power goes.
                os.fdatasync(descriptor)
        return self.end > before

    def cut(self) -> None:
        """Remove what follows the last whole frame: an append that was never acknowledged.

        Raises
        ------
        Permanent
            If whole frames follow: then the file was damaged, and cutting would lose them.
        """
        with opened(self.path, os.O_RDWR) as descriptor:
            found = os.fstat(descriptor)
            if found.st_size > self.size:
                if holds_a_frame(descriptor, self.size):
                    raise self._damaged(self.end)
                os.ftruncate(descriptor, self.size)
                # It tells when frames of the first release came at the latest.
                os.utime(descriptor, ns=(found.st_atime_ns, found.st_mtime_ns))
            os.fsync(descriptor)

    def _frames(self, position: int, first: int) -> Iterator[Frame]:
        wanted = self.end
        with opened(self.path) as descriptor:
            for frame in whole_frames(descriptor, position, first, self.size):
                first = frame.end
                yield frame
        if first < wanted:
            raise self._damaged(first)

    def _indexed(self) -> SparseIndex:
        """Return the index of a segment that a later one follows, and keep it for the next time."""
        whole = scanned(self.path, self.first)
        if whole.end != self.end or whole.index is None:
            raise self._damaged(whole.end)
        self._keep(whole.index)
        return whole.index

    def _keep(self, index: SparseIndex) -> None:
        # On a full or read-only disk it is made again when it is needed.
        with suppress(OSError):
            write_index(self._index_path, index)

    @property
    def _index_path(self) -> Path:
        return self.path.with_suffix(INDEX_SUFFIX)

    def _modified(self) -> int:
        """Return when the file was last written: no item of it came later."""
        return self.path.stat().st_mtime_ns // 1000

    def _damaged(self, offset: int) -> Permanent:
        return Permanent(
            f"The event log is damaged at offset {offset} in {self.path}; restore that file."
        )


def scanned(path: Path, first: int) -> Segment:
    """Return the segment as far as its frames are whole."""
    segment = Segment(path, first, first)
    with opened(path) as descriptor:
        for frame in whole_frames(descriptor, 0, first):
            segment.add(frame)
    return segment


def path_of(directory: Path, first: int) -> Path:
    """Return the file of the segment that begins with offset `first`."""
    return directory / f"{first:020d}{SUFFIX}"


def firsts_in(directory: Path) -> list[int]:
    """Return the first offsets of the segments in the directory, in order."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return []
    return sorted(int(name[: -len(SUFFIX)]) for name in names if _NAME.fullmatch(name))


@contextmanager
def opened(path: Path, flags: int = os.O_RDONLY) -> Iterator[int]:
    """Open a file for positioned reading and give its descriptor."""
    descriptor = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Make names that were added to the directory survive a power failure."""
    with opened(directory) as descriptor:
        os.fsync(descriptor)
