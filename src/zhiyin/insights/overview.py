"""The first page: how the shop is doing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.insights.dictionary import dictionary
from zhiyin.insights.evaluation import Period, metric_values
from zhiyin.insights.facts import Facts, facts
from zhiyin.insights.inputs import INPUTS
from zhiyin.profiles.api import local_day, local_midnight
from zhiyin.profiles.tables import CUSTOMERS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

KPIS = (
    "revenue", "orders", "buyers", "new_buyers", "active_customers", "visitors", "conversion_rate",
    "repurchase_rate", "average_order_value", "refund_rate", "cac", "roi", "cost",
)  # fmt: skip
TREND = (
    "revenue", "orders", "buyers", "new_buyers", "visitors", "conversion_rate",
    "average_order_value", "cost",
)  # fmt: skip
CHANNEL = (
    "visitors", "sessions", "orders", "buyers", "new_buyers", "revenue", "cost", "conversion_rate",
    "cac", "roi",
)  # fmt: skip
METRICS = tuple(dict.fromkeys((*KPIS, *TREND, *CHANNEL)))
LONGEST = 366


def overview(
    warehouse: Warehouse, as_of: datetime, days: int = 30, timezone: str = "UTC"
) -> dict[str, Any]:
    """Return the figures of the last `days` days and of as many before them.

    Parameters
    ----------
    warehouse : where the tables are.
    as_of : naive UTC; the last day is the one that ends there, or is still running then.
    days : 1 to 366.
    timezone : IANA name of the zone whose days count.

    Returns
    -------
    `as_of`, `period` and `previous_period` ({first, last}); `kpis` [{metric, value, previous, unit,
    good}]; `trend` [{day, …}] without gaps; `channels` [{channel, …}], highest revenue first;
    `customers` ({total, registered, buyers, reachable}); `tiers` and `stages`
    [{name, customers, share, monetary}]. A ratio over zero is None.

    Raises
    ------
    InvalidInput
        when `days` is out of range.
    """
    if not 1 <= days <= LONGEST:
        raise InvalidInput(f"days must be 1 to {LONGEST}, not {days}.")
    current, previous = periods(as_of, days, timezone)
    window = Window(local_midnight(previous.first, timezone), as_of)
    known = facts({name: warehouse.read(spec) for name, spec in INPUTS.items()}, window, timezone)
    found = figures(warehouse, known, [current, previous])
    now, before = found[current.name], found[previous.name]
    groups = customer_groups(warehouse)
    return {
        "as_of": as_of.isoformat() + "Z",
        "period": span(current),
        "previous_period": span(previous),
        "kpis": [kpi(name, now[name], before[name]) for name in KPIS],
        "trend": [trend(day, found[day.isoformat()]) for day in current.days()],
        "channels": channels(warehouse, known, current),
        "customers": totals(groups),
        "tiers": shares(groups, "value_tier"),
        "stages": shares(groups, "stage"),
    }


def periods(as_of: datetime, days: int, timezone: str) -> tuple[Period, Period]:
    """Return the last `days` days up to `as_of`, and as many before them."""
    after = local_day(as_of - timedelta(microseconds=1), timezone) + timedelta(days=1)
    first = after - timedelta(days=days)
    return Period("current", first, after), Period("previous", first - timedelta(days=days), first)


def span(period: Period) -> dict[str, str]:
    """Return the first and the last day of a period."""
    last = period.after - timedelta(days=1)
    return {"first": period.first.isoformat(), "last": last.isoformat()}


def kpi(name: str, value: float | None, previous: float | None) -> dict[str, Any]:
    """Return a figure beside the one of the period before."""
    found = dictionary()[name]
    figures = {"metric": name, "value": value, "previous": previous}
    return {**figures, "unit": found.unit, "good": found.good}


def figures(
    warehouse: Warehouse, known: Facts, spans: list[Period]
) -> dict[str, dict[str, float | None]]:
    """Return the key figures of the periods and of each day of the first, by the period's name."""
    days = [Period(day.isoformat(), day, day + timedelta(days=1)) for day in spans[0].days()]
    # One query for all, because an expression of this size takes longer to compile than to run.
    found = rows(warehouse, metric_values(KPIS, known, [*spans, *days]))
    return {row.pop("period"): row for row in found}


def trend(day: date, found: dict[str, float | None]) -> dict[str, Any]:
    """Return one day's point of the trend."""
    return {"day": day.isoformat(), **{name: found[name] for name in TREND}}


def channels(warehouse: Warehouse, known: Facts, current: Period) -> list[dict[str, Any]]:
    """Return the figures of each channel."""
    found = rows(warehouse, metric_values(CHANNEL, known, [current], by=["channel"]))
    found.sort(key=lambda row: (-row["revenue"], -row["visitors"], row["channel"]))
    return [{key: value for key, value in row.items() if key != "period"} for row in found]


def customer_groups(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return people per tier, stage and kind, as of the newest run."""
    people = warehouse.read(CUSTOMERS)
    keys = ["value_tier", "stage", "is_registered", "is_buyer", "can_email"]
    counted = people.group_by(keys).agg(
        customers=people.count(), monetary=people.monetary.cast("float64").sum()
    )
    return rows(warehouse, counted)


def totals(groups: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many people there are, and of which kinds."""

    def number(flag: str | None) -> int:
        return sum(row["customers"] for row in groups if flag is None or row[flag])

    return {
        "total": number(None),
        "registered": number("is_registered"),
        "buyers": number("is_buyer"),
        "reachable": number("can_email"),
    }


def shares(groups: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """Return people and money per value of a column; people without one are left out."""
    known = [row for row in groups if row[column] is not None]
    everyone = sum(row["customers"] for row in known)
    found = []
    for name in dict.fromkeys(sorted(row[column] for row in known)):
        mine = [row for row in known if row[column] == name]
        customers = sum(row["customers"] for row in mine)
        monetary = sum(row["monetary"] for row in mine)
        found.append(
            {
                "name": name,
                "customers": customers,
                "share": customers / everyone,
                "monetary": monetary,
            }
        )
    return found


def rows(warehouse: Warehouse, expr: ir.Table) -> list[dict[str, Any]]:
    """Return the rows of an expression."""
    return warehouse.to_arrow(expr).to_pylist()
