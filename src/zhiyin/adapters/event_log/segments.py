"""One segment file of a log: frames, and an index that finds an offset in it."""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from zhiyin.adapters.event_log.frames import Frame, read_frame, scan
from zhiyin.core.errors import Permanent

SUFFIX = ".seg"


@dataclass
class Segment:
    """A file whose name is the offset of its first item; `end` is the offset after its last.

    `starts` and `positions` run in parallel: each frame's first offset, and its place in the file.
    """

    path: Path
    first: int
    end: int
    size: int = 0
    starts: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def add(self, frame: Frame) -> None:
        """Note a frame that was written at the end."""
        self.starts.append(self.end)
        self.positions.append(frame.position)
        self.end += frame.items
        self.size = frame.position + frame.size

    def read(self, start: int, limit: int) -> list[tuple[int, bytes]]:
        """Return up to `limit` items from offset `start` on, as (offset, body).

        Raises
        ------
        Permanent
            If a frame that was whole once is damaged.
        """
        if not self.starts and self.end > self.first:
            self._index()
        found: list[tuple[int, bytes]] = []
        at = max(bisect_right(self.starts, start) - 1, 0)
        known = len(self.starts)
        with self.path.open("rb") as stream:
            while at < known and len(found) < limit:
                stream.seek(self.positions[at])
                bodies = read_frame(stream)
                if bodies is None:
                    raise self._damaged(self.starts[at])
                first = self.starts[at]
                skipped = max(start - first, 0)
                found += [(first + i, bodies[i]) for i in range(skipped, len(bodies))]
                at += 1
        return found[:limit]

    def _index(self) -> None:
        """Find the frames of a segment that a later one follows, hence is never written again."""
        whole = scanned(self.path, self.first)
        if whole.end != self.end:
            raise self._damaged(whole.end)
        self.positions, self.starts = whole.positions, whole.starts

    def _damaged(self, offset: int) -> Permanent:
        return Permanent(
            f"The event log is damaged at offset {offset} in {self.path}; restore that file."
        )


def scanned(path: Path, first: int) -> Segment:
    """Return the segment as far as its frames are whole."""
    segment = Segment(path, first, first)
    with path.open("rb") as stream:
        for frame in scan(stream):
            segment.add(frame)
    return segment


def path_of(directory: Path, first: int) -> Path:
    """Return the file of the segment that begins with offset `first`."""
    return directory / f"{first:020d}{SUFFIX}"


def open_segments(directory: Path) -> list[Segment]:
    """Return the segments in order of offset; a torn end of the last one is cut off for good.

    Only the last one is read: where the others end is the name of the one that follows.
    """
    paths = sorted(directory.glob(f"*{SUFFIX}"))
    if not paths:
        return []
    firsts = [int(path.stem) for path in paths]
    last = scanned(paths[-1], firsts[-1])
    _cut(last)
    earlier = zip(paths, firsts, firsts[1:], strict=False)
    return [*(Segment(path, first, end) for path, first, end in earlier), last]


def _cut(segment: Segment) -> None:
    """Remove what follows the last whole frame: an append that was never acknowledged."""
    if segment.path.stat().st_size == segment.size:
        return
    with segment.path.open("r+b") as stream:
        stream.truncate(segment.size)
        stream.flush()
        os.fsync(stream.fileno())
