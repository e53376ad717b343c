"""Visits, paths through events, and the touches before a goal."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from zhiyin.api.encoding import Instant
from zhiyin.api.insights import Question, Reader
from zhiyin.api.security import Context

router = APIRouter(prefix="/api/insights", tags=["insights"])


class PathLink(BaseModel):
    """From one item to the next, `place` 1 being from the first to the second item of a path."""

    place: int
    source: str
    target: str
    times: int
    people: int
    share: float
    average_seconds: float


class PathStart(BaseModel):
    """How many paths begin with an item."""

    item: str
    paths: int


class LinksLeftOut(BaseModel):
    """Links beyond those told."""

    links: int
    times: int


class PathsAnswer(BaseModel):
    """The links gone most, as of the newest run."""

    as_of: Instant
    paths: int
    links: list[PathLink]
    starts: list[PathStart]
    left_out: LinksLeftOut
    is_sampled: bool


class VisitFigures(BaseModel):
    """Visits, how long, and how many events; null where there are no visits."""

    visits: int
    people: int
    events: int
    bounces: int
    bounce_rate: float | None
    visits_per_person: float | None
    average_seconds: float | None
    median_seconds: float | None
    average_events: float | None
    median_events: float | None


class DurationBin(BaseModel):
    """Visits that took from_seconds up to, not including, to_seconds."""

    from_seconds: int
    to_seconds: int | None
    visits: int


class DepthBin(BaseModel):
    """Visits with from_events up to, not including, to_events."""

    from_events: int
    to_events: int | None
    visits: int


class VisitEnd(BaseModel):
    """An event that visits begin or end with; `bounces` had no other."""

    event: str
    visits: int
    share: float
    bounces: int


class VisitLine(VisitFigures):
    """One line of a breakdown."""

    kind: Literal["value", "other", "unknown"]
    value: str | None


class VisitTrend(VisitFigures):
    """The visits that began in one interval."""

    start: str


class VisitPeriod(VisitFigures):
    """The visits of some days."""

    durations: list[DurationBin]
    depths: list[DepthBin]
    entries: list[VisitEnd]
    exits: list[VisitEnd]
    is_sampled: bool
    breakdown: list[VisitLine] | None = None
    trend: list[VisitTrend] | None = None


class VisitsAnswer(VisitPeriod):
    """The visits of some days, as of the newest run, and of those compared with."""

    as_of: Instant
    compared: VisitPeriod | None = None


class TouchPath(BaseModel):
    """Touches in their order, and the goals that they led to; seconds from the first touch."""

    path: list[str]
    goals: int
    share: float
    people: int
    revenue: float
    average_seconds: float


class GoalsLeftOut(BaseModel):
    """Paths beyond those told."""

    paths: int
    goals: int


class TouchesAnswer(BaseModel):
    """How people came to a goal, as of the newest run."""

    as_of: Instant
    goals: int
    people: int
    revenue: float
    paths: list[TouchPath]
    left_out: GoalsLeftOut
    is_sampled: bool
    unseen: list[str]


@router.post("/paths")
def ask_paths(body: Question, context: Context, visitor: Reader) -> PathsAnswer:
    """Return the ways that people go through events."""
    found = context.execute("insights.paths", {"spec": body.spec})
    return PathsAnswer(**found, as_of=context.as_of())


@router.post("/sessions")
def ask_sessions(body: Question, context: Context, visitor: Reader) -> VisitsAnswer:
    """Return how many visits there were, how long and how deep."""
    found = context.execute("insights.sessions", {"spec": body.spec})
    return VisitsAnswer(**found, as_of=context.as_of())


@router.post("/touches")
def ask_touches(body: Question, context: Context, visitor: Reader) -> TouchesAnswer:
    """Return the channels by which people came to a goal, in order."""
    found = context.execute("insights.touches", {"spec": body.spec})
    return TouchesAnswer(**found, as_of=context.as_of())
