"""Comparisons of one value, as `profiles.comparing` makes them of a column."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from zhiyin.profiles.conditions import Comparison

Test = Callable[[Any], bool]


def all_passed(comparisons: tuple[Comparison, ...]) -> Test:
    """Return the test that a value passes every comparison; false where it is unknown."""
    tests = [passed(one) for one in comparisons]
    if len(tests) == 1:
        return tests[0]
    return lambda value: all(test(value) for test in tests)


def passed(comparison: Comparison) -> Test:
    """Return the test of one comparison."""
    wanted: Any = comparison.value
    operator = comparison.operator
    if operator == "exists":
        return lambda value: (value is not None) is wanted
    if operator == "one_of":
        known = frozenset(wanted)
        return lambda value: value in known  # the unknown is never listed
    if operator == "contains":
        return lambda value: value is not None and wanted in value
    if operator == "starts_with":
        return lambda value: value is not None and value.startswith(wanted)
    ask = ASKED[operator]
    return lambda value: value is not None and ask(value, wanted)


ASKED: dict[str, Callable[[Any, Any], bool]] = {
    "equals": eq,
    "not_equals": ne,
    "at_least": ge,
    "above": gt,
    "at_most": le,
    "below": lt,
    "before": lt,
    "after": ge,
}
