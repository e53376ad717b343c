"""What is remembered of a person for one condition about behavior, and when that may change.

A memory is plain values (whole numbers in lists), holds no more than its condition needs, and
does not depend on the order in which facts arrive: late facts find their place. Facts of two
people who turn out to be one are put together by `merged`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.profiles.conditions import Deed, Window, day_milliseconds

Memory = Any
# (milliseconds since 1970, amount in ten-thousandths)
Entry = tuple[int, int]


# Memory and instant in; out come whether a condition holds then, and the first instant after it at
# which time alone may change that.
Answer = Callable[[Memory, int], tuple[bool, int | None]]


class Watch(Protocol):
    """What conditions about the same behavior remember together of one person.

    Instants are milliseconds since 1970. Facts handed over lie before the instant asked about;
    an absent memory is None.
    """

    @property
    def deeds(self) -> tuple[Deed, ...]:
        """What it wants to be told of; the place of a deed here is its `slot`."""
        ...

    @property
    def measure(self) -> str | None:
        """The amount that it adds up."""
        ...

    @property
    def answers(self) -> tuple[Answer, ...]:
        """How each of the conditions reads the memory."""
        ...

    def told(self, memory: Memory, slot: int, entry: Entry) -> Memory:
        """Return the memory with one more fact."""
        ...

    def merged(self, one: Memory, other: Memory) -> Memory:
        """Return the memory of all facts of both."""
        ...

    def trimmed(self, memory: Memory, now: int) -> Memory:
        """Return the memory without what no instant from `now` on needs."""
        ...


@dataclass(frozen=True)
class Bounds:
    """A window as whole milliseconds."""

    length: int | None
    after: int | None
    before: int | None

    @classmethod
    def of(cls, window: Window) -> Bounds:
        """Return the bounds of a window."""
        days, after, before = window.within_days, window.after, window.before
        return cls(
            None if days is None else day_milliseconds(days),
            None if after is None else epoch_milliseconds(after),
            None if before is None else epoch_milliseconds(before),
        )

    @classmethod
    def widest(cls, several: Collection[Bounds]) -> Bounds:
        """Return the longest of windows that are alike in the bounds that do not move."""
        lengths = [one.length for one in several]
        known = [length for length in lengths if length is not None]
        first = next(iter(several))
        return cls(max(known) if len(known) == len(lengths) else None, first.after, first.before)

    def admit(self, ts_ms: int) -> bool:
        """Return whether a fact lies within the bounds that do not move."""
        return (self.after is None or ts_ms >= self.after) and (
            self.before is None or ts_ms < self.before
        )

    def start(self, now: int) -> int | None:
        """Return the instant before which facts have left the window; None if none ever do."""
        return None if self.length is None else now - self.length

    def leaves_at(self, ts_ms: int) -> int | None:
        """Return the first instant at which a fact is no longer in the window."""
        return None if self.length is None else ts_ms + self.length + 1
