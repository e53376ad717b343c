"""How each condition about behavior is watched, and which of them remember together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from zhiyin.profiles import conditions
from zhiyin.profiles.conditions import Did, Occurred, Window
from zhiyin.profiles.holding.counts import EntriesWatch, OccurredWatch, TotalWatch, measure_of
from zhiyin.profiles.holding.sequences import SequenceWatch
from zhiyin.profiles.holding.watching import Watch

__all__ = ["Behavior", "Watch", "subject_of", "watch_of"]

Behavior = Did | Occurred | conditions.Sequence


def subject_of(leaf: Behavior) -> Hashable:
    """Return what a condition remembers: equal for those that share a memory."""
    match leaf:
        case Occurred():
            return OccurredWatch, leaf.which, leaf.deed
        case Did(window=window):
            kind = TotalWatch if is_total(leaf) else EntriesWatch
            return kind, leaf.deed, leaf.since, measure_of(leaf), window.after, window.before
        case _:
            return SequenceWatch, leaf


def watch_of(leaves: Sequence[Any]) -> Watch:
    """Return how conditions about one subject are watched."""
    match leaves[0]:
        case Occurred():
            return OccurredWatch(leaves)
        case conditions.Sequence():
            return SequenceWatch(leaves[0])
        case first:
            return TotalWatch(leaves) if is_total(first) else EntriesWatch(leaves)


def is_total(did: Did) -> bool:
    """Return whether all of the past counts."""
    return did.since is None and did.window == Window(None, did.window.after, did.window.before)
