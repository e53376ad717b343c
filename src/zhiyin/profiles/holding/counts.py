"""Counts, sums, first and last times: what is remembered for them of a person.

Conditions that count the same deeds share one memory, however long their windows and whatever
their bounds: it reaches as far back, and counts as far, as the one that asks for most.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from math import inf
from typing import Any

from zhiyin.profiles.conditions import Did, Occurred, day_milliseconds
from zhiyin.profiles.holding.comparing import all_passed
from zhiyin.profiles.holding.happenings import AMOUNT_SCALE
from zhiyin.profiles.holding.watching import Answer, Bounds, Entry, Memory

UNKNOWN: Memory = (None, ())
# As much as documents hold; what anybody can send must not keep a profile from being stored.
MOST = 2**62


def measure_of(did: Did) -> str | None:
    """Return what a condition adds up."""
    return None if did.sum is None else did.sum.measure


def enough_for(dids: Sequence[Did]) -> int:
    """Return a number above which more tell none of the conditions anything."""
    return max(max(did.at_least, 0 if did.at_most is None else did.at_most + 1) for did in dids)


def decided(did: Did) -> Callable[[int, int], bool]:
    """Return whether a number and a sum lie within a condition's bounds."""
    least, most = did.at_least, inf if did.at_most is None else did.at_most
    passes = None if did.sum is None else all_passed(did.sum.comparisons)

    def look(times: int, total: int) -> bool:
        return least <= times <= most and (passes is None or passes(total / AMOUNT_SCALE))

    return look


class TotalWatch:
    """How often, of all the past: [number, sum], the number no greater than it has to be."""

    def __init__(self, dids: Sequence[Did]) -> None:
        self.deeds = (dids[0].deed,)
        self.measure = measure_of(dids[0])
        self.answers = tuple(answer_of_total(did) for did in dids)
        self._bounds = Bounds.of(dids[0].window)
        self._enough = enough_for(dids)

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        if not self._bounds.admit(entry[0]):
            return memory
        times, total = memory or (0, 0)
        return [min(times + 1, self._enough), held(total + entry[1])]

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return one or other
        return [min(one[0] + other[0], self._enough), held(one[1] + other[1])]

    def trimmed(self, memory: Memory, now: int) -> Memory:
        return memory


def held(total: int) -> int:
    """Return a sum no larger than documents hold."""
    return max(-MOST, min(total, MOST))


def answer_of_total(did: Did) -> Answer:
    """Return how a condition reads number and sum."""
    holds = decided(did)
    return lambda memory, now: (holds(*(memory or (0, 0))), None)


class EntriesWatch:
    """How often within moving windows or since a deed: [last time of that deed, entries].

    Entries are kept in the order of time: instants, or [instant, amount] where a sum is asked
    for. Without a sum the newest are enough, as many as the bounds can tell apart.
    """

    def __init__(self, dids: Sequence[Did]) -> None:
        first = dids[0]
        self.deeds = (first.deed,) if first.since is None else (first.deed, first.since)
        self.measure = measure_of(first)
        answer_of = answer_of_instants if self.measure is None else answer_of_amounts
        self.answers = tuple(answer_of(did) for did in dids)
        # All have the same bounds that do not move.
        self._bounds = Bounds.widest([Bounds.of(did.window) for did in dids])
        self._enough = enough_for(dids)

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        since, entries = memory or UNKNOWN
        ts = entry[0]
        if slot == 1:
            return self._kept(ts if since is None else max(since, ts), list(entries))
        if not self._bounds.admit(ts) or (since is not None and ts <= since):
            return memory
        entries = list(entries)
        insort(entries, ts if self.measure is None else list(entry))
        if self.measure is None and len(entries) > self._enough:
            del entries[: len(entries) - self._enough]
        return [since, entries]

    def _kept(self, since: int | None, entries: list[Any]) -> Memory:
        if since is not None:
            entries = [one for one in entries if self._time(one) > since]
        if self.measure is None and len(entries) > self._enough:
            entries = entries[len(entries) - self._enough :]
        return [since, entries]

    def _time(self, entry: Any) -> int:
        return entry if self.measure is None else entry[0]

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return one or other
        known = [since for since in (one[0], other[0]) if since is not None]
        return self._kept(max(known, default=None), sorted([*one[1], *other[1]]))

    def trimmed(self, memory: Memory, now: int) -> Memory:
        start = self._bounds.start(now)
        if memory is None or start is None or not memory[1] or self._time(memory[1][0]) >= start:
            return memory
        entries = [one for one in memory[1] if self._time(one) >= start]
        return None if memory[0] is None and not entries else [memory[0], entries]


def answer_of_instants(did: Did) -> Answer:
    """Return how a condition without a sum reads the instants."""
    least, most = did.at_least, inf if did.at_most is None else did.at_most
    length, asks_since = Bounds.of(did.window).length, did.since is not None

    def look(memory: Memory, now: int) -> tuple[bool, int | None]:
        since, instants = memory or UNKNOWN
        if asks_since and since is None:
            return False, None
        many = len(instants)
        if length is None:
            return least <= many <= most, None
        inside = many - bisect_left(instants, now - length)
        if inside > most:
            # One too many until that one has left.
            return False, instants[many - int(most) - 1] + length + 1
        if inside >= least > 0:
            return True, instants[many - least] + length + 1
        return inside >= least, None

    return look


def answer_of_amounts(did: Did) -> Answer:
    """Return how a condition with a sum reads the entries."""
    holds, length = decided(did), Bounds.of(did.window).length
    asks_since = did.since is not None

    def look(memory: Memory, now: int) -> tuple[bool, int | None]:
        since, entries = memory or UNKNOWN
        if asks_since and since is None:
            return False, None
        inside = entries if length is None else entries[bisect_left(entries, [now - length]) :]
        turns = None if length is None or not inside else inside[0][0] + length + 1
        return holds(len(inside), sum(one[1] for one in inside)), turns

    return look


class OccurredWatch:
    """The first or last time ever: one instant."""

    measure = None

    def __init__(self, leaves: Sequence[Occurred]) -> None:
        self.deeds = (leaves[0].deed,)
        self.answers = tuple(answer_of_occurred(leaf) for leaf in leaves)
        self._best = min if leaves[0].which == "first" else max

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        return entry[0] if memory is None else self._best(memory, entry[0])

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return other if one is None else one
        return self._best(one, other)

    def trimmed(self, memory: Memory, now: int) -> Memory:
        return memory


def answer_of_occurred(leaf: Occurred) -> Answer:
    """Return how a condition reads the first or last instant."""
    bounds, days = Bounds.of(leaf.window), leaf.older_than_days
    older = None if days is None else day_milliseconds(days)

    def look(memory: Memory, now: int) -> tuple[bool, int | None]:
        if memory is None:
            return False, None
        start = bounds.start(now)
        is_near = bounds.admit(memory) and (start is None or memory >= start)
        holds = is_near and (older is None or memory < now - older)
        ages = None if older is None else memory + older + 1
        turns = (at for at in (bounds.leaves_at(memory), ages) if at is not None and at > now)
        return holds, min(turns, default=None)

    return look
