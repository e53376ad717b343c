"""Questions about what people do: the same ones, and the same answers, as on the command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from zhiyin.api.customers import SHOWN, CustomerRow, customer_row
from zhiyin.api.definitions import audiences_of
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.security import Context, Trail, Visitor, needs
from zhiyin.core.errors import Conflict
from zhiyin.governance.api import Action, Permission
from zhiyin.profiles import tables as dm

router = APIRouter(prefix="/api/insights", tags=["insights"])
Reader = Annotated[Visitor, Depends(needs(Permission.OVERVIEW_READ))]
PeopleReader = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_READ))]

AudienceWriter = Annotated[Visitor, Depends(needs(Permission.AUDIENCES_WRITE))]
MOST_KEPT = 1_000_000


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


class KeepQuestion(Question):
    """The people behind a point, and the name of the audience that is made of them."""

    analysis: str
    point: dict[str, Any]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    title: Annotated[str, Field(max_length=80)] = ""


class Kept(BaseModel):
    """The audience that people were kept in."""

    audience: str
    people: int


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


class FunnelMark(BaseModel):
    """People with an event or a value, and the odds ratio of converting with it, 95 % interval."""

    kind: Literal["event", "person"]
    name: str
    value: str | None
    converted: int
    dropped: int
    odds_ratio: float
    low: float
    high: float


class FunnelCorrelation(BaseModel):
    """What marks those who convert; `tested` marks had at least `fewest_people`."""

    marks: list[FunnelMark]
    tested: int
    fewest_people: int


class FunnelPeriod(FunnelFigures):
    """A funnel over some days."""

    reference: Literal["total", "previous"]
    times: FunnelTimes
    is_sampled: bool
    is_complete: bool
    breakdown: list[FunnelLine] | None = None
    trend: list[FunnelTrend] | None = None
    correlation: FunnelCorrelation | None = None


class FunnelAnswer(FunnelPeriod):
    """A funnel as it was at `as_of`, and compared; `unseen` events are planned, nobody did them."""

    as_of: Instant
    compared: FunnelPeriod | None = None
    unseen: list[str]


@router.post("/funnel")
def ask_funnel(body: Question, context: Context, visitor: Reader) -> FunnelAnswer:
    """Return how many people get from step to step."""
    found = context.execute("insights.funnel", {"spec": body.spec})
    return FunnelAnswer(**found, as_of=context.as_of())


class BasketsAnswer(BaseModel):
    """Rows as the kind of question has them; `titles` names products, `found` counts all rows."""

    as_of: Instant
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


@router.post("/people/audience", status_code=201)
def keep_people(
    body: KeepQuestion, context: Context, visitor: AudienceWriter, trail: Trail
) -> Kept:
    """Make an audience of the people behind a point; `Conflict` if its name is taken."""
    if body.name in audiences_of(context):
        raise Conflict(f"An audience named {body.name!r} exists already; choose another name.")
    asked = body.model_dump(include={"analysis", "spec", "point"})
    found = context.execute("insights.people", {**asked, "limit": MOST_KEPT})
    kept = context.execute(
        "audience.upload",
        {
            "name": body.name,
            "title": body.title or None,
            "text": "\n".join(["person_id", *found["person_ids"]]),
            "file": body.analysis,
            "actor": visitor.name,
        },
    )
    told = {"analysis": body.analysis, "people": kept["people"]}
    trail.record(visitor.name, Action.AUDIENCE_SAVE, body.name, told)
    return Kept(audience=body.name, people=kept["people"])
