"""A partition of a log in files, as a reader sees it: its segments, and what was added since."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from zhiyin.adapters.event_log.segments import Segment, firsts_in, path_of
from zhiyin.ports.event_log import Chunk, PackedBodies, Run

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Partition:
    """The segments in a directory.

    `is_own` says that this process writes it; then its end is what was synced, and is told by the
    writer through `add`. Otherwise `refresh` looks for what another process wrote: a torn end is
    "not yet" for a reader, and never cut.
    """

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.is_own = False
        self.lock = threading.Lock()
        self.segments: list[Segment] = []

    def refresh(self) -> None:
        """Take notice of segments and frames that another process added or purged."""
        with self.lock:
            firsts = firsts_in(self.directory)
            if self.is_own:
                kept = set(firsts)
                self.segments = [s for s in self.segments[:-1] if s.first in kept] + [
                    *self.segments[-1:]
                ]
            elif firsts:
                self._follow(firsts)

    @property
    def begin(self) -> int:
        """The oldest kept offset."""
        return self.segments[0].first if self.segments else 0

    @property
    def end(self) -> int:
        """The offset of the next item."""
        return self.segments[-1].end if self.segments else 0

    def read(self, start: int, limit: int) -> Chunk:
        """Return up to `limit` items from the offset on, passing over what was purged."""
        while True:
            try:
                return self._read(start, limit)
            except FileNotFoundError:
                # Purged between looking and reading; what is left begins later.
                self.refresh()

    def offset_at(self, instant: datetime) -> int:
        """Return the first kept offset that was appended at or after the instant."""
        wanted = microseconds(instant)
        with self.lock:
            segments = list(self.segments)
        # The first segment whose newest item is new enough holds the offset.
        low, high = 0, len(segments)
        while low < high:
            middle = (low + high) // 2
            if _newest(segments[middle]) < wanted:
                low = middle + 1
            else:
                high = middle
        return segments[low].offset_at(wanted) if low < len(segments) else self.end

    def stored_bytes(self) -> int:
        """Return the size of all segment files."""
        with self.lock:
            return sum(segment.stored_bytes() for segment in self.segments)

    def purge(self, before: datetime, keep: int) -> int:
        """Drop the oldest segments but the last, as far as nobody needs them; return items."""
        dropped, limit = 0, microseconds(before)
        with self.lock:
            while len(self.segments) > 1:
                oldest = self.segments[0]
                if oldest.end > keep or _newest(oldest) >= limit:
                    break
                oldest.drop()
                del self.segments[0]
                dropped += oldest.end - oldest.first
        return dropped

    def is_older_than(self, before: datetime, keep: int) -> bool:
        """Return whether the last segment, too, could go if another followed it."""
        with self.lock:
            last = self.segments[-1]
            return last.first < last.end <= keep and _newest(last) < microseconds(before)

    def _read(self, start: int, limit: int) -> Chunk:
        with self.lock:
            start = max(start, self.begin)
            segments = [s for s in self.segments if s.end > max(start, s.first)]
        runs: list[Run] = []
        position, appended_at = start, 0
        for segment in segments:
            if position >= start + limit:
                break
            more, at = segment.read(position, start + limit - position)
            runs += more
            position += sum(map(len, more))
            appended_at = appended_at or at
        told = instant_of(appended_at) if runs else None
        offsets = range(start, position)
        return Chunk(self.name, offsets, PackedBodies(runs), position, told)

    def _follow(self, firsts: list[int]) -> None:
        known = {(s.first, s.end): s for s in self.segments}
        # What was the last one until now, and has grown since, is looked up anew.
        earlier = [
            known.get((first, end)) or Segment(path_of(self.directory, first), first, end)
            for first, end in pairwise(firsts)
        ]
        last = self.segments[-1] if self.segments else None
        if last is None or last.first != firsts[-1]:
            last = Segment(path_of(self.directory, firsts[-1]), firsts[-1], firsts[-1])
        last.follow()
        self.segments = [*earlier, last]


def microseconds(instant: datetime) -> int:
    """Return microseconds since 1970 UTC."""
    return (instant - _EPOCH) // _MICROSECOND


def instant_of(told: int) -> datetime:
    """Return the instant that so many microseconds since 1970 UTC mean."""
    return _EPOCH + told * _MICROSECOND


def _newest(segment: Segment) -> int:
    """Return when the last item of a segment was appended; 0 for one without items."""
    return segment.looked_up().newest if segment.end > segment.first else 0
