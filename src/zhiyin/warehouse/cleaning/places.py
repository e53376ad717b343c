"""Columns, members of JSON columns, and comparisons with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import ibis.expr.types as ir

from zhiyin.ports.functions import json_text
from zhiyin.warehouse.cleaning.rules import Test

OPERATORS = ("equals", "one_of", "above", "at_least", "below", "at_most", "matches", "empty")


def place(table: ir.Table, name: str) -> ir.Value:
    """Return a column, or for `attributes.price` the member of the JSON column as text."""
    column, _, member = name.partition(".")
    return json_text(table[column], f"$.{member}") if member else table[column]


def holds(table: ir.Table, tests: Sequence[Test]) -> ir.BooleanValue | None:
    """Return where all tests hold, closed over nulls; None where there is no test."""
    if not tests:
        return None
    return reduce(lambda left, right: left & right, [_holds(table, test) for test in tests])


def _holds(table: ir.Table, test: Test) -> Any:
    value: Any = place(table, test.place)
    if test.operator == "empty":
        is_empty = value.isnull() | (value.cast("string") == "").fill_null(False)
        return is_empty if test.value else ~is_empty
    if test.operator == "matches":
        return value.cast("string").re_search(test.value).fill_null(False)
    if test.operator == "one_of":
        return value.isin(list(test.value)).fill_null(False)
    other = test.value
    compared = {
        "equals": lambda: value == other,
        "above": lambda: value > other,
        "at_least": lambda: value >= other,
        "below": lambda: value < other,
        "at_most": lambda: value <= other,
    }
    return compared[test.operator]().fill_null(False)


def as_text(value: ir.Value) -> ir.Value:
    """Return a value as text for people and ledgers."""
    return value if value.type().is_string() else value.cast("string")


def is_different(one: ir.Value, other: ir.Value) -> ir.BooleanValue:
    """Return where two values differ, null being a value of its own."""
    return ~one.identical_to(other)  # pyright: ignore[reportReturnType]
