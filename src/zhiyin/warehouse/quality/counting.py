"""Rules about single rows, counted together in one pass over the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt

from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Expectation, Value

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROWS = "rows"


def counted(table: ir.Table, looked: Sequence[Expectation], *, now: datetime) -> ir.Table:
    """Return one row: the table's rows, and for the n-th expectation `looked_n` and `failed_n`.

    `looked_n` counts the rows that the expectation is about: those that meet its `where` and, but
    for completeness, hold a value. One aggregate serves all of them, so that ten rules cost one
    pass over the table.

    Parameters
    ----------
    now : the instant that `not_in_future` goes by, naive UTC.
    """
    figures: dict[str, ir.IntegerValue] = {ROWS: table.count()}
    for n, expectation in enumerate(looked):
        about = looked_at(table, expectation)
        breaks = ~holds(table, expectation, now=now)
        figures[f"looked_{n}"] = number_of(reduce(and_, about)) if about else table.count()
        figures[f"failed_{n}"] = number_of(reduce(and_, [*about, breaks]))
    return table.aggregate(**figures)


def examples(table: ir.Table, failed: Sequence[Expectation], *, now: datetime) -> ir.Table:
    """Return one row: for the n-th expectation `example_n`, the least value that breaks it.

    A missing value has no text and gives null.
    """
    figures = {}
    for n, expectation in enumerate(failed):
        parts = [*looked_at(table, expectation), ~holds(table, expectation, now=now)]
        breaks = reduce(and_, parts)
        shown = as_text(table, expectation.columns)
        figures[f"example_{n}"] = ibis.ifelse(breaks, shown, ibis.null("string")).min()
    return table.aggregate(**figures)


def as_text(table: ir.Table, columns: Sequence[str]) -> ir.StringValue:
    """Return the columns' values as one text, with commas between."""
    texts = [table[name].cast("string").fill_null("") for name in columns]
    if len(texts) == 1:
        return table[columns[0]].cast("string")
    return reduce(lambda left, right: left + ibis.literal(", ") + right, texts)


def number_of(condition: ir.BooleanValue) -> ir.IntegerValue:
    """Return how many rows meet a condition; 0 for no rows."""
    return condition.fill_null(False).cast("int64").sum().fill_null(0)


def looked_at(table: ir.Table, expectation: Expectation) -> list[ir.BooleanValue]:
    """Return the conditions that make the expectation be about a row; none for all rows."""
    parts = meets(table, expectation.where)
    if not isinstance(expectation.rule, rules.Present) and not is_of_a_grain(expectation):
        parts += [table[name].notnull() for name in expectation.columns]
    if isinstance(expectation.rule, rules.NotAfter):
        parts.append(table[expectation.rule.column].notnull())
    return parts


def is_of_a_grain(expectation: Expectation) -> bool:
    """Return whether the rule is about a grain, in which a missing value is a value."""
    return isinstance(expectation.rule, rules.Unique) and expectation.rule.is_grain


def meets(table: ir.Table, where: Mapping[str, tuple[Value, ...]]) -> list[ir.BooleanValue]:
    """Return the conditions that `where` sets, closed against nulls."""
    return [table[name].isin(list(values)).fill_null(False) for name, values in where.items()]


def holds(table: ir.Table, expectation: Expectation, *, now: datetime) -> ir.BooleanValue:
    """Return whether a row that is looked at holds a rule about single rows."""
    column = table[expectation.columns[0]]
    rule = expectation.rule
    if isinstance(rule, rules.NotInFuture):
        return _not_after_instant(column, now).fill_null(True)
    if isinstance(rule, rules.NotAfter):
        return (column <= table[rule.column]).fill_null(True)
    verdict = _VERDICTS[type(rule)](column, rule)
    return verdict.fill_null(False)


def _not_after_instant(column: ir.Column, now: datetime) -> ir.BooleanValue:
    if isinstance(column.type(), dt.Date):
        return column <= ibis.literal(now.date())
    return column <= ibis.literal(now, type="timestamp(6)")


def _in_range(column: ir.Column, rule: rules.InRange) -> ir.BooleanValue:
    parts = []
    if rule.minimum is not None:
        parts.append(column >= rule.minimum)
    if rule.maximum is not None:
        parts.append(column <= rule.maximum)
    return reduce(and_, parts)


def _of_length(column: ir.StringColumn, rule: rules.OfLength) -> ir.BooleanValue:
    length = column.cast("string").length()
    enough = length >= rule.minimum
    return enough if rule.maximum is None else enough & (length <= rule.maximum)


_VERDICTS: Mapping[type, Callable[..., ir.BooleanValue]] = {
    rules.Present: lambda column, _: column.notnull(),
    rules.InRange: _in_range,
    rules.Matches: lambda column, rule: column.cast("string").re_search(rule.pattern),
    rules.OneOf: lambda column, rule: column.isin(list(rule.values)),
    rules.OfLength: _of_length,
    rules.OfType: lambda column, rule: column.try_cast(rule.type).notnull(),
}
