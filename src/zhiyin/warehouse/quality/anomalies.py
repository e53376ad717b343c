"""Days that stand out: profiles kept up to date, and judged by the days before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np

from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.warehouse.days import local_day
from zhiyin.warehouse.quality import profiles
from zhiyin.warehouse.quality.profiles import Days, ProfilePlan
from zhiyin.warehouse.quality.scoring import as_arrow
from zhiyin.warehouse.quality.tables import ANOMALIES, PROFILES
from zhiyin.warehouse.quality.usual import SCALES, distances, judged
from zhiyin.warehouse.tables import COSTS, EVENTS, ORDER_LINES, ORDERS, REFUNDS, SESSIONS, TOUCHES

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

PROFILED = (ORDER_LINES, ORDERS, REFUNDS, EVENTS, SESSIONS, TOUCHES, COSTS)
POOLED_DAYS = 28  # days before that a distribution is compared with
FRESH_DAYS = 3  # looked at again even if no row came: corrections leave the count as it is

Row = dict[str, Any]
Key = tuple[str, date, str, str]


@dataclass(frozen=True)
class Anomaly:
    """A measure of one day that lies outside of what the days before let expect."""

    table: str
    day: date
    column: str
    metric: str
    value: float
    expected: float
    low: float
    high: float
    score: float
    found_at: datetime

    @property
    def measure(self) -> tuple[str, str, str]:
        """What stands out, whatever the day: table, column, metric."""
        return self.table, self.column, self.metric


def update_profiles(
    warehouse: Warehouse, tables: Iterable[TableSpec], *, as_of: datetime, timezone: str
) -> int:
    """Measure the days that are new or have changed; return how many days were measured.

    Only days that had ended at `as_of` are measured. A day without rows between others has 0 rows.
    """
    measured = 0
    for spec in tables:
        plan = profiles.plan_of(spec)
        if plan is not None and warehouse.exists(spec):
            measured += _update(warehouse, spec, plan, as_of=as_of, timezone=timezone)
    return measured


def find_anomalies(warehouse: Warehouse, *, now: datetime) -> list[Anomaly]:
    """Judge all profiles anew, publish the days that stand out, and return them, oldest first.

    A day that was found before keeps the instant of its finding; one whose data were corrected, and
    that is as usual now, leaves the table.
    """
    known = {
        (row["table_name"], row["profile_date"], row["column"], row["metric"]): row["found_at"]
        for row in warehouse.to_arrow(warehouse.read(ANOMALIES)).to_pylist()
    }
    found = _judge_all(warehouse.to_arrow(warehouse.read(PROFILES)).to_pylist(), known, now)
    rows = [_row(anomaly) for anomaly in found]
    if rows or known:
        warehouse.write(ANOMALIES, as_arrow(ANOMALIES, rows))
    return found


def _update(
    warehouse: Warehouse, spec: TableSpec, plan: ProfilePlan, *, as_of: datetime, timezone: str
) -> int:
    table = warehouse.read(spec)
    ends = warehouse.to_arrow(
        table.aggregate(
            first=table[plan.instant].min().cast("timestamp(6)"),
            last=table[plan.instant].max().cast("timestamp(6)"),
        )
    ).to_pylist()[0]
    if ends["first"] is None:
        return 0
    # A day counts once it has ended; what lies in the future is left to the rules.
    last = local_day(as_of, timezone) - timedelta(days=1)
    days = Days(local_day(max(ends["first"], EARLIEST), timezone), last, timezone)
    if days.last < days.first:
        return 0
    counted = warehouse.to_arrow(profiles.day_counts(table, plan, days)).to_pylist()
    due = _due(warehouse, spec, {row["day"]: row["rows"] for row in counted}, days)
    if due is not None:
        rows = _measured(warehouse, spec, plan, due=due, days=days)
        warehouse.write(PROFILES, as_arrow(PROFILES, rows), How.MERGE)
    return 0 if due is None else (due.last - due.first).days + 1


# What lies before is a mistake in a date, and would stretch the calendar over centuries.
EARLIEST = datetime.fromisoformat("1990-01-01")


def _due(
    warehouse: Warehouse, spec: TableSpec, counts: Mapping[date, int], days: Days
) -> Days | None:
    """Return the days to measure: from the first that changed to the last, and the freshest."""
    stored = warehouse.read(PROFILES)
    mine = stored.filter(stored.table_name == spec.name, stored.metric == "rows")
    before = {
        row["profile_date"]: row["value"]
        for row in warehouse.to_arrow(mine.select("profile_date", "value")).to_pylist()
    }
    changed = [day for day in _calendar(days) if before.get(day) != counts.get(day, 0)]
    if not changed and before:
        return None
    fresh = max(days.first, days.last - timedelta(days=FRESH_DAYS - 1))
    return Days(min([*changed, fresh]), days.last if changed else fresh, days.timezone)


def _measured(
    warehouse: Warehouse, spec: TableSpec, plan: ProfilePlan, *, due: Days, days: Days
) -> list[Row]:
    table = warehouse.read(spec)
    wide = {
        row["day"]: row
        for row in warehouse.to_arrow(profiles.measures(table, plan, due)).to_pylist()
    }
    rows = []
    for day in _calendar(due):
        figures = wide.get(day, {"rows": 0})
        rows += [
            _profile(spec, day, *_named(name), value)
            for name, value in figures.items()
            if name != "day" and value is not None
        ]
    for column in _categories(warehouse, spec, plan):
        rows += _distributed(warehouse, spec, plan, due=due, days=days, column=column)
    return rows


def _categories(warehouse: Warehouse, spec: TableSpec, plan: ProfilePlan) -> list[str]:
    if not plan.candidates:
        return []
    found = warehouse.to_arrow(profiles.kinds(warehouse.read(spec), plan)).to_pylist()[0]
    return [name for name, count in found.items() if 1 <= count <= profiles.MOST_CATEGORIES]


def _distributed(
    warehouse: Warehouse,
    spec: TableSpec,
    plan: ProfilePlan,
    *,
    due: Days,
    days: Days,
    column: str,
) -> list[Row]:
    """Return the distance of each due day's shares from those of the days before it together."""
    first = max(days.first, due.first - timedelta(days=POOLED_DAYS))
    seen = Days(first, due.last, due.timezone)
    counted = profiles.value_counts(warehouse.read(spec), plan, seen, column=column)
    found = warehouse.to_arrow(counted).to_pylist()
    calendar = _calendar(seen)
    values = sorted({row["value"] for row in found})
    if not values:
        return []
    place_of_day = {day: n for n, day in enumerate(calendar)}
    place_of_value = {value: n for n, value in enumerate(values)}
    counts = np.zeros((len(calendar), len(values)))
    for row in found:
        counts[place_of_day[row["day"]], place_of_value[row["value"]]] = row["rows"]
    far = distances(counts, POOLED_DAYS)
    rows = []
    for n, day in enumerate(calendar):
        if day >= due.first and counts[n].any():
            rows.append(_profile(spec, day, column, "distinct", float(np.sum(counts[n] > 0))))
            if np.isfinite(far[n]):
                rows.append(_profile(spec, day, column, "distance", float(far[n])))
    return rows


