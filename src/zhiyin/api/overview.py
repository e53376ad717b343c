"""The first page: how the business stands, and what needs a look."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from zhiyin.api.alerts import Alert, alerts_of
from zhiyin.api.campaigns import CampaignRow, campaign_rows
from zhiyin.api.context import ApiContext
from zhiyin.api.data import newest_builds
from zhiyin.api.encoding import Instant
from zhiyin.api.reviews import newest_review
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.insights.api import first_page, metric
from zhiyin.ports.event_log import waiting

router = APIRouter(prefix="/api/overview", tags=["overview"])
Reader = Annotated[Visitor, Depends(needs(Permission.OVERVIEW_READ))]
CAMPAIGNS_SHOWN = 6
LOADER = "warehouse"


class Kpi(BaseModel):
    """A figure of the period and of the period before; `good` says which direction is good."""

    metric: str
    title: dict[str, str]
    description: dict[str, str]
    unit: str
    good: Literal["up", "down", "neither"]
    value: float | None
    previous: float | None


class Day(BaseModel):
    """One day over all channels; a ratio over zero is null."""

    day: date
    revenue: float | None
    orders: float | None
    buyers: float | None
    new_buyers: float | None
    visitors: float | None
    conversion_rate: float | None
    average_order_value: float | None
    cost: float | None


class Group(BaseModel):
    """A value tier or life-cycle stage."""

    name: str
    customers: int
    share: float
    monetary: float


class ChannelRow(BaseModel):
    """What a channel brought in the period and what it cost."""

    channel: str
    visitors: float | None
    sessions: float | None
    orders: float | None
    buyers: float | None
    new_buyers: float | None
    revenue: float | None
    cost: float | None
    conversion_rate: float | None
    cac: float | None
    roi: float | None


class Totals(BaseModel):
    """People in all, and of which kinds."""

    total: int
    registered: int
    buyers: int
    reachable: int


class Freshness(BaseModel):
    """How new what is shown is."""

    as_of: Instant
    built_at: Instant | None
    events_waiting: int


class OverviewOut(BaseModel):
    """Everything on the first page. Without any fact, `has_data` is false and lists are empty."""

    has_data: bool
    first: date
    last: date
    kpis: list[Kpi]
    trend: list[Day]
    tiers: list[Group]
    stages: list[Group]
    channels: list[ChannelRow]
    customers: Totals
    campaigns: list[CampaignRow]
    latest_review: date | None
    alerts: list[Alert]
    freshness: Freshness


@router.get("")
def read_overview(
    context: Context, visitor: Reader, days: Annotated[int, Query(ge=7, le=366)] = 30
) -> OverviewOut:
    """Return the figures of the last `days` days, beside those of as many days before."""
    as_of = context.as_of()
    found = first_page(context.warehouse, as_of, days, context.timezone)
    built = [build.built_at for build in newest_builds(context)]
    return OverviewOut(
        **{name: found[name] for name in ("trend", "channels", "customers", "tiers", "stages")},
        has_data=bool(found["customers"]["total"] or found["channels"]),
        first=found["period"]["first"],
        last=found["period"]["last"],
        kpis=[_kpi(row) for row in found["kpis"]],
        campaigns=campaign_rows(context)[:CAMPAIGNS_SHOWN],
        latest_review=newest_review(context),
        alerts=alerts_of(context),
        freshness=Freshness(
            as_of=as_of, built_at=max(built, default=None), events_waiting=_waiting(context)
        ),
    )


def _kpi(row: dict[str, Any]) -> Kpi:
    definition = metric(row["metric"])
    return Kpi(**row, title=dict(definition.title), description=dict(definition.description))


def _waiting(context: ApiContext) -> int:
    """Return how many accepted events are not in the warehouse yet."""
    return waiting(context.event_log, LOADER)
