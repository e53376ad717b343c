"""The one evaluator of metrics: facts and periods in, figures out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import add, and_
from typing import TYPE_CHECKING, TypeGuard

import ibis
import pyarrow as pa

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.dictionary import dictionary, grain, measures_of, metric
from zhiyin.insights.fact_columns import FACTS
from zhiyin.insights.facts import Facts
from zhiyin.insights.metric_kinds import Measure, Metrics, Ratio
from zhiyin.profiles.api import passes

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Period:
    """A named run of calendar days, `first` to the day before `after`."""

    name: str
    first: date
    after: date

    def days(self) -> list[date]:
        """Return the days."""
        return [self.first + timedelta(days=n) for n in range((self.after - self.first).days)]


def metric_values(
    names: Sequence[str],
    facts: Facts,
    periods: Iterable[Period],
    *,
    by: Sequence[str] = (),
    metrics: Metrics | None = None,
) -> ir.Table:
    """Return the metrics of each period, and within it of each value of the columns in `by`.

    Periods may overlap. A period without facts has a row of zeros, unless `by` is given. A ratio
    whose denominator is zero is null.

    Parameters
    ----------
    names : metrics of the dictionary.
    facts : facts that cover the periods.
    periods : with different names.
    by : columns that all facts have: `channel`, `day`; or columns that the caller added to those
        facts that know the person, which only metrics of people can be divided by.
    metrics : the definitions; those that ship with the product if None.

    Returns
    -------
    `period`, the columns of `by`, and one float64 column per metric.

    Raises
    ------
    NotFound
        for a name that is not in the dictionary.
    InvalidInput
        for a metric that cannot be divided by a column of `by`.
    """
    known = dictionary() if metrics is None else metrics
    wanted = measures_of(names, known)
    check_grain(names, by, known)
    base = [found for found in known.values() if found.name in wanted and is_measure(found)]
    periods = list(periods)
    days = day_table(periods)
    keys = ["period", *by]
    values = measured(base, facts, days, keys)
    if not by:
        every = days.select("period").distinct()
        values = every.left_join(values, "period").drop("period_right")
    filled = values.mutate(
        **{found.name: values[found.name].cast("float64").fill_null(0.0) for found in base}
    )
    return filled.select(*keys, **{name: figure(name, filled, known) for name in names})


def is_measure(found: Measure | Ratio) -> TypeGuard[Measure]:
    """Return whether a metric is counted itself."""
    return isinstance(found, Measure)


def check_grain(names: Sequence[str], by: Sequence[str], metrics: Metrics) -> None:
    """Raise where a metric is asked for by people and has none."""
    for column in by:
        for name in names if column not in ("day", "channel") else ():
            if "person" not in grain(name, metrics):
                raise InvalidInput(
                    f"{name} cannot be divided by {column}, because nobody knows whom a cost was "
                    "for; it can be divided by day and channel."
                )


def day_table(periods: Sequence[Period]) -> ir.Table:
    """Return one row per period and day of it."""
    rows = [(period.name, day) for period in periods for day in period.days()]
    columns = {
        "period": pa.array([name for name, _ in rows], pa.string()),
        "period_day": pa.array([day for _, day in rows], pa.date32()),
    }
    return ibis.memtable(pa.table(columns))


def measured(
    base: Sequence[Measure], facts: Facts, days: ir.Table, keys: Sequence[str]
) -> ir.Table:
    """Return measures per key for the days of the periods."""
    within = {
        name: getattr(facts, name).inner_join(days, [("day", "period_day")])
        for name in {found.fact for found in base}
    }
    return aggregated(base, within, keys)


def aggregated(
    base: Sequence[Measure], tables: dict[str, ir.Table], keys: Sequence[str]
) -> ir.Table:
    """Return measures per key; a key that one fact has and another lacks counts 0 there."""
    parts = []
    for fact in FACTS:
        own = [found for found in base if found.fact == fact]
        if not own:
            continue
        part = (
            tables[fact]
            .group_by(list(keys))
            .agg(**{found.name: aggregate(found, tables[fact]) for found in own})
        )
        parts.append(padded(part, base, keys))
    together = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return together.group_by(list(keys)).agg(
        **{found.name: together[found.name].sum() for found in base}
    )


def padded(part: ir.Table, base: Sequence[Measure], keys: Sequence[str]) -> ir.Table:
    """Return one fact's measures, as numbers of one type, with 0 for those of other facts."""
    return part.select(
        *keys,
        **{
            found.name: (part[found.name] if found.name in part.columns else ibis.literal(0)).cast(
                "decimal(38, 4)"
            )
            for found in base
        },
    )


def aggregate(found: Measure, table: ir.Table) -> ir.Scalar:
    """Return a measure as an aggregate of its fact table."""
    where = None
    if found.where:
        where = reduce(and_, (passes(table[one.column], one.comparisons) for one in found.where))
    if found.column is None:
        return table.count(where=where)
    column = table[found.column]
    return column.sum(where=where) if found.how == "sum" else column.nunique(where=where)


def figure(
    name: str, values: ir.Table | Mapping[str, ir.Value], metrics: Metrics | None = None
) -> ir.Value:
    """Return a metric from the columns of its measures, which are called as these are.

    Any part that is null, and a denominator of zero, make it null. Whoever has measures of a kind
    of their own (credited revenue, say) gets the dictionary's ratio of them.
    """
    known = dictionary() if metrics is None else metrics
    found = metric(name, known)
    if isinstance(found, Measure):
        return values[name]
    above, below = (
        reduce(add, (figure(part, values, known) * float(factor) for part, factor in one.items()))
        for one in (found.numerator, found.denominator)
    )
    return above / below.nullif(0.0)


def long(values: ir.Table, names: Sequence[str], keys: Sequence[str] = ("period",)) -> ir.Table:
    """Return one row per key and metric: the keys, metric, value."""
    return ibis.union(
        *(values.select(*keys, metric=ibis.literal(name), value=values[name]) for name in names)
    )
