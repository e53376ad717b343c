"""Campaigns: planned, launched, and measured against their hold-out."""

from __future__ import annotations

from typing import Annotated, Any

import ibis
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, plain_tree, rows
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.core.errors import NotFound
from zhiyin.decisions import tables as decisions
from zhiyin.decisions.api import load_strategies
from zhiyin.governance.api import Action, Permission
from zhiyin.insights.api import plain_figure
from zhiyin.measurement import tables as measurement
from zhiyin.ports.operational import CampaignRecord

router = APIRouter(prefix="/api/campaigns", tags=["campaigns"])
Reader = Annotated[Visitor, Depends(needs(Permission.CAMPAIGNS_READ))]
Planner = Annotated[Visitor, Depends(needs(Permission.CAMPAIGNS_PLAN))]
Launcher = Annotated[Visitor, Depends(needs(Permission.CAMPAIGNS_LAUNCH))]


class Result(BaseModel):
    """One metric of a campaign against its hold-out; see `dm.campaign_results` for each field."""

    metric: str
    treated: int
    held_out: int
    treated_mean: float | None
    holdout_mean: float | None
    difference: float | None
    low: float | None
    high: float | None
    level: float
    total_increment: float | None
    total_low: float | None
    total_high: float | None
    p_value: float | None
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    verdict: str
    why: str | None
    caution: str | None
    srm_p_value: float | None
    is_final: bool
    window_start: Instant
    window_end: Instant


class Funnel(BaseModel):
    """What became of a campaign's messages on one channel."""

    channel: str
    eligible: int
    suppressed: int
    held_out: int
    treated: int
    delivered: int
    opened: int
    clicked: int
    unsubscribed: int
    bounced: int
    converted: int
    revenue: float
    cost: float


class Verdict(BaseModel):
    """What the campaign's main metric says: works | no_proof | harmful | doubtful | no_answer.

    `not_measured` stands for a campaign without results.
    """

    answer: str
    why: str | None = None
    metric: str | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    is_final: bool = False


class CampaignRow(BaseModel):
    """One line of the list."""

    campaign_id: str
    name: str
    state: str
    planned_at: Instant
    launched_at: Instant | None
    finished_at: Instant | None
    counts: dict[str, int]
    verdict: Verdict
    revenue_increment: float | None
    cost: float | None
    roi: float | None


class Split(BaseModel):
    """How many people a plan puts where, and why those left alone are."""

    arm: str
    reason: str | None
    strategy: str
    channel: str
    people: int


class CampaignOut(CampaignRow):
    """A campaign with everything known of it."""

    definition: dict[str, Any]
    splits: list[Split]
    funnel: list[Funnel]
    results: list[Result]
    outbox: dict[str, int]


class StrategyOut(BaseModel):
    """A strategy as its file defines it."""

    name: str
    title: dict[str, str]
    channel: str
    holdout: float


class PlanIn(BaseModel):
    """What to plan. Without strategies or an audience, all strategies take part.

    An audience needs a template; `launch_at` is a time in the workspace's zone, at once if null.
    """

    name: str = Field(min_length=1, max_length=80)
    strategies: list[str] | None = None
    audience: str | None = None
    template: str | None = None
    offer: str | None = None
    window_days: int = Field(default=14, ge=1, le=365)
    launch_at: str | None = None
    holdout: float | None = Field(default=None, ge=0, lt=1)


class Planned(BaseModel):
    """What a plan came to."""

    campaign_id: str
    counts: dict[str, int]


class Launched(BaseModel):
    """What a launch came to: messages new in the outbox, and what became of those due."""

    campaign_id: str
    enqueued: int
    sent: int
    deferred: int
    refused: int
    uncertain: int


@router.get("")
def list_campaigns(context: Context, visitor: Reader) -> list[CampaignRow]:
    """Return every campaign, newest plan first."""
    return campaign_rows(context)


def campaign_rows(context: ApiContext) -> list[CampaignRow]:
    """Return every campaign with its verdict, newest plan first."""
    results, funnels = _results(context), _funnels(context)
    return [
        _row(record, results.get(record.campaign_id, []), funnels.get(record.campaign_id, []))
        for record in context.operational.campaigns()
    ]


@router.post("", status_code=201)
def plan_campaign(body: PlanIn, context: Context, visitor: Planner, trail: Trail) -> Planned:
    """Plan a campaign: who is treated, held out, left alone. Nothing is sent."""
    made = context.execute("campaign.plan", body.model_dump(exclude_none=True))
    trail.record(visitor.name, Action.CAMPAIGN_PLAN, made["campaign_id"])
    return Planned(**{name: made[name] for name in Planned.model_fields})


