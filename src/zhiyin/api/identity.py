"""Who is who: how much is linked, to how many people, and what speaks against a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

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
from zhiyin.identity.ledger import api as ledger
from zhiyin.identity.linkage import api as linkage

if TYPE_CHECKING:
    import ibis.expr.types as ir

router = APIRouter(prefix="/api/data/identity", tags=["identity"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
Name = Annotated[str, Field(max_length=200)]
MANY = 10  # ids of one person; more are not told apart
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
    household_people: int
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
    found = ledger.report(context.warehouse)
    return IdentityOut(
        rate=found.rate,
        target=found.target,
        sources=[SourceRate(**vars(one)) for one in found.sources],
        ids=found.ids,
        people=found.people,
        people_known=found.people_known,
        ids_per_person=[
            Tally(name=str(ids) if ids < MANY else f"{ids}+", count=people)
            for ids, people in found.ids_per_person.items()
        ],
        completeness=found.completeness,
        completeness_bands=_bands(context),
        households=found.households,
        household_people=found.household_people,
        blocked=_tallies(found.blocked),
        refused=_tallies(found.refused),
        changes=_tallies(found.changes),
        reviews=count_of(context, waiting(context)),
        decisions=found.decisions,
    )


@router.get("/blocked")
def list_blocked(
    context: Context, visitor: Reader, wanted: Annotated[BlockedQuery, Query()]
) -> BlockedPage:
    """Return one page of the ids that identify nobody."""
    found = ledger.list_blocked(
        context.warehouse,
        reason=wanted.reason or None,
        limit=wanted.size,
        offset=wanted.offset,
    )
    lines = (with_shown_ids(vars(one), ("blocked_id",), visitor.role) for one in found.blocked)
    return BlockedPage(
        total=found.total,
        page=wanted.page,
        size=wanted.size,
        items=[BlockedLine(**line) for line in lines],
    )


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
                shared_by=_names(row["shared_by"]),
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


def _names(told: str | Sequence[str]) -> list[str]:
    """Return the names in a list, which may be written with commas."""
    listed = told.split(",") if isinstance(told, str) else told
    return [name.strip() for name in listed if name.strip()]


def conflict_line(row: dict[str, Any], role: str) -> ConflictLine:
    """Return a refused link as the role may see it."""
    shown = with_shown_ids(row, ("left_id", "right_id"), role)
    return ConflictLine(
        **{**shown, "evidence": _names(row["evidence"]), "sources": _names(row["sources"])},
        is_masked=any(shown[side] != row[side] for side in ("left_id", "right_id")),
    )


def waiting(context: ApiContext) -> ir.Table:
    """Return the pairs of records that wait for somebody's judgment."""
    specs = (identity.MATCHES, identity.DECISIONS, identity.PERSON_OF)
    return linkage.waiting_pairs(*(context.warehouse.read(spec) for spec in specs))


def _tallies(counts: Mapping[str, int]) -> list[Tally]:
    return [Tally(name=name, count=count) for name, count in counts.items()]


def _bands(context: ApiContext) -> list[Tally]:
    """Return how many people there are in each fifth of completeness; nothing without any."""
    people = context.warehouse.read(identity.PEOPLE)
    band = ibis.least((people.completeness * BANDS).floor().cast("int64"), BANDS - 1)
    counted = people.group_by(band=band).agg(count=people.count())
    counts = {row["band"]: row["count"] for row in _all(context, counted)}
    return [Tally(name=str(n), count=counts.get(n, 0)) for n in range(BANDS)] if counts else []


def _all(context: ApiContext, table: ir.Table) -> list[dict[str, Any]]:
    return rows(context.warehouse.to_arrow(table))
