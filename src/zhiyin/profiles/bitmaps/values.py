"""An index of a column with few values: the people of each value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pyroaring import BitMap

from zhiyin.profiles.conditions import Comparison

Value = str | int | float | bool | datetime | None

OPERATORS = {
    "equals": lambda value, asked: value == asked,
    "not_equals": lambda value, asked: value != asked,
    "one_of": lambda value, asked: value in asked,
    "at_least": lambda value, asked: value >= asked,
    "above": lambda value, asked: value > asked,
    "at_most": lambda value, asked: value <= asked,
    "below": lambda value, asked: value < asked,
    "contains": lambda value, asked: asked in value,
    "starts_with": lambda value, asked: value.startswith(asked),
    "before": lambda value, asked: value < asked,
    "after": lambda value, asked: value >= asked,
}


class NotIndexedError(Exception):
    """No bitmap answers this leaf; the warehouse has to."""


@dataclass(frozen=True)
class ValuesIndex:
    """The people of each value, `None` standing for people with a row and no value.

    A column knows each person once, a tag may give a person several values.
    """

    people: Mapping[Value, BitMap]

    @cached_property
    def known(self) -> BitMap:
        """Everybody with a value."""
        return union([found for value, found in self.people.items() if value is not None])

    @cached_property
    def present(self) -> BitMap:
        """Everybody with a row, whether or not it has a value."""
        return union(list(self.people.values()))

    def passing(self, comparisons: tuple[Comparison, ...]) -> BitMap:
        """Return the people with a row whose value passes every comparison."""
        return union([found for value, found in self.people.items() if passes(value, comparisons)])

    @property
    def bitmaps(self) -> tuple[BitMap, ...]:
        """Every bitmap of the index."""
        return tuple(self.people.values())


def union(bitmaps: list[BitMap]) -> BitMap:
    """Return everybody in any of the bitmaps; nobody if there are none."""
    return BitMap.union(*bitmaps) if bitmaps else BitMap()


def passes(value: Value, comparisons: tuple[Comparison, ...]) -> bool:
    """Return whether a value passes every comparison; an unknown one passes only `exists: false`.

    Raises `NotIndexedError` for an operator that is not known here, and for a value that cannot be
    compared with what is asked.
    """
    return all(compares(value, comparison) for comparison in comparisons)


def compares(value: Value, comparison: Comparison) -> bool:
    """Return whether a value passes one comparison."""
    if comparison.operator == "exists":
        return (value is not None) == comparison.value
    compare = OPERATORS.get(comparison.operator)
    if compare is None:
        raise NotIndexedError(comparison.operator)
    if value is None:
        return False
    check_kinds(value, comparison.value)
    return compare(value, comparison.value)


def check_kinds(value: Any, asked: Any) -> None:
    """Raise `NotIndexedError` where Python and a warehouse might compare in different ways."""
    for one in asked if isinstance(asked, tuple) else (asked,):
        if kind_of(one) is not kind_of(value):
            raise NotIndexedError(type(one).__name__)


def kind_of(value: Any) -> type:
    """Return what a value is compared as."""
    if isinstance(value, bool):
        return bool
    return float if isinstance(value, int | float) else type(value)