@router.get("/strategies")
def list_strategies(context: Context, visitor: Reader) -> list[StrategyOut]:
    """Return the strategies that a campaign may consist of, first priority first."""
    found = load_strategies(context.definitions / "strategies")
    return [
        StrategyOut(
            name=each.name, title=dict(each.title), channel=each.channel, holdout=each.holdout
        )
        for each in found
    ]


@router.get("/{campaign_id}")
def read_campaign(campaign_id: str, context: Context, visitor: Reader) -> CampaignOut:
    """Return one campaign with its plan, funnel and measured effect."""
    record = context.operational.campaign(campaign_id)
    if record is None:
        raise NotFound(f"No campaign has the id {campaign_id!r}; see the list of campaigns.")
    results = _results(context, campaign_id).get(campaign_id, [])
    funnel = _funnels(context, campaign_id).get(campaign_id, [])
    return CampaignOut(
        **_row(record, results, funnel).model_dump(),
        definition=plain_tree(record.definition),
        splits=_splits(context, campaign_id),
        funnel=funnel,
        results=results,
        outbox=dict(context.operational.outbox_counts(campaign_id)),
    )


@router.post("/{campaign_id}/launch")
def launch_campaign(
    campaign_id: str, context: Context, visitor: Launcher, trail: Trail
) -> Launched:
    """Hand the plan's messages to the outbox, which sends each of them once."""
    trail.record(visitor.name, Action.CAMPAIGN_LAUNCH, campaign_id)
    done = context.execute("campaign.launch", {"name": campaign_id})
    return Launched(**{name: done[name] for name in Launched.model_fields})


def verdict_on(results: list[Result]) -> Verdict:
    """Return what the conversion says, or else whichever metric there is."""
    by_metric = {result.metric: result for result in results}
    chosen = by_metric.get("conversion") or next(iter(results), None)
    if chosen is None:
        return Verdict(answer="not_measured")
    return Verdict(
        answer=chosen.verdict,
        why=chosen.why,
        metric=chosen.metric,
        difference=chosen.difference,
        low=chosen.low,
        high=chosen.high,
        is_final=chosen.is_final,
    )


def _row(record: CampaignRecord, results: list[Result], funnel: list[Funnel]) -> CampaignRow:
    increment = next((r.total_increment for r in results if r.metric == "revenue_per_person"), None)
    cost = sum(part.cost for part in funnel) if funnel else None
    return CampaignRow(
        campaign_id=record.campaign_id,
        name=record.name,
        state=record.state,
        planned_at=record.planned_at,
        launched_at=record.launched_at,
        finished_at=record.finished_at,
        counts=dict(record.counts),
        verdict=verdict_on(results),
        revenue_increment=increment,
        cost=cost,
        roi=plain_figure("roi", {"revenue": increment, "refunded": 0.0, "cost": cost}),
    )


def _results(context: ApiContext, campaign_id: str | None = None) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for row in _of_campaign(context, measurement.CAMPAIGN_RESULTS, campaign_id, "metric"):
        found.setdefault(row.pop("campaign_id"), []).append(Result(**row))
    return found


def _funnels(context: ApiContext, campaign_id: str | None = None) -> dict[str, list[Funnel]]:
    found: dict[str, list[Funnel]] = {}
    for row in _of_campaign(context, measurement.CAMPAIGN_FUNNEL, campaign_id, "channel"):
        found.setdefault(row.pop("campaign_id"), []).append(Funnel(**row))
    return found


def _of_campaign(
    context: ApiContext, spec: Any, campaign_id: str | None, order: str
) -> list[dict[str, Any]]:
    table = context.warehouse.read(spec)
    if campaign_id is not None:
        table = table.filter(table.campaign_id == campaign_id)
    return rows(context.warehouse.to_arrow(table.order_by("campaign_id", order)))


def _splits(context: ApiContext, campaign_id: str) -> list[Split]:
    made = context.warehouse.read(decisions.DECISIONS)
    mine = made.filter(made.campaign_id == campaign_id)
    counted = mine.group_by("strategy", "channel", "arm", "reason").aggregate(people=mine.count())
    ordered = counted.order_by("strategy", ibis.desc("people"), "arm", "channel", "reason")
    return [Split(**row) for row in rows(context.warehouse.to_arrow(ordered))]