def _named(figure: str) -> tuple[str, str]:
    """Return column and metric of a figure such as `mean:amount`."""
    metric, _, column = figure.partition(":")
    return column, metric


def _profile(spec: TableSpec, day: date, column: str, metric: str, value: float) -> Row:
    return {
        "table_name": spec.name,
        "profile_date": day,
        "column": column,
        "metric": metric,
        "value": float(value),
    }


def _calendar(days: Days) -> list[date]:
    return [days.first + timedelta(days=n) for n in range((days.last - days.first).days + 1)]


def _judge_all(rows: Sequence[Row], known: Mapping[Key, datetime], now: datetime) -> list[Anomaly]:
    series: dict[tuple[str, str, str], dict[date, float]] = {}
    for row in rows:
        if row["metric"] in SCALES:
            key = (row["table_name"], row["column"], row["metric"])
            series.setdefault(key, {})[row["profile_date"]] = row["value"]
    found = []
    for (table, column, metric), values in sorted(series.items()):
        counts = series[table, "", "rows"]
        calendar = _calendar(Days(min(counts), max(counts), ""))
        of_rows = np.array([counts.get(day, 0.0) for day in calendar])
        measured = np.array([values.get(day, np.nan) for day in calendar])
        verdict = judged(metric, measured, of_rows)
        for n in np.flatnonzero(verdict.is_odd):
            key = (table, calendar[n], column, metric)
            figures = (measured, verdict.expected, verdict.low, verdict.high, verdict.score)
            found.append(
                Anomaly(
                    table,
                    calendar[n],
                    column,
                    metric,
                    *(float(figure[n]) for figure in figures),
                    found_at=known.get(key, now),
                )
            )
    return sorted(found, key=lambda one: (one.day, one.table, one.column, one.metric))


def _row(anomaly: Anomaly) -> Row:
    row = dict(vars(anomaly))
    return {"table_name": row.pop("table"), "profile_date": row.pop("day"), **row}


def read_anomalies(warehouse: Warehouse, *, since: date | None = None) -> list[Anomaly]:
    """Return the anomalies as last found, newest first, from a day on if one is given."""
    table = warehouse.read(ANOMALIES)
    if since is not None:
        table = table.filter(table.profile_date >= since)
    ordered = table.order_by(ibis.desc("profile_date"), "table_name", "column", "metric")
    return [
        Anomaly(table=row.pop("table_name"), day=row.pop("profile_date"), **row)
        for row in warehouse.to_arrow(ordered).to_pylist()
    ]
