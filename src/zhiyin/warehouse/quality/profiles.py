"""What is measured of each day of a fact table: rows, missing values, means, shares of values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TableSpec
from zhiyin.warehouse.days import local_date, local_midnight
from zhiyin.warehouse.quality.expectations import instant_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST_CATEGORIES = 50
# What people type, paths and codes: of many kinds, and none of them a category.
_FREE_TEXT = ("search_query", "page_path", "reason", "coupon_code", "name")


@dataclass(frozen=True)
class ProfilePlan:
    """Which measures a table's columns allow.

    `instant` is the column that says to which day a row belongs; a date column where the table has
    no instant. `may_lack` are the columns that may be null, `amounts` those with a mean,
    `candidates` the texts that may turn out to be categories.
    """

    instant: str
    may_lack: tuple[str, ...]
    amounts: tuple[str, ...]
    candidates: tuple[str, ...]


def plan_of(spec: TableSpec) -> ProfilePlan | None:
    """Return what is measured of a table; None if its rows belong to no day."""
    instant = instant_of(spec) or spec.partition_by or _first_date(spec)
    if instant is None:
        return None
    schema = spec.schema()
    texts = [
        name
        for name, column in spec.columns.items()
        if isinstance(schema[name], dt.String)
        and column.pii is Pii.NONE
        and not name.endswith("_id")
        and name not in _FREE_TEXT
    ]
    return ProfilePlan(
        instant=instant,
        may_lack=tuple(name for name, column in spec.columns.items() if not column.is_required),
        amounts=tuple(n for n, t in schema.items() if isinstance(t, dt.Decimal | dt.Floating)),
        candidates=tuple(texts),
    )


def _first_date(spec: TableSpec) -> str | None:
    dates = [name for name, column in spec.columns.items() if column.type.lstrip("!") == "date"]
    return dates[0] if dates else None


@dataclass(frozen=True)
class Days:
    """Calendar days of the workspace's zone, both ends included."""

    first: date
    last: date
    timezone: str

    def of(self, table: ir.Table, column: str) -> ir.DateValue:
        """Return the day of each row."""
        value = table[column]
        if isinstance(value.type(), dt.Date):
            return value.cast("date")  # pyright: ignore[reportReturnType]
        return local_date(value, self.timezone, since=self.start, until=self.end)

    @property
    def start(self) -> datetime:
        """The first instant, naive UTC."""
        return local_midnight(self.first, self.timezone)

    @property
    def end(self) -> datetime:
        """The first instant after the last day, naive UTC."""
        return local_midnight(date.fromordinal(self.last.toordinal() + 1), self.timezone)

    def within(self, table: ir.Table, column: str) -> ir.Table:
        """Return the rows of these days."""
        value = table[column]
        if isinstance(value.type(), dt.Date):
            return table.filter(value >= self.first, value <= self.last)
        first, after = (ibis.literal(at, type="timestamp(6)") for at in (self.start, self.end))
        return table.filter(value >= first, value < after)


def day_counts(table: ir.Table, plan: ProfilePlan, days: Days) -> ir.Table:
    """Return day and rows for each day that has any."""
    seen = days.within(table, plan.instant)
    dated = seen.select(day=days.of(seen, plan.instant))
    return dated.group_by("day").aggregate(rows=ibis._.count())


def kinds(table: ir.Table, plan: ProfilePlan) -> ir.Table:
    """Return one row: about how many different values each candidate has."""
    return table.aggregate(**{name: table[name].approx_nunique() for name in plan.candidates})


def measures(table: ir.Table, plan: ProfilePlan, days: Days) -> ir.Table:
    """Return one row per day: `rows`, `null_rate:COLUMN` and `mean:COLUMN`."""
    seen = days.within(table, plan.instant)
    dated = seen.mutate(_day=days.of(seen, plan.instant))
    figures: dict[str, ir.Value] = {"rows": dated.count()}
    for name in plan.may_lack:
        figures[f"null_rate:{name}"] = dated[name].isnull().cast("float64").mean()
    for name in plan.amounts:
        figures[f"mean:{name}"] = dated[name].cast("float64").mean()
    return dated.group_by(day="_day").aggregate(**figures)


def value_counts(table: ir.Table, plan: ProfilePlan, days: Days, *, column: str) -> ir.Table:
    """Return day, value and rows; a missing value is no value."""
    seen = days.within(table, plan.instant)
    dated = seen.select(day=days.of(seen, plan.instant), value=seen[column])
    known = dated.filter(dated.value.notnull())
    return known.group_by("day", "value").aggregate(rows=ibis._.count())
