"""Questions about what people do: the same ones, and the same answers, as on the command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.customers import SHOWN, CustomerRow, customer_row
from zhiyin.api.encoding import rows
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.profiles import tables as dm

router = APIRouter(prefix="/api/insights", tags=["insights"])
Reader = Annotated[Visitor, Depends(needs(Permission.OVERVIEW_READ))]
PeopleReader = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_READ))]


class Question(BaseModel):
    """What is asked, in the words of the analysis; see the page of each in the documentation."""

    spec: dict[str, Any]


class PeopleQuestion(Question):
    """Who stands behind a point of an answer; a point is a key of the answer."""

    analysis: str
    point: dict[str, Any]
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class PeopleBehind(BaseModel):
    """How many people there are, and the first of them: those with a profile as rows."""

    total: int
    people: list[CustomerRow]


class FunnelStep(BaseModel):
    """One step. Seconds are from the step before; rates are shares of `reference`."""

    step: int
    events: list[str]
    people: int
    share_of_total: float | None
    share_of_previous: float | None
    rate: float | None
    dropped: int
    average_seconds: float | None
    median_seconds: float | None


class TimeBin(BaseModel):
    """People who took from_seconds up to to_seconds."""

    from_seconds: float
    to_seconds: float
    people: int


class FunnelTimes(BaseModel):
    """How long people took between two steps."""

    from_step: int
    to_step: int
    people: int
    average_seconds: float | None
    median_seconds: float | None
    bins: list[TimeBin]


class FunnelFigures(BaseModel):
    """People who entered, who converted, and the steps between."""

    people: int
    converted: int
    rate: float | None
    steps: list[FunnelStep]


class FunnelLine(FunnelFigures):
    """One line of a breakdown: a value, all others together, or those without one."""

    kind: Literal["value", "other", "unknown"]
    value: str | None


class FunnelTrend(BaseModel):
    """One interval; `is_complete` is false where the window of some attempts is not over yet."""

    start: str
    people: int
    converted: int
    rate: float | None
    is_complete: bool


class FunnelPeriod(FunnelFigures):
    """A funnel over some days."""

    reference: Literal["total", "previous"]
    times: FunnelTimes
    is_sampled: bool
    is_complete: bool
    breakdown: list[FunnelLine] | None = None
    trend: list[FunnelTrend] | None = None


class FunnelAnswer(FunnelPeriod):
    """A funnel, and the same over the days compared with."""

    compared: FunnelPeriod | None = None


@router.post("/funnel")
def ask_funnel(body: Question, context: Context, visitor: Reader) -> FunnelAnswer:
    """Return how many people get from step to step."""
    return FunnelAnswer(**context.execute("insights.funnel", {"spec": body.spec}))


class BasketsAnswer(BaseModel):
    """Rows as the kind of question has them; `titles` names products, `found` counts all rows."""

    kind: Literal["pairs", "sets", "rules", "then"]
    level: Literal["product", "category", "subcategory", "brand"]
    since: str
    until: str
    baskets: int
    found: int
    rows: list[dict[str, Any]]
    titles: dict[str, str]


@router.post("/baskets")
def ask_baskets(body: Question, context: Context, visitor: Reader) -> BasketsAnswer:
    """Return what is bought together, or one after the other."""
    return BasketsAnswer(**context.execute("insights.baskets", {"spec": body.spec}))


@router.post("/people")
def ask_people(body: PeopleQuestion, context: Context, visitor: PeopleReader) -> PeopleBehind:
    """Return the people behind a point of an answer, masked for the visitor's role."""
    found = context.execute("insights.people", body.model_dump())
    customers = context.warehouse.read(dm.CUSTOMERS)
    known = customers.filter(customers.person_id.isin(found["person_ids"])).select(*SHOWN)
    shown = rows(context.warehouse.to_arrow(known.order_by("person_id")))
    return PeopleBehind(
        total=found["total"], people=[customer_row(row, visitor.role) for row in shown]
    )
