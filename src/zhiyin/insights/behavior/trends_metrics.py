"""Metrics of the dictionary as series of a trend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.insights.behavior.periods import Periods
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.trends import WHOLE, TrendsSpec
from zhiyin.insights.behavior.trends_answer import Run
from zhiyin.insights.evaluation import Period, metric_values
from zhiyin.insights.fact_columns import FACT_COLUMNS
from zhiyin.insights.facts import Facts
from zhiyin.insights.metric_kinds import Metrics
from zhiyin.warehouse.api import local_day

if TYPE_CHECKING:
    import ibis.expr.types as ir


def metric_table(
    facts: Facts, scope: Scope, spec: TrendsSpec, periods: Periods, metrics: Metrics
) -> ir.Table:
    """Return what `trend_table` does, for the series that are metrics; all groups are named."""
    by: list[str] = []
    if spec.breakdown is not None:
        by = ["channel"] if spec.breakdown.kind == "event" else ["grp"]
    if by == ["grp"] and spec.breakdown is not None:
        facts = with_groups(facts, scope.values(spec.breakdown))
    series = [one for one in spec.series if one.metric is not None]
    names = list(dict.fromkeys(one.metric for one in series if one.metric is not None))
    values = metric_values(names, facts, metric_periods(periods), by=by, metrics=metrics)
    group = values[by[0]] if by else ibis.null("string")
    return ibis.union(
        *(
            values.select(
                series=ibis.literal(one.key),
                place=values.period.cast("int64"),
                grp=group,
                is_other=ibis.literal(False),
                value=values[one.metric],
            )
            for one in series
        )
    )


def metric_periods(periods: Periods) -> list[Period]:
    """Return each period's days among those asked for, by its number, and all days as -1."""
    zone, window = periods.timezone, periods.window
    first = local_day(window.start, zone)
    after = local_day(window.end - timedelta(microseconds=1), zone) + timedelta(days=1)
    days = [local_day(start, zone) for start in periods.starts]
    each = [
        Period(str(n), max(days[n], first), min(days[n + 1], after)) for n in range(len(periods))
    ]
    return [*each, Period(str(WHOLE), first, after)]


def with_groups(facts: Facts, groups: ir.Table) -> Facts:
    """Return the facts that know the person with that person's group as `grp`."""
    named = groups.select(grouped="person_id", grp="value")

    def joined(fact: ir.Table) -> ir.Table:
        return fact.left_join(named, fact.person_id == named.grouped).drop("grouped")

    known = [name for name, columns in FACT_COLUMNS.items() if "person_id" in columns]
    return replace(facts, **{name: joined(getattr(facts, name)) for name in known})


def metric_rows(table: ir.Table, spec: TrendsSpec, run: Run) -> list[dict[str, Any]]:
    """Return the rows of `metric_table`; of more groups than are to be named, the largest.

    What the others come to is not known: a metric of several groups together is not the sum of
    theirs. So they stand as one group without values.
    """
    rows = run(table)
    if spec.breakdown is None:
        return rows
    first = next(one.key for one in spec.series if one.metric is not None)
    totals = [row for row in rows if row["place"] == WHOLE and row["series"] == first]
    totals.sort(key=lambda row: (-(row["value"] or 0.0), str(row["grp"])))
    named = {row["grp"] for row in totals[: spec.breakdown.most]}
    found = [row for row in rows if row["grp"] in named]
    if len(totals) > len(named):
        found += [
            {"series": one.key, "place": WHOLE, "grp": None, "is_other": True, "value": None}
            for one in spec.series
            if one.metric is not None
        ]
    return found
