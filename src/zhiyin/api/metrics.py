"""The catalogue: events, properties, and the metric dictionary with values."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.encoding import Instant
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission

router = APIRouter(prefix="/api", tags=["metrics"])
Reader = Annotated[Visitor, Depends(needs(Permission.OVERVIEW_READ))]
DataReader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]


class MetricFilter(BaseModel):
    """One comparison that a row must pass to count."""

    column: str
    operator: str
    value: Any


class MetricPart(BaseModel):
    """A metric in a ratio, and what it is multiplied by."""

    metric: str
    factor: float


class Formula(BaseModel):
    """What a metric is counted from: of a fact (a measure), or of other metrics (a ratio)."""

    kind: Literal["measure", "ratio"]
    fact: str | None
    how: Literal["count", "sum", "distinct"] | None
    column: str | None
    where: list[MetricFilter]
    numerator: list[MetricPart]
    denominator: list[MetricPart]


class MetricUse(BaseModel):
    """A page that shows a metric, or a metric that is made of it."""

    kind: Literal["page", "metric"]
    name: str


class MetricOut(BaseModel):
    """A metric of the dictionary; `file` is where it is defined, `grain` what divides it."""

    name: str
    title: dict[str, str]
    description: dict[str, str]
    unit: str
    good: Literal["up", "down", "neither"]
    owner: str
    version: int
    file: str
    is_shipped: bool
    grain: list[str]
    formula: Formula
    used_by: list[MetricUse]


class ValuesIn(BaseModel):
    """Which metrics over which days; without `since` the last days up to `until`."""

    names: Annotated[list[str], Field(min_length=1, max_length=50)]
    since: date | None = None
    until: date | None = None
    last: Annotated[int, Field(ge=1, le=3660)] = 30
    by: list[Literal["day", "channel"]] = []
    compare: Literal["previous", "year"] | None = None


class MetricValue(BaseModel):
    """A value; null over zero. `previous` is null where nothing is compared."""

    metric: str
    value: float | None
    previous: float | None = None
    day: date | None = None
    channel: str | None = None


class ValuesOut(BaseModel):
    """Values of the days from `since` to `until`, both included."""

    as_of: Instant
    timezone: str
    since: date
    until: date
    previous_since: date | None = None
    previous_until: date | None = None
    units: dict[str, str]
    rows: list[MetricValue]


class CatalogEvent(BaseModel):
    """An event name: planned, seen, or both."""

    event: str
    title: dict[str, str]
    description: str
    owner: str
    is_planned: bool
    is_seen: bool
    rows: int
    visitors: int
    first_seen: Instant | None
    last_seen: Instant | None


class CatalogProperty(BaseModel):
    """A property of events; `kind` is null where only the plan knows it."""

    name: str
    kind: Literal["text", "number"] | None
    splits: bool
    rows: int | None
    filled: float | None
    planned_in: list[str]


class CatalogOut(BaseModel):
    """All events and properties."""

    events: list[CatalogEvent]
    properties: list[CatalogProperty]


@router.get("/metrics")
def list_metrics(context: Context, visitor: Reader) -> list[MetricOut]:
    """Return every metric, the shipped ones first."""
    return [MetricOut(**one) for one in context.execute("metrics.list", {})]


@router.get("/metrics/{name}")
def read_metric(name: str, context: Context, visitor: Reader) -> MetricOut:
    """Return one metric."""
    return MetricOut(**context.execute("metrics.show", {"name": name}))


@router.post("/metrics/values")
def count_metrics(body: ValuesIn, context: Context, visitor: Reader) -> ValuesOut:
    """Return metrics over days, and within them per day or channel."""
    return ValuesOut(**context.execute("metrics.value", body.model_dump(mode="json")))


@router.get("/catalog")
def read_catalog(context: Context, visitor: DataReader) -> CatalogOut:
    """Return which events and properties there are."""
    return CatalogOut(**context.execute("catalog.show", {}))
