"""Counts, sums, first and last times: what is remembered for them of a person."""

from __future__ import annotations

from bisect import insort
from typing import Any

from zhiyin.profiles.conditions import Did, Occurred, day_milliseconds
from zhiyin.profiles.holding.comparing import all_passed
from zhiyin.profiles.holding.happenings import AMOUNT_SCALE
from zhiyin.profiles.holding.watching import Bounds, Entry, Memory


class Counting:
    """What all counts have: bounds of the number, and of the sum if there is one."""

    def __init__(self, did: Did) -> None:
        self.did = did
        self.deeds = (did.deed,) if did.since is None else (did.deed, did.since)
        self.measure = None if did.sum is None else did.sum.measure
        self.bounds = Bounds.of(did.window)
        self._sum_passes = None if did.sum is None else all_passed(did.sum.comparisons)
        # More than this many tell nothing more than this many.
        self.enough = max(did.at_least, 0 if did.at_most is None else did.at_most + 1)

    def decided(self, times: int, total: int) -> bool:
        """Return whether number and sum lie within the bounds."""
        did = self.did
        if times < did.at_least or (did.at_most is not None and times > did.at_most):
            return False
        return self._sum_passes is None or self._sum_passes(total / AMOUNT_SCALE)


class TotalWatch(Counting):
    """How often, of all the past: [number, sum], the number no greater than it has to be."""

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        if not self.bounds.admit(entry[0]):
            return memory
        times, total = memory or (0, 0)
        return [min(times + 1, self.enough), total + entry[1]]

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return one or other
        return [min(one[0] + other[0], self.enough), one[1] + other[1]]

    def trimmed(self, memory: Memory, now: int) -> Memory:
        return memory

    def holds(self, memory: Memory, now: int) -> bool:
        return self.decided(*(memory or (0, 0)))

    def turns_at(self, memory: Memory, now: int) -> int | None:
        return None


class EntriesWatch(Counting):
    """How often within a moving window or since a deed: [last time of that deed, entries].

    Entries are kept in the order of time: instants, or [instant, amount] where a sum is asked
    for. Without a sum the newest are enough, as many as the bounds can tell apart.
    """

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        since, entries = memory or (None, [])
        if slot == 1:
            latest = entry[0] if since is None else max(since, entry[0])
            return self._kept(latest, entries)
        if not self.bounds.admit(entry[0]) or (since is not None and entry[0] <= since):
            return memory
        entries = list(entries)
        if self.measure is None:
            insort(entries, entry[0])
        else:
            insort(entries, list(entry))
        return self._kept(since, entries)

    def _kept(self, since: int | None, entries: list[Any]) -> Memory:
        if since is not None:
            entries = [one for one in entries if self._time(one) > since]
        if self.measure is None and len(entries) > self.enough:
            entries = entries[len(entries) - self.enough :]
        return [since, entries]

    def _time(self, entry: Any) -> int:
        return entry if self.measure is None else entry[0]

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return one or other
        known = [since for since in (one[0], other[0]) if since is not None]
        return self._kept(max(known, default=None), sorted([*one[1], *other[1]]))

    def trimmed(self, memory: Memory, now: int) -> Memory:
        start = self.bounds.start(now)
        if memory is None or start is None or not memory[1] or self._time(memory[1][0]) >= start:
            return memory
        entries = [one for one in memory[1] if self._time(one) >= start]
        return None if memory[0] is None and not entries else [memory[0], entries]

    def holds(self, memory: Memory, now: int) -> bool:
        since, entries = memory or (None, ())
        if self.did.since is not None and since is None:
            return False
        start = self.bounds.start(now)
        inside = [one for one in entries if start is None or self._time(one) >= start]
        total = 0 if self.measure is None else sum(one[1] for one in inside)
        return self.decided(len(inside), total)

    def turns_at(self, memory: Memory, now: int) -> int | None:
        if memory is None or self.bounds.length is None:
            return None
        leaving = (self.bounds.leaves_at(self._time(one)) for one in memory[1])
        return next((at for at in leaving if at is not None and at > now), None)


class OccurredWatch:
    """The first or last time ever: one instant."""

    measure = None

    def __init__(self, leaf: Occurred) -> None:
        self.deeds = (leaf.deed,)
        self._best = min if leaf.which == "first" else max
        self._bounds = Bounds.of(leaf.window)
        older = leaf.older_than_days
        self._older = None if older is None else day_milliseconds(older)

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        return entry[0] if memory is None else self._best(memory, entry[0])

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return other if one is None else one
        return self._best(one, other)

    def trimmed(self, memory: Memory, now: int) -> Memory:
        return memory

    def holds(self, memory: Memory, now: int) -> bool:
        if memory is None or not self._bounds.admit(memory):
            return False
        start = self._bounds.start(now)
        is_near = start is None or memory >= start
        return is_near and (self._older is None or memory < now - self._older)

    def turns_at(self, memory: Memory, now: int) -> int | None:
        if memory is None:
            return None
        ages = None if self._older is None else memory + self._older + 1
        turns = (self._bounds.leaves_at(memory), ages)
        return min((at for at in turns if at is not None and at > now), default=None)
