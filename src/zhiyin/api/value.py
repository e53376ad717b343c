"""Value and life cycle over HTTP: the same questions and answers as the commands'."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from zhiyin.api.encoding import Instant
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission

router = APIRouter(prefix="/api/value", tags=["value"])
Reader = Annotated[Visitor, Depends(needs(Permission.OVERVIEW_READ))]
Of = Literal["stage", "tier"]


class Worth(BaseModel):
    """Buyers with their orders and net amount; `share` is of all buyers."""

    people: int
    share: float
    orders: int
    monetary: float


class Segment(Worth):
    """One RFM segment."""

    segment: str


class ScoreCell(Worth):
    """The buyers with one recency and one frequency score."""

    r: int
    f: int


class Steps(BaseModel):
    """Where scores end: at most so many days, at least so many orders, so much net amount."""

    recency_days: list[float]
    orders: list[float]
    monetary: list[float]


class RfmAnswer(BaseModel):
    """Buyers per segment and per pair of scores; `thresholds` is null for quintiles."""

    method: Literal["quintile", "thresholds", "kmeans"]
    as_of: Instant
    buyers: int
    thresholds: Steps | None
    segments: list[Segment]
    cells: list[ScoreCell]


class Tier(Worth):
    """One value tier. `clv` is the sum expected of its people; null without a model."""

    value_tier: str
    share_of_monetary: float | None
    mean_recency_days: float
    clv: float | None


class TiersAnswer(BaseModel):
    """The value tiers of the newest run."""

    as_of: Instant
    buyers: int
    tiers: list[Tier]


class Standing(BaseModel):
    """The buyers who stand at one place now."""

    place: str
    people: int


class PastStanding(Standing):
    """The buyers who stood at one place at a month end, and what they had spent until then."""

    month_end: str
    monetary: float


class StagesAnswer(BaseModel):
    """Who stood where at each month end, and who stands where now."""

    of: Of
    as_of: Instant
    places: list[str]
    now: list[Standing]
    months: list[PastStanding]


class Move(BaseModel):
    """People who stood at `before` and then at `after`; `share` is of all who stood at `before`.

    `before` is `none` for whoever had not ordered yet.
    """

    before: str
    after: str
    people: int
    share: float
    monetary: float


class MigrationAnswer(BaseModel):
    """Who moved where between two month ends; null where fewer than two are known."""

    of: Of
    since: str | None
    until: str | None
    month_ends: list[str]
    places: list[str]
    cells: list[Move]


class TierCheck(BaseModel):
    """One tier as it was, and what its people bought afterwards."""

    value_tier: str
    buyers: int
    returned: int
    realized: float
    top: int


class DepthCheck(BaseModel):
    """How much of the top, down to a share of all buyers, was in the high tier, or in two.

    `share_of_value` is what the top made of all that was bought; shares are null without a top.
    """

    share: float
    top: int
    found: int
    in_two: int
    share_found: float | None
    share_in_two: float | None
    share_of_value: float | None


class CheckAnswer(BaseModel):
    """How many of those who bought most afterwards were in the high tier before."""

    at: Instant
    until: Instant
    days: int
    target: float
    buyers: int
    returned: int
    top: int
    found: int
    share_found: float | None
    share_in_two: float | None
    lift: float | None
    share_of_value: float | None
    meets_target: bool | None
    tiers: list[TierCheck]
    depths: list[DepthCheck]


@router.get("/rfm")
def read_rfm(
    context: Context,
    visitor: Reader,
    method: Literal["quintile", "thresholds", "kmeans"] = "quintile",
) -> RfmAnswer:
    """Return the RFM segments by one way of scoring."""
    return RfmAnswer(**context.execute("value.rfm", {"method": method}))


@router.get("/tiers")
def read_tiers(context: Context, visitor: Reader) -> TiersAnswer:
    """Return the value tiers."""
    return TiersAnswer(**context.execute("value.tiers", {}))


@router.get("/stages")
def read_stages(context: Context, visitor: Reader, of: Of = "stage") -> StagesAnswer:
    """Return who stood where, month end by month end."""
    return StagesAnswer(**context.execute("value.stages", {"of": of}))


@router.get("/migration")
def read_migration(
    context: Context,
    visitor: Reader,
    of: Of = "stage",
    since: str | None = None,
    until: str | None = None,
) -> MigrationAnswer:
    """Return who moved where between two months (YYYY-MM); the last two if none are named."""
    asked = {"of": of, "since": since, "until": until}
    return MigrationAnswer(**context.execute("value.migration", asked))


@router.get("/check")
def read_check(
    context: Context, visitor: Reader, days: int = 90, at: str | None = None
) -> CheckAnswer:
    """Return how the tiers as of a past day did against what came after."""
    return CheckAnswer(**context.execute("value.check", {"days": days, "at": at}))


class Trait(BaseModel):
    """One thing that sets a persona apart; `difference` is in standard deviations of all buyers.

    `value` is that of a text, whose means are shares; null for a number.
    """

    feature: str
    value: str | None
    mean: float
    everyone: float
    difference: float


class Persona(BaseModel):
    """A group of buyers who are alike.

    `people` and `share` are those of the search, `people_now` those of the newest run; `kept` is
    what it has in common with itself before, null where it is new. The means are per buyer.
    """

    persona_id: str
    title: dict[str, str]
    people: int
    people_now: int
    share: float
    kept: float | None
    orders: float
    monetary: float
    recency_days: float
    traits: list[Trait]


class PersonasAnswer(BaseModel):
    """The personas of the newest search; `why` says why there are none.

    `stability` is the mean adjusted Rand index of resamples by number of personas; `fewest` the
    buyers that a search takes.
    """

    why: Literal["not_searched", "too_few_buyers"] | None
    fitted_at: Instant | None
    as_of: Instant | None
    people: int
    fewest: int
    stability: dict[int, float]
    personas: list[Persona]


@router.get("/personas")
def read_personas(context: Context, visitor: Reader) -> PersonasAnswer:
    """Return the personas."""
    return PersonasAnswer(**context.execute("value.personas", {}))
