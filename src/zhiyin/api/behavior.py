"""Trends, retention and the like over HTTP: the same questions and answers as the commands'."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from zhiyin.api.encoding import Instant
from zhiyin.api.insights import Question
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission

router = APIRouter(prefix="/api/insights", tags=["insights"])
Reader = Annotated[Visitor, Depends(needs(Permission.OVERVIEW_READ))]


class Answer(BaseModel):
    """From which instant one looked, in which zone, and which planned events nobody did yet."""

    as_of: Instant
    timezone: str
    unseen: list[str]


class GroupOut(BaseModel):
    """A group: its value (null: unknown, or nothing is divided), or all other values together."""

    group: str | None
    is_other: bool


class TrendLine(GroupOut):
    """One series or formula of one group."""

    key: str
    values: list[float | None]
    total: float | None
    previous: list[float | None] | None = None
    previous_total: float | None = None


class TrendsAnswer(Answer):
    """Values per period; `whole` is false where a period is not seen altogether."""

    interval: str
    starts: list[str]
    whole: list[bool]
    sample: float
    previous_starts: list[str] | None
    series: list[TrendLine]


class RetentionColumn(BaseModel):
    """The periods after the cohort's own that a column tells."""

    first: int
    last: int


class Cohort(BaseModel):
    """One line of the matrix."""

    start: str
    whole: bool
    size: int
    values: list[float | None]
    shares: list[float | None]
    complete: list[bool]


class RetentionGroup(GroupOut):
    """The matrix of a group."""

    size: int
    cohorts: list[Cohort]
    mean: list[float | None]


class RetentionAnswer(Answer):
    """Who came back, cohort by cohort."""

    interval: str
    columns: list[RetentionColumn]
    groups: list[RetentionGroup]


class StickinessGroup(GroupOut):
    """How many people did it in one period, in two, and so on."""

    people: int
    values: list[int]
    shares: list[float | None]
    mean: float | None


class StickinessAnswer(Answer):
    """In how many periods people came."""

    interval: str
    periods: int
    since: str
    until: str
    groups: list[StickinessGroup]


class LifecycleGroup(GroupOut):
    """People per state and period."""

    people: int
    new: list[int]
    returning: list[int]
    resurrecting: list[int]
    dormant: list[int]


class LifecycleAnswer(Answer):
    """Who is new, comes again, comes back, stays away."""

    interval: str
    starts: list[str]
    complete: list[bool]
    groups: list[LifecycleGroup]


class Bucket(BaseModel):
    """From this value up to the other; null has no bound."""

    bucket: int
    low: float | None
    high: float | None


class DistributionPeriod(BaseModel):
    """One period by itself."""

    start: str
    people: int
    mean: float | None
    values: list[int]


class DistributionGroup(GroupOut):
    """How people of a group differ."""

    people: int
    mean: float
    least: float
    most: float
    quantiles: dict[str, float]
    values: list[int]
    shares: list[float]
    periods: list[DistributionPeriod]


class DistributionAnswer(Answer):
    """How often or how much, person by person."""

    measure: str
    buckets: list[Bucket]
    starts: list[str]
    groups: list[DistributionGroup]


class IntervalFigures(BaseModel):
    """Times in seconds."""

    intervals: int
    people: int
    mean: float | None
    quantiles: dict[str, float] | None


class IntervalPeriod(IntervalFigures):
    """One period by itself."""

    start: str


class IntervalGroup(GroupOut, IntervalFigures):
    """How long it took people of a group."""

    values: list[int]
    periods: list[IntervalPeriod]


class IntervalsAnswer(Answer):
    """How long it takes from one event to the next; buckets in seconds."""

    buckets: list[Bucket]
    starts: list[str]
    groups: list[IntervalGroup]


class Depth(BaseModel):
    """People so many invitations below a root."""

    depth: int
    people: int


class Tree(BaseModel):
    """A tree of invitations: its root, its people with the root, its depth."""

    root: str
    people: int
    depth: int


class GroupSize(BaseModel):
    """The invited of a group."""

    group: str | None
    people: int


class Spread(BaseModel):
    """How invitations spread in a period."""

    start: str
    invited: int
    active: int
    sent: int | None
    per_person: float | None
    accepted: float | None
    k: float | None


class ReferralAnswer(Answer):
    """Who brought whom."""

    interval: str
    starts: list[str]
    invited: int
    inviters: int
    trees: int
    depths: list[Depth]
    largest: list[Tree]
    groups: list[GroupSize]
    periods: list[Spread]


class RfmCell(BaseModel):
    """Buyers with a score of recency and one of frequency, 5 the best."""

    r: int
    f: int
    people: int
    monetary: float
    mean_m: float | None


class RfmAnswer(BaseModel):
    """The RFM matrix of the newest run."""

    people: int
    cells: list[RfmCell]


def _asked(context: Context, analysis: str, body: Question) -> dict[str, Any]:
    return context.execute(f"insights.{analysis}", {"spec": body.spec})


@router.post("/trends")
def ask_trends(body: Question, context: Context, visitor: Reader) -> TrendsAnswer:
    """Return how much happened over time."""
    return TrendsAnswer(**_asked(context, "trends", body))


@router.post("/retention")
def ask_retention(body: Question, context: Context, visitor: Reader) -> RetentionAnswer:
    """Return who comes back."""
    return RetentionAnswer(**_asked(context, "retention", body))


@router.post("/stickiness")
def ask_stickiness(body: Question, context: Context, visitor: Reader) -> StickinessAnswer:
    """Return in how many periods people come."""
    return StickinessAnswer(**_asked(context, "stickiness", body))


@router.post("/lifecycle")
def ask_lifecycle(body: Question, context: Context, visitor: Reader) -> LifecycleAnswer:
    """Return who is new, comes again, comes back, stays away."""
    return LifecycleAnswer(**_asked(context, "lifecycle", body))


@router.post("/distribution")
def ask_distribution(body: Question, context: Context, visitor: Reader) -> DistributionAnswer:
    """Return how people differ in how often or how much they did something."""
    return DistributionAnswer(**_asked(context, "distribution", body))


@router.post("/intervals")
def ask_intervals(body: Question, context: Context, visitor: Reader) -> IntervalsAnswer:
    """Return how long it takes from one event to the next."""
    return IntervalsAnswer(**_asked(context, "intervals", body))


@router.post("/referral")
def ask_referral(body: Question, context: Context, visitor: Reader) -> ReferralAnswer:
    """Return who brought whom."""
    return ReferralAnswer(**_asked(context, "referral", body))


@router.get("/rfm")
def read_rfm(context: Context, visitor: Reader) -> RfmAnswer:
    """Return buyers per score of recency and frequency."""
    return RfmAnswer(**context.execute("insights.rfm", {}))
