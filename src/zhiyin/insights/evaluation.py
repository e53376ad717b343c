"""The one evaluator of metrics: facts and periods in, figures out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from zhiyin.insights.dictionary import FACTS, Measure, Ratio, dictionary, metric
from zhiyin.insights.facts import Facts

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
    names: Sequence[str], facts: Facts, periods: Iterable[Period], *, by: Sequence[str] = ()
) -> ir.Table:
    """Return the metrics of each period, and within it of each value of the columns in `by`.

    Periods may overlap. A period without facts has a row of zeros, unless `by` is given. A ratio
    whose denominator is zero is null.

    Parameters
    ----------
    names : metrics of the dictionary.
    facts : facts that cover the periods.
    periods : with different names.
    by : columns that all facts have: `channel`, `day`.

    Returns
    -------
    `period`, the columns of `by`, and one float64 column per metric.

    Raises
    ------
    NotFound
        for a name that is not in the dictionary.
    """
    wanted = [metric(name) for name in names]
    base = [found for found in dictionary().values() if found.name in needed(wanted)]
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
    return filled.select(*keys, **{found.name: figure(found, filled) for found in wanted})


def needed(wanted: Sequence[Measure | Ratio]) -> set[str]:
    """Return the measures that metrics are made of."""
    names: set[str] = set()
    for found in wanted:
        names |= (
            {found.name} if isinstance(found, Measure) else {*found.numerator, *found.denominator}
        )
    return names


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
        name: getattr(facts, name).inner_join(days, [("day", "period_day")]) for name in FACTS
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
    where = None if found.where is None else table[found.where]
    if found.how == "count":
        return table.count(where=where)
    column = table[found.column]
    return column.sum(where=where) if found.how == "sum" else column.nunique(where=where)


def figure(found: Measure | Ratio, values: ir.Table) -> ir.Value:
    """Return a metric from the columns of its measures."""
    if isinstance(found, Measure):
        return values[found.name]
    return side(found.numerator, values) / side(found.denominator, values).nullif(0.0)


def side(parts: dict[str, float], values: ir.Table) -> ir.Value:
    """Return one side of a ratio."""
    return reduce(add, (values[name] * float(factor) for name, factor in parts.items()))


def long(values: ir.Table, names: Sequence[str], keys: Sequence[str] = ("period",)) -> ir.Table:
    """Return one row per key and metric: the keys, metric, value."""
    return ibis.union(
        *(values.select(*keys, metric=ibis.literal(name), value=values[name]) for name in names)
    )
