"""Funnels one person at a time, attempt by attempt, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

Event = tuple[int, int]  # instant, mask


def in_order(events: Sequence[Event]) -> list[Event]:
    """Return events by instant, then by the first step that they fit, then by mask."""

    def place(event: Event) -> tuple[int, int, int]:
        instant, mask = event
        return instant, (mask & -mask) if mask else 2**40, mask

    return sorted(events, key=place)


def best(attempts: Sequence[list[int]]) -> list[int]:
    """Return the times of the attempt that got farthest, the first of equals."""
    longest = max((len(one) for one in attempts), default=0)
    return next((one for one in attempts if len(one) == longest), [])


def ordered(
    events: Sequence[Event],
    *,
    steps: int,
    window: int,
    entry: tuple[int, int],
    exclusions: Sequence[tuple[int, int]] = (),
    is_strict: bool = False,
) -> list[int]:
    """Return when the steps of the best attempt were done.

    Every event may begin an attempt; all attempts that are under way are followed, not only the
    latest. Exclusions are (after, before), steps from 0; bit 20 + n of a mask is exclusion n.
    """
    alive: list[list[int]] = []
    reached: list[list[int]] = []
    for instant, group in groupby(in_order(events), key=itemgetter(0)):
        excluded = 0
        for _, mask in group:
            excluded |= mask >> 20
            grown = [
                [*one, instant]
                for one in alive
                if len(one) < steps and mask >> len(one) & 1 and instant - one[0] <= window
            ]
            if mask & 1 and entry[0] <= instant < entry[1]:
                grown.append([instant])
            # Later attempts first, as the rule among attempts of one length at one event.
            reached += sorted(grown, reverse=True)
            alive = grown if is_strict else alive + grown
        alive = [
            one
            for one in alive
            if not any(
                excluded >> n & 1 and after < len(one) <= before and one[after] < instant
                for n, (after, before) in enumerate(exclusions)
            )
        ]
    return best(reached)


def unordered(events: Sequence[Event], *, steps: int, window: int, entry: tuple[int, int]) -> int:
    """Return the most steps that lie within one window that begins in time."""
    found = 0
    for start in sorted({instant for instant, _ in events}):
        if not entry[0] <= start < entry[1]:
            continue
        inside = [(t, mask) for t, mask in events if start <= t <= start + window]
        opening = [mask for t, mask in inside if t == start]
        done = {n for n in range(steps) for _, mask in inside if mask >> n & 1}
        if any(mask >> n & 1 for mask in opening for n in range(steps)):
            found = max(found, len(done))
    return found
