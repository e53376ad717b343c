"""Rules that need more than the row: copies of it, another table, a total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.counting import as_text, looked_at, meets, number_of
from zhiyin.warehouse.quality.expectations import Expectation

if TYPE_CHECKING:
    import ibis.expr.types as ir

_KEY = "_expected_"


def copies(table: ir.Table, expectation: Expectation) -> ir.Table:
    """Return one row with `looked`, and `failed`: rows that have a double before them."""
    seen = only(table, looked_at(table, expectation)).select(*expectation.columns)
    distinct = seen.distinct().aggregate(kinds=ibis._.count())
    counted = seen.aggregate(looked=seen.count()).cross_join(distinct)
    return counted.select("looked", failed=counted.looked - counted.kinds)


def copied(table: ir.Table, expectation: Expectation) -> ir.Table:
    """Return one row with `example`: the least value that occurs more than once."""
    seen = only(table, looked_at(table, expectation)).select(*expectation.columns)
    groups = seen.group_by(*expectation.columns).aggregate(**{_KEY: ibis._.count()})
    twice = groups.filter(groups[_KEY] > 1)
    return twice.aggregate(example=as_text(twice, expectation.columns).min())


def related(table: ir.Table, expectation: Expectation, other: ir.Table) -> ir.Table:
    """Return the rows that are looked at: the columns, and `held`, whether they hold the rule."""
    seen = only(table, looked_at(table, expectation))
    rule = expectation.rule
    if isinstance(rule, rules.RefersTo):
        return _referring(seen, expectation.columns, other.select(*rule.columns).distinct())
    if isinstance(rule, rules.EqualsSum):
        value = other[rule.column].sum() if rule.column else other.count()
        theirs = [name for _, name in rule.keys]
        summed = other.group_by(*theirs).aggregate(**{f"{_KEY}value": value})
        return _agreeing(seen, expectation.columns[0], rule, summed, is_inner=False)
    assert isinstance(rule, rules.AgreesWith)
    theirs = [name for _, name in rule.keys]
    known = other.select(*theirs, **{f"{_KEY}value": other[rule.column]})
    return _agreeing(seen, expectation.columns[0], rule, known, is_inner=True)


def related_counts(rows: ir.Table) -> ir.Table:
    """Return one row with `looked` and `failed` of what `related` gave."""
    return rows.aggregate(looked=rows.count(), failed=number_of(~rows.held))


def related_example(rows: ir.Table, columns: Sequence[str]) -> ir.Table:
    """Return one row with `example`: the least value that breaks the rule."""
    broken = rows.filter(~rows.held)
    return broken.aggregate(example=as_text(broken, columns).min())


def _referring(seen: ir.Table, columns: Sequence[str], keys: ir.Table) -> ir.Table:
    renamed = keys.rename({f"{_KEY}{n}": name for n, name in enumerate(keys.columns)})
    pairs = [(name, f"{_KEY}{n}") for n, name in enumerate(columns)]
    joined = seen.select(*columns).left_join(renamed, pairs)
    return joined.select(*columns, held=joined[f"{_KEY}0"].notnull())


def _agreeing(
    seen: ir.Table,
    column: str,
    rule: rules.EqualsSum | rules.AgreesWith,
    known: ir.Table,
    *,
    is_inner: bool,
) -> ir.Table:
    renamed = known.rename({f"{_KEY}{n}": theirs for n, (_, theirs) in enumerate(rule.keys)})
    pairs = [(mine, f"{_KEY}{n}") for n, (mine, _) in enumerate(rule.keys)]
    joined = seen.join(renamed, pairs, how="inner" if is_inner else "left")
    value = joined[f"{_KEY}value"]
    if value.type().is_numeric():
        gap = joined[column] - value.fill_null(0)
        held = (gap <= rule.tolerance) & (gap >= -rule.tolerance)
    else:
        held = joined[column] == value
    return joined.select(column, held=held.fill_null(False))


def totals(table: ir.Table, expectation: Expectation, other: ir.Table) -> ir.Table:
    """Return one row with `mine` and `theirs`, the two totals or row counts as float64."""
    seen = only(table, meets(table, expectation.where))
    rule = expectation.rule
    assert isinstance(rule, rules.TotalOf | rules.RowsOf)
    their_rows = only(other, meets(other, rule.where))
    if isinstance(rule, rules.TotalOf):
        mine = seen[expectation.columns[0]].sum()
        theirs = their_rows[rule.column].sum()
    else:
        mine, theirs = seen.count(), their_rows.count()
    left = seen.aggregate(mine=mine.cast("float64").fill_null(0.0))
    right = their_rows.aggregate(theirs=theirs.cast("float64").fill_null(0.0))
    return left.cross_join(right)


def newest(table: ir.Table, expectation: Expectation) -> ir.Table:
    """Return one row with `newest`: the greatest instant or day; null without rows."""
    seen = only(table, meets(table, expectation.where))
    return seen.aggregate(newest=seen[expectation.columns[0]].max().cast("timestamp(6)"))


def only(table: ir.Table, conditions: Sequence[ir.BooleanValue]) -> ir.Table:
    """Return the rows that meet all conditions."""
    return table.filter(*conditions) if conditions else table
