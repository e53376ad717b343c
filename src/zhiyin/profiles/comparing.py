"""Comparisons of a column with values, never null."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import ibis

from zhiyin.profiles.conditions import Comparison

if TYPE_CHECKING:
    import ibis.expr.types as ir


def passes(column: ir.Value, comparisons: tuple[Comparison, ...]) -> ir.Value:
    """Return whether a value passes every comparison; false where it is unknown."""
    if column.type().is_decimal():
        column = column.cast("float64")
    return reduce(and_, (compare(column, comparison) for comparison in comparisons))


def compare(column: ir.Value, comparison: Comparison) -> ir.Value:
    """Return one comparison as a boolean that is never null."""
    value = comparison.value
    if comparison.operator == "exists":
        return column.notnull() if value else column.isnull()
    if comparison.operator == "one_of":
        return column.isin(list(value)).fill_null(False)
    if comparison.operator in ("before", "after"):
        column = column.cast("timestamp(6)")
        value = ibis.literal(value, type="timestamp(6)")
    return COMPARE[comparison.operator](column, value).fill_null(False)


COMPARE = {
    "equals": lambda column, value: column == value,
    "not_equals": lambda column, value: column != value,
    "at_least": lambda column, value: column >= value,
    "above": lambda column, value: column > value,
    "at_most": lambda column, value: column <= value,
    "below": lambda column, value: column < value,
    "contains": lambda column, value: column.contains(value),
    "starts_with": lambda column, value: column.startswith(value),
    "before": lambda column, value: column < value,
    "after": lambda column, value: column >= value,
}
