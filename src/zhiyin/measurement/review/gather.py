"""The review's numbers, read from the warehouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import ibis

from zhiyin.collect.tables import IMPORTS, QUARANTINE
from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.api import INPUTS, metric
from zhiyin.measurement.attribution import attribution, spending
from zhiyin.measurement.builds import Plan
from zhiyin.measurement.results import CampaignResult
from zhiyin.measurement.review.findings import findings
from zhiyin.measurement.review.model import (
    CampaignLine,
    ChannelLine,
    Figure,
    GroupLine,
    ModelLine,
    Quality,
    Review,
    Silenced,
)
from zhiyin.measurement.tables import CAMPAIGN_FUNNEL, CAMPAIGN_RESULTS, ORDER_CREDITS
from zhiyin.measurement.weekly import METRICS, weekly
from zhiyin.measurement.weeks import WEEK, last_complete_week, midnight, monday, weeks_until
from zhiyin.models.tables import MODEL_VERSIONS
from zhiyin.profiles.api import purchases, rfm
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

TREND_WEEKS = 12
FUNNEL = ("eligible", "suppressed", "held_out", "treated", "delivered", "opened", "clicked")
TIERS = ("high", "middle", "potential", "at_risk")
STAGES = ("new", "active", "dormant", "churned")
LOST = ("dormant", "churned")


def weekly_review(
    warehouse: Warehouse,
    plan: Plan,
    *,
    as_of: datetime,
    now: datetime,
    week: date | None = None,
    workspace: str = "",
    timezone: str = "Asia/Shanghai",
    currency: str = "CNY",
) -> Review:
    """Gather the review of a complete week.

    Parameters
    ----------
    as_of
        Naive UTC; the default week is the last one that ends by then.
    now
        When the review is written, naive UTC; imports of the seven days before are its data line.
    week
        Any day of the week to review.

    Raises
    ------
    InvalidInput
        When the week is not over at `as_of`.
    """
    zone = ZoneInfo(timezone)
    newest = last_complete_week(as_of, zone)
    chosen = newest if week is None else monday(week)
    if chosen > newest:
        raise InvalidInput(
            f"The week of {chosen} is not over at {as_of}; "
            f"the newest complete week begins on {newest}."
        )
    tiers, stages, silenced = _groups(warehouse, chosen, timezone)
    review = Review(
        week=chosen,
        workspace=workspace,
        currency=currency,
        timezone=timezone,
        written_at=now,
        figures=_figures(warehouse, chosen, timezone),
        channels=_channels(warehouse, plan, chosen, timezone),
        campaigns=_campaigns(warehouse, plan, chosen, zone),
        tiers=tiers,
        stages=stages,
        silenced=silenced,
        models=_models(warehouse),
        quality=_quality(warehouse, now),
    )
    return replace(review, findings=tuple(findings(review)))


def _rows(warehouse: Warehouse, table: Any) -> list[dict[str, Any]]:
    return warehouse.to_arrow(table).to_pylist()


def _figures(warehouse: Warehouse, week: date, timezone: str) -> tuple[Figure, ...]:
    weeks = weeks_until(week, TREND_WEEKS)
    inputs = {name: warehouse.read(spec) for name, spec in INPUTS.items()}
    found = _rows(warehouse, weekly(inputs, weeks, timezone))
    values = {(row["week"], row["metric"]): row["value"] for row in found}
    shown = _since_first_sale(weeks, values)
    return tuple(_figure(name, shown, values) for name in METRICS)


def _since_first_sale(weeks: list[date], values: dict[tuple[date, str], Any]) -> list[date]:
    """Leave out the weeks before the data begins, which would read as zero sales."""
    first = next((n for n, week in enumerate(weeks) if values[(week, "orders")]), len(weeks) - 1)
    return weeks[first:]


def _figure(name: str, weeks: list[date], values: dict[tuple[date, str], Any]) -> Figure:
    defined = metric(name)
    history = tuple(values[(week, name)] for week in weeks)
    return Figure(
        metric=name,
        title=defined.title,
        unit=defined.unit,
        good=defined.good,
        value=history[-1],
        previous=history[-2] if len(history) > 1 else None,
        weeks=tuple(weeks),
        history=history,
    )


def _channels(
    warehouse: Warehouse, plan: Plan, week: date, timezone: str
) -> tuple[ChannelLine, ...]:
    current = _channel_rows(warehouse, plan, week, timezone)
    before = _channel_rows(warehouse, plan, week - WEEK, timezone)
    lines = [
        ChannelLine(
            **row,
            previous_cac=before.get(channel, {}).get("cac"),
            previous_new_customers=before.get(channel, {}).get("new_customers", 0.0),
        )
        for channel, row in current.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.revenue, -line.cost, line.channel)))


def _channel_rows(
    warehouse: Warehouse, plan: Plan, week: date, timezone: str
) -> dict[str, dict[str, Any]]:
    zone = ZoneInfo(timezone)
    credited = warehouse.read(ORDER_CREDITS)
    start, end = (epoch_milliseconds(midnight(day, zone)) for day in (week, week + WEEK))
    credited = credited.filter((credited.ts_ms >= start) & (credited.ts_ms < end))
    costs, funnel = warehouse.read(dw.COSTS), warehouse.read(CAMPAIGN_FUNNEL)
    spent = spending(costs, funnel, plan.campaigns, timezone)
    first, after = (ibis.literal(day, type="date") for day in (week, week + WEEK))
    spent = spent.filter((spent.day >= first) & (spent.day < after))
    together = attribution(credited, spent, by=("channel",))
    names = ("channel", "orders", "new_customers", "revenue", "cost", "cac", "roi")
    return {row["channel"]: row for row in _rows(warehouse, together.select(*names))}


def _campaigns(
    warehouse: Warehouse, plan: Plan, week: date, zone: ZoneInfo
) -> tuple[CampaignLine, ...]:
    """Return the campaigns that ended in the week, and those that were still running at its end."""
    start, end = midnight(week, zone), midnight(week + WEEK, zone)
    seen = [c for c in plan.campaigns if c.window.end > start and c.window.start < end]
    results = {
        (row["campaign_id"], row["metric"]): CampaignResult(**row)
        for row in _rows(warehouse, warehouse.read(CAMPAIGN_RESULTS))
    }
    funnels = _funnels(warehouse)
    return tuple(
        CampaignLine(
            campaign_id=campaign.campaign_id,
            name=campaign.name or campaign.campaign_id,
            is_final=campaign.window.end <= end,
            funnel={name: int(funnels[campaign.campaign_id][name]) for name in FUNNEL},
            conversion=results[(campaign.campaign_id, "conversion")],
            revenue=results[(campaign.campaign_id, "revenue_per_person")],
            cost=float(funnels[campaign.campaign_id]["cost"]),
        )
        for campaign in sorted(seen, key=lambda c: (c.window.end, c.campaign_id))
        if (campaign.campaign_id, "conversion") in results and campaign.campaign_id in funnels
    )


def _funnels(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    table = warehouse.read(CAMPAIGN_FUNNEL)
    total = table.group_by("campaign_id").aggregate(
        **{name: table[name].sum() for name in (*FUNNEL, "cost")}
    )
    return {row["campaign_id"]: row for row in _rows(warehouse, total)}


def _groups(
    warehouse: Warehouse, week: date, timezone: str
) -> tuple[tuple[GroupLine, ...], tuple[GroupLine, ...], Silenced]:
    end = midnight(week + WEEK, ZoneInfo(timezone))
    now = _standing(warehouse, end, timezone)
    before = _standing(warehouse, midnight(week, ZoneInfo(timezone)), timezone)
    before = before.select(before_id="person_id", tier_before="value_tier", stage_before="stage")
    both = now.left_join(before, now.person_id == before.before_id)
    keys = ["value_tier", "stage", "tier_before", "stage_before"]
    rows = _rows(
        warehouse,
        both.group_by(keys).aggregate(
            people=both.count(), monetary=both.monetary.sum().cast("float64")
        ),
    )
    quiet = [row for row in rows if _has_fallen_silent(row)]
    return (
        _lines(rows, TIERS, "value_tier", "tier_before"),
        _lines(rows, STAGES, "stage", "stage_before"),
        Silenced(sum(row["people"] for row in quiet), sum(row["monetary"] for row in quiet)),
    )


def _has_fallen_silent(row: dict[str, Any]) -> bool:
    was_safe = row["tier_before"] == "high" and row["stage_before"] not in LOST
    return was_safe and (row["value_tier"] == "at_risk" or row["stage"] in LOST)


def _standing(warehouse: Warehouse, as_of: datetime, timezone: str) -> Any:
    specs = (dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, dw.PRODUCTS, PERSON_OF)
    bought = purchases(*(warehouse.read(s) for s in specs), as_of=as_of, timezone=timezone)
    placed = rfm(bought)
    money = bought.select("person_id", "monetary")
    return placed.inner_join(money, "person_id").select(
        "person_id", "value_tier", "stage", "monetary"
    )


def _lines(
    rows: list[dict[str, Any]], names: tuple[str, ...], now: str, before: str
) -> tuple[GroupLine, ...]:
    # Nobody who has ever bought stops being a buyer, so today's people hold all of last week's.
    if not rows:
        return ()
    return tuple(
        GroupLine(
            name,
            sum(row["people"] for row in rows if row[now] == name),
            sum(row["people"] for row in rows if row[before] == name),
        )
        for name in names
    )


def _models(warehouse: Warehouse) -> tuple[ModelLine, ...]:
    table = warehouse.read(MODEL_VERSIONS)
    names = ("model", "version", "metric", "value", "baseline", "trained_as_of")
    champions = table.filter(table.is_champion).order_by("model", "version").select(*names)
    return tuple(ModelLine(**row) for row in _rows(warehouse, champions))


def _quality(warehouse: Warehouse, now: datetime) -> Quality:
    imports = warehouse.read(IMPORTS)
    is_new = imports.imported_at >= ibis.literal(now - timedelta(days=7), type="timestamp(6)")
    (row,) = _rows(
        warehouse,
        imports.aggregate(
            read=imports.rows_read.sum(where=is_new),
            kept=imports.rows_kept.sum(where=is_new),
            quarantined=imports.rows_quarantined.sum(where=is_new),
            read_ever=imports.rows_read.sum(),
            quarantined_ever=imports.rows_quarantined.sum(),
        ),
    )
    aside = warehouse.read(QUARANTINE)
    reasons = aside.group_by("reason").aggregate(rows=aside.count())
    top = reasons.order_by([ibis.desc("rows"), "reason"]).limit(5)
    return Quality(
        **{name: int(value or 0) for name, value in row.items()},
        reasons={found["reason"]: found["rows"] for found in _rows(warehouse, top)},
    )
