"""Which happenings are a deed."""

from __future__ import annotations

from collections.abc import Callable

from zhiyin.profiles.conditions import Deed, Filter
from zhiyin.profiles.deeds import EVENTS, fact_kind
from zhiyin.profiles.holding.comparing import Test, all_passed
from zhiyin.profiles.holding.happenings import Happening, Value

Recognizer = Callable[[Happening], bool]
NO_LINE: tuple[dict[str, Value], ...] = ({},)


def recognizer(deed: Deed) -> Recognizer:
    """Return the test that a happening with the deed's event name is that deed.

    Filters on lines and products are met by one line; a fact without lines has one of which
    nothing is known.
    """
    kind = fact_kind(deed.event)
    holders = {one: kind.properties[one.name].holder for one in deed.filters}
    own = tests_of([one for one in deed.filters if holders[one] == "fact"])
    of_lines = tests_of([one for one in deed.filters if holders[one] != "fact"])

    def passes_own(happening: Happening) -> bool:
        return all(test(happening.own.get(name)) for name, test in own)

    def passes_line(happening: Happening) -> bool:
        # An event has a product or none; an order always has lines.
        lines = happening.lines or (NO_LINE if kind is EVENTS else ())
        return any(all(test(line.get(name)) for name, test in of_lines) for line in lines)

    if not deed.filters:
        return lambda happening: True
    if not of_lines:
        return passes_own
    if not own:
        return passes_line
    return lambda happening: passes_own(happening) and passes_line(happening)


def tests_of(filters: list[Filter]) -> list[tuple[str, Test]]:
    """Return the properties asked for with their tests."""
    return [(one.name, all_passed(one.comparisons)) for one in filters]
