"""What is remembered of a person for a sequence of steps."""

from __future__ import annotations

from bisect import insort
from heapq import merge
from itertools import groupby
from operator import itemgetter

from zhiyin.profiles.conditions import Sequence, day_milliseconds
from zhiyin.profiles.holding.watching import Bounds, Entry, Memory

# In place of the instants, once nothing can undo what was done.
DONE = True


class SequenceWatch:
    """The instants of each step and of what must not lie between: a list per deed.

    Where neither a moving window nor a `without` can undo it, a sequence once gone through is
    remembered as that alone.
    """

    measure = None

    def __init__(self, leaf: Sequence) -> None:
        steps = leaf.steps
        bars = [(place, step.without) for place, step in enumerate(steps) if step.without]
        self.deeds = (*(step.deed for step in steps), *(deed for _, deed in bars))
        self._many = len(steps)
        # The step before which the deed in a slot must not lie.
        self._bars = {self._many + n: place for n, (place, _) in enumerate(bars)}
        self._near = [
            None if step.within_days is None else day_milliseconds(step.within_days)
            for step in steps
        ]
        self._bounds = Bounds.of(leaf.window)
        self._is_final = not bars and leaf.window.within_days is None

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        if memory is DONE or not self._bounds.admit(entry[0]):
            return memory
        slots = [list(one) for one in memory] if memory else [[] for _ in self.deeds]
        if entry[0] not in slots[slot]:
            insort(slots[slot], entry[0])
        return self._settled(slots)

    def _settled(self, slots: list[list[int]]) -> Memory:
        return DONE if self._is_final and self._latest_start(slots) is not None else slots

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return one or other
        if one is DONE or other is DONE:
            return DONE
        pairs = zip(one, other, strict=True)
        return self._settled([sorted({*mine, *theirs}) for mine, theirs in pairs])

    def trimmed(self, memory: Memory, now: int) -> Memory:
        start = self._bounds.start(now)
        if memory is None or memory is DONE or start is None:
            return memory
        slots = [[ts for ts in one if ts >= start] for one in memory]
        return slots if any(slots) else None

    def holds(self, memory: Memory, now: int) -> bool:
        if memory is None or memory is DONE:
            return memory is DONE
        began = self._latest_start(memory)
        start = self._bounds.start(now)
        return began is not None and (start is None or began >= start)

    def turns_at(self, memory: Memory, now: int) -> int | None:
        if memory is None or memory is DONE or self._bounds.length is None:
            return None
        began = self._latest_start(memory)
        leaves = None if began is None else self._bounds.leaves_at(began)
        return leaves if leaves is not None and leaves > now else None

    def _latest_start(self, slots: list[list[int]]) -> int | None:
        """Return the first step's instant of the run through all steps that began last.

        Going by time, each step keeps the newest instant that reached it and where that run
        began. The newest is enough: whoever reached a step later began no earlier, and lies
        nearer to what follows with less between.
        """
        reached: list[tuple[int, int] | None] = [None] * self._many
        barred: dict[int, int] = {}
        found = None
        marked = ([(ts, slot) for ts in one] for slot, one in enumerate(slots))
        for ts, together in groupby(merge(*marked), key=itemgetter(0)):
            here = [slot for _, slot in together]
            arrivals = [
                (slot, began)
                for slot in here
                if slot < self._many
                and (began := self._began(slot, ts, reached, barred)) is not None
            ]
            for slot, began in arrivals:
                reached[slot] = (ts, began)
                if slot == self._many - 1:
                    found = began if found is None else max(found, began)
            barred.update((self._bars[slot], ts) for slot in here if slot >= self._many)
        return found

    def _began(
        self,
        slot: int,
        ts: int,
        reached: list[tuple[int, int] | None],
        barred: dict[int, int],
    ) -> int | None:
        """Return where the run begins that reaches a step at an instant; None if none does."""
        if slot == 0:
            return ts
        before = reached[slot - 1]
        if before is None:
            return None
        near = self._near[slot]
        is_barred = slot in barred and barred[slot] > before[0]
        if (near is not None and ts - before[0] > near) or is_barred:
            return None
        return before[1]
