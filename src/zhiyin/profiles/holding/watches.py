"""How each condition about behavior is watched."""

from __future__ import annotations

from zhiyin.profiles.conditions import Did, Occurred, Sequence, Window
from zhiyin.profiles.holding.counts import EntriesWatch, OccurredWatch, TotalWatch
from zhiyin.profiles.holding.sequences import SequenceWatch
from zhiyin.profiles.holding.watching import Watch

__all__ = ["Watch", "watch_of"]


def watch_of(leaf: Did | Occurred | Sequence) -> Watch:
    """Return how a condition about behavior is watched."""
    match leaf:
        case Occurred():
            return OccurredWatch(leaf)
        case Sequence():
            return SequenceWatch(leaf)
        case Did(since=None, window=Window(within_days=None)):
            return TotalWatch(leaf)
        case _:
            return EntriesWatch(leaf)
