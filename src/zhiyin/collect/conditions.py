"""Whether a rule's condition holds for a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

from zhiyin.collect.columns import IS_UTC
from zhiyin.collect.recipe import Condition, Test
from zhiyin.collect.wall_clock import to_utc_instant, to_wall
from zhiyin.core.errors import InvalidInput

NOW = "now"


@dataclass(frozen=True)
class Moment:
    """The instant of the import, and the zones in which wall-clock columns are read."""

    now: datetime  # naive UTC
    zone: ZoneInfo
    zones: Mapping[str, ZoneInfo] = field(default_factory=dict)  # columns with one of their own


def holds(condition: Condition, rows: ir.Table, moment: Moment) -> ir.Value:
    """Return where the condition holds; a comparison with a missing value does not."""
    if isinstance(condition, Test):
        return _tested(condition, rows, moment).fill_null(False)
    parts = [holds(part, rows, moment) for part in condition.parts]
    if condition.mode == "not":
        return ~parts[0]
    if condition.mode == "any":
        return reduce(lambda a, b: a | b, parts)
    return reduce(lambda a, b: a & b, parts)


def _tested(test: Test, rows: ir.Table, moment: Moment) -> ir.Value:
    value = rows[test.column]
    if test.operator == "exists":
        return value.notnull() if test.value else value.isnull()
    if test.operator == "one_of":
        return value.isin([_constant(test, one, value) for one in test.value])
    if test.operator in ("contains", "starts_with"):
        text = value.cast("string")
        verb = text.contains if test.operator == "contains" else text.startswith
        return verb(str(test.value))
    if test.operator == "matches":
        return value.re_search(str(test.value))
    if value.type().is_timestamp():
        return _timed(test, rows, moment)
    return _COMPARE[test.operator](value, _constant(test, test.value, value))


def _timed(test: Test, rows: ir.Table, moment: Moment) -> ir.Value:
    """Compare with UTC where the column is UTC, and with the zone's wall clock elsewhere."""
    zone = moment.zones.get(test.column, moment.zone)
    if test.value == NOW:
        instant, wall = moment.now, to_wall(moment.now, zone)
    else:
        wall = _time(test)
        instant = to_utc_instant(wall, zone)
    compare = _COMPARE[test.operator]
    return ibis.ifelse(
        rows[IS_UTC + test.column],
        compare(rows[test.column], ibis.literal(instant, type="timestamp(6)")),
        compare(rows[test.column], ibis.literal(wall, type="timestamp(6)")),
    )


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "equals": lambda a, b: a == b,
    "not_equals": lambda a, b: a != b,
    "at_least": lambda a, b: a >= b,
    "above": lambda a, b: a > b,
    "after": lambda a, b: a > b,
    "at_most": lambda a, b: a <= b,
    "below": lambda a, b: a < b,
    "before": lambda a, b: a < b,
}


def _constant(test: Test, value: Any, column: ir.Column) -> Any:
    kind = column.type()
    if kind.is_string():
        return str(value)
    try:
        if kind.is_decimal() or kind.is_integer():
            return ibis.literal(Decimal(str(value)), type="decimal(18, 4)")
        if kind.is_date():
            return ibis.literal(_time(test).date())
    except InvalidOperation as error:
        raise _wrong(test, value, "a number") from error
    return value


def _time(test: Test) -> datetime:
    try:
        return datetime.fromisoformat(str(test.value))
    except ValueError as error:
        raise _wrong(test, test.value, "`now` or a time such as 2011-12-31 18:00:00") from error


def _wrong(test: Test, value: object, allowed: str) -> InvalidInput:
    return InvalidInput(f"A rule compares {test.column!r} with {value!r}; it has to be {allowed}.")
