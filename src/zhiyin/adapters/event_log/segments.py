"""One segment file of a log: frames, and an index that finds an offset in it."""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from zhiyin.adapters.event_log.frames import Frame, read_frame, scan

SUFFIX = ".seg"


@dataclass
class Segment:
    """A file whose name is the offset of its first item.

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
        """Return up to `limit` items from offset `start` on, as (offset, body)."""
        found: list[tuple[int, bytes]] = []
        at = max(bisect_right(self.starts, start) - 1, 0)
        frames = list(zip(self.starts[at:], self.positions[at:], strict=False))
        with self.path.open("rb") as stream:
            for first, position in frames:
                if len(found) >= limit:
                    break
                stream.seek(position)
                bodies = read_frame(stream) or []
                found += [(first + i, body) for i, body in enumerate(bodies) if first + i >= start]
        return found[:limit]


def path_of(directory: Path, first: int) -> Path:
    """Return the file of the segment that begins with offset `first`."""
    return directory / f"{first:020d}{SUFFIX}"


def open_segments(directory: Path) -> list[Segment]:
    """Return the segments in order of offset; a torn end of the last one is cut off for good."""
    paths = sorted(directory.glob(f"*{SUFFIX}"))
    segments = []
    for path in paths:
        first = int(path.stem)
        segment = Segment(path, first, first)
        with path.open("rb") as stream:
            for frame in scan(stream):
                segment.add(frame)
        segments.append(segment)
    if segments:
        _cut(segments[-1])
    return segments


def _cut(segment: Segment) -> None:
    """Remove what follows the last whole frame: an append that was never acknowledged."""
    if segment.path.stat().st_size == segment.size:
        return
    with segment.path.open("r+b") as stream:
        stream.truncate(segment.size)
        stream.flush()
        os.fsync(stream.fileno())
