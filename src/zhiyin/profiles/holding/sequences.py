"""What is remembered of a person for a sequence of steps."""

from __future__ import annotations

from bisect import insort
from itertools import groupby
from operator import itemgetter
from typing import Any

from zhiyin.profiles.conditions import Sequence, day_milliseconds
from zhiyin.profiles.holding.watching import Answer, Bounds, Entry, Memory

# In place of the instants, once nothing can undo what was done.
DONE = True
# Places in a memory: the instants of each deed; and how far going by time has come: the newest
# instant, for each step when it was reached last and where that run began, for each step when what
# must not lie before it was done last, and where the run through all steps began that began last.
SLOTS, NEWEST, REACHED, BARRED, BEGAN = range(5)


class SequenceWatch:
    """The instants of each step and of what must not lie between, and how far they lead.

    Going by time, each step keeps the newest instant that reached it and where that run began. The
    newest is enough: whoever reached a step later began no earlier, and lies nearer to what follows
    with less between. A fact that comes in the order of time is one more step of this; one that
    comes late makes it begin again. Where neither a moving window nor a `without` can undo it, a
    sequence once gone through is remembered as that alone.
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
        self.answers: tuple[Answer, ...] = (self._answer,)
        self._is_final = not bars and leaf.window.within_days is None

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        ts = entry[0]
        if memory is DONE or not self._bounds.admit(ts):
            return memory
        if memory is None:
            memory = self._nothing([[] for _ in self.deeds])
        slots = list(memory[SLOTS])
        if ts in slots[slot][-1:] or (slots[slot] and ts < slots[slot][-1] and ts in slots[slot]):
            return memory
        slots[slot] = list(slots[slot])
        insort(slots[slot], ts)
        if memory[NEWEST] is None or ts > memory[NEWEST]:
            return self._settled(self._gone_on([slots, *memory[NEWEST:]], ts, [slot]))
        return self._settled(self._gone_through(slots))

    def _settled(self, memory: list[Any]) -> Memory:
        return DONE if self._is_final and memory[BEGAN] is not None else memory

    def merged(self, one: Memory, other: Memory) -> Memory:
        if one is None or other is None:
            return one or other
        if one is DONE or other is DONE:
            return DONE
        pairs = zip(one[SLOTS], other[SLOTS], strict=True)
        slots = [sorted({*mine, *theirs}) for mine, theirs in pairs]
        return self._settled(self._gone_through(slots))

    def trimmed(self, memory: Memory, now: int) -> Memory:
        start = self._bounds.start(now)
        if memory is None or memory is DONE or start is None:
            return memory
        slots = memory[SLOTS]
        if all(not one or one[0] >= start for one in slots):
            return memory
        slots = [[ts for ts in one if ts >= start] for one in slots]
        # What has left the window leads nowhere: a run that began before it has left with it.
        return self._gone_through(slots) if any(slots) else None

    def _answer(self, memory: Memory, now: int) -> tuple[bool, int | None]:
        if memory is None or memory is DONE or memory[BEGAN] is None:
            return memory is DONE, None
        began, start = memory[BEGAN], self._bounds.start(now)
        if start is None:
            return True, None
        return (True, self._bounds.leaves_at(began)) if began >= start else (False, None)

    def _nothing(self, slots: list[list[int]]) -> list[Any]:
        return [slots, None, [None] * self._many, [None] * self._many, None]

    def _gone_through(self, slots: list[list[int]]) -> list[Any]:
        """Return the memory of these instants, gone through from the first."""
        memory = self._nothing(slots)
        marked = sorted((ts, slot) for slot, one in enumerate(slots) for ts in one)
        for ts, together in groupby(marked, key=itemgetter(0)):
            memory = self._gone_on(memory, ts, [slot for _, slot in together])
        return memory

    def _gone_on(self, memory: list[Any], ts: int, here: list[int]) -> list[Any]:
        """Return the memory after the next instant, at which the deeds in some slots were done."""
        slots, _, reached, barred, found = memory
        arrivals = {
            slot: began
            for slot in here
            if slot < self._many and (began := self._began(slot, ts, reached, barred)) is not None
        }
        if arrivals:
            reached = [
                [ts, arrivals[step]] if step in arrivals else one
                for step, one in enumerate(reached)
            ]
            last = arrivals.get(self._many - 1)
            found = last if found is None or (last is not None and last > found) else found
        bars = {self._bars[slot] for slot in here if slot >= self._many}
        if bars:
            barred = [ts if step in bars else one for step, one in enumerate(barred)]
        return [slots, ts, reached, barred, found]

    def _began(self, slot: int, ts: int, reached: list[Any], barred: list[Any]) -> int | None:
        """Return where the run begins that reaches a step at an instant; None if none does."""
        if slot == 0:
            return ts
        before = reached[slot - 1]
        if before is None:
            return None
        near, bar = self._near[slot], barred[slot]
        is_barred = bar is not None and bar > before[0]
        if (near is not None and ts - before[0] > near) or is_barred:
            return None
        return before[1]
