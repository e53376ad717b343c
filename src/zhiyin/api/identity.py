"""Who is who: how much is linked, to how many people, and what speaks against a link."""

from __future__ import annotations

from typing import Annotated, Any

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.masked_values import shown_id, with_shown_ids
from zhiyin.api.paging import Page, PageQuery, count_of, page_of
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.identity import tables as identity

router = APIRouter(prefix="/api/data/identity", tags=["identity"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Name = Annotated[str, Field(max_length=200)]
TARGET = 0.9  # share of events and orders that should be linked to a known person
BUCKETS = ("1", "2", "3", "4", "5-9", "10+")
BANDS = 5  # of completeness: 0-20 %, 20-40 %, …


class SourceRate(BaseModel):
    """How much of what a source brings is linked to a known person.

    `rate` is the share of its events and orders that are linked; null where it brings none.
    """

    source_id: str
    events: int
    events_linked: int
    orders: int
    orders_linked: int
    records: int
    ids: int
    ids_linked: int
    people: int
    people_shared: int
    completeness: float | None
    rate: float | None


class Tally(BaseModel):
    """How many there are of a kind."""

    name: str
    count: int


class IdentityOut(BaseModel):
    """How much is linked, and to how many people.

    `rate` is the share of all sources' events and orders that are linked to a known person, and
    `target` what is aimed at. `ids_per_person` counts people by how many ids they have,
    `completeness_bands` people by how much is known of them, in fifths.
    """

    rate: float | None
    target: float
    sources: list[SourceRate]
    ids: int
    people: int
    people_known: int
    ids_per_person: list[Tally]
    completeness: float | None
    completeness_bands: list[Tally]
    households: int
    household_members: int
    blocked: list[Tally]
    refused: list[Tally]
    changes: list[Tally]
    reviews: int
    decisions: int


class BlockedQuery(PageQuery):
    """Which blocked ids, and which page of them."""

    reason: Name = ""


class BlockedLine(BaseModel):
    """An id that identifies nobody, masked by role."""

    blocked_id: str
    reason: str
    users: int
    seen: int
    detail: str | None


class BlockedPage(Page):
    """A page of the blocked ids, those seen with most customers first."""

    items: list[BlockedLine]


class HouseholdLine(BaseModel):
    """People who share something without being one person; `people` are the first of them."""

    household_id: str
    members: int
    shared_by: list[str]
    people: list[str]


class HouseholdPage(Page):
    """A page of the households, the largest first."""

    items: list[HouseholdLine]


class ConflictQuery(PageQuery):
    """Which refused links, and which page of them."""

    reason: Name = ""


class ConflictLine(BaseModel):
    """Evidence that the merge policy refused, and why. Ids are masked by role.

    `is_masked` says that an id stands here only in part, so that it cannot be asked about.
    """

    left_id: str
    right_id: str
    evidence: list[str]
    sources: list[str]
    seen: int
    last_seen: Instant | None
    reason: str | None
    is_masked: bool


class ConflictPage(Page):
    """A page of the refused links, the strongest evidence first."""

    items: list[ConflictLine]


@router.get("")
def read_identity(context: Context, visitor: Reader) -> IdentityOut:
    """Return how much is linked, and to how many people."""
    sources = [_rate(row) for row in _all(context, context.warehouse.read(identity.RATES))]
    person_of = context.warehouse.read(identity.PERSON_OF)
    links = context.warehouse.read(identity.LINKS)
    households = context.warehouse.read(identity.HOUSEHOLDS)
    matches = context.warehouse.read(identity.MATCHES)
    decisions = context.warehouse.read(identity.DECISIONS)
    per_person = _ids_per_person(context, person_of)
    known, completeness, bands = _completeness(context)
    return IdentityOut(
        rate=_share(
            sum(one.events_linked + one.orders_linked for one in sources),
            sum(one.events + one.orders for one in sources),
        ),
        target=TARGET,
        sources=sorted(sources, key=lambda one: -(one.events + one.orders)),
        ids=count_of(context, person_of),
        people=sum(group.count for group in per_person),
        people_known=known,
        ids_per_person=per_person,
        completeness=completeness,
        completeness_bands=bands,
        households=count_of(context, households.select("household_id").distinct()),
        household_members=count_of(context, households),
        blocked=_groups(context, context.warehouse.read(identity.BLOCKED), "reason"),
        refused=_groups(context, links.filter(links.verdict == "refused"), "reason"),
        changes=_groups(context, context.warehouse.read(identity.CHANGES), "kind"),
        reviews=count_of(context, matches.filter(matches.verdict == "review")),
        decisions=count_of(
            context,
            decisions.filter(decisions.revoked_at.isnull()).select("decision_id").distinct(),
        ),
    )


@router.get("/blocked")
def list_blocked(
    context: Context, visitor: Reader, wanted: Annotated[BlockedQuery, Query()]
) -> BlockedPage:
    """Return one page of the ids that identify nobody."""
    blocked = context.warehouse.read(identity.BLOCKED)
    if wanted.reason:
        blocked = blocked.filter(blocked.reason == wanted.reason)
    order = (ibis.desc("users"), ibis.desc("seen"), "blocked_id")
    head, found = page_of(context, blocked, wanted, order=order)
    lines = (with_shown_ids(row, ("blocked_id",), visitor.role) for row in found)
    return BlockedPage(**head, items=[BlockedLine(**line) for line in lines])


@router.get("/households")
def list_households(
    context: Context, visitor: Reader, wanted: Annotated[PageQuery, Query()]
) -> HouseholdPage:
    """Return one page of the households."""
    members = context.warehouse.read(identity.HOUSEHOLDS)
    # The household is named by one of its people, whose row stands for it.
    heads = members.filter(members.person_id == members.household_id)
    head, found = page_of(context, heads, wanted, order=(ibis.desc("members"), "household_id"))
    named = [row["household_id"] for row in found]
    mine = members.filter(members.household_id.isin(named)).order_by("person_id")
    people: dict[str, list[str]] = {}
    for row in _all(context, mine):
        people.setdefault(row["household_id"], []).append(shown_id(row["person_id"], visitor.role))
    return HouseholdPage(
        **head,
        items=[
            HouseholdLine(
                household_id=shown_id(row["household_id"], visitor.role),
                members=row["members"],
                shared_by=parts(row["shared_by"]),
                people=people[row["household_id"]][:PEOPLE_SHOWN],
            )
            for row in found
        ],
    )


PEOPLE_SHOWN = 6


@router.get("/conflicts")
def list_conflicts(
    context: Context, visitor: Reader, wanted: Annotated[ConflictQuery, Query()]
) -> ConflictPage:
    """Return one page of the links that the merge policy refused."""
    links = context.warehouse.read(identity.LINKS)
    refused = links.filter(links.verdict == "refused")
    if wanted.reason:
        refused = refused.filter(refused.reason == wanted.reason)
    order = (ibis.desc("strength"), ibis.desc("seen"), "left_id", "right_id")
    head, found = page_of(context, refused, wanted, order=order)
    return ConflictPage(**head, items=[conflict_line(row, visitor.role) for row in found])


def parts(text: str | None) -> list[str]:
    """Return the names in a list that is written with commas."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def conflict_line(row: dict[str, Any], role: str) -> ConflictLine:
    """Return a refused link as the role may see it."""
    shown = with_shown_ids(row, ("left_id", "right_id"), role)
    return ConflictLine(
        **{**shown, "evidence": parts(row["evidence"]), "sources": parts(row["sources"])},
        is_masked=any(shown[side] != row[side] for side in ("left_id", "right_id")),
    )


def _rate(row: dict[str, Any]) -> SourceRate:
    linked, brought = row["events_linked"] + row["orders_linked"], row["events"] + row["orders"]
    return SourceRate(**row, rate=_share(linked, brought))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _ids_per_person(context: ApiContext, person_of: Any) -> list[Tally]:
    """Return how many people have how many ids; a person's own id stands for the person."""
    people = person_of.filter(person_of.visitor_id == person_of.person_id)
    bucket = ibis.cases(
        (people.ids >= 10, "10+"), (people.ids >= 5, "5-9"), else_=people.ids.cast("string")
    )
    counted = {
        group.name: group for group in _groups(context, people.mutate(bucket=bucket), "bucket")
    }
    return [counted[name] for name in BUCKETS if name in counted]


def _completeness(context: ApiContext) -> tuple[int, float | None, list[Tally]]:
    """Return how many golden records there are, their mean completeness, and how it spreads."""
    people = context.warehouse.read(identity.PEOPLE)
    band = ibis.least((people.completeness * BANDS).floor().cast("int64"), BANDS - 1)
    found = _all(
        context,
        people.group_by(band=band).agg(count=people.count(), total=people.completeness.sum()),
    )
    known = sum(row["count"] for row in found)
    bands = {row["band"]: row["count"] for row in found}
    spread = [Tally(name=str(place), count=bands.get(place, 0)) for place in range(BANDS)]
    mean = sum(row["total"] for row in found) / known if known else None
    return known, mean, spread if known else []


def _groups(context: ApiContext, table: Any, column: str) -> list[Tally]:
    """Return how many rows there are of each value, most first."""
    counted = (
        table.filter(table[column].notnull()).group_by(name=table[column]).agg(count=ibis._.count())
    )
    return [Tally(**row) for row in _all(context, counted.order_by(ibis.desc("count"), "name"))]


def _all(context: ApiContext, table: Any) -> list[dict[str, Any]]:
    return rows(context.warehouse.to_arrow(table))
