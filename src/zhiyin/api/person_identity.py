"""One customer's ids: what ties them together, the household, and how the person came to be."""

from __future__ import annotations

from typing import Annotated, Any

import ibis
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.identity import ConflictLine, conflict_line, parts
from zhiyin.api.identity_ledger import ChangeLine, change_line, with_undone
from zhiyin.api.masked_values import shown_id
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.core.errors import NotFound
from zhiyin.governance.api import Permission
from zhiyin.identity import tables as identity

router = APIRouter(prefix="/api/customers", tags=["customers"])
Reader = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_READ))]
SHOWN = 200  # ids, links or changes of one person


class IdLine(BaseModel):
    """One of the person's ids, masked by role, and the evidence that ties it to the others."""

    id: str
    kind: str
    evidence: list[str]
    sources: list[str]
    first_seen: Instant | None
    last_seen: Instant | None


class Household(BaseModel):
    """People who share something with the person; the person is one of them."""

    shared_by: list[str]
    people: list[str]


class Survivor(BaseModel):
    """A field in which the person's records differ: by which rule one value survived."""

    field: str
    rule: str
    visitor_id: str
    values: int


class PersonIdentity(BaseModel):
    """What makes the person one person."""

    person_id: str
    ids: list[IdLine]
    household: Household | None
    changes: list[ChangeLine]
    refused: list[ConflictLine]
    survivors: list[Survivor]


@router.get("/{person_id}/identity")
def read_person_identity(person_id: str, context: Context, visitor: Reader) -> PersonIdentity:
    """Return what ties a person's ids together, by the person id or any other id of theirs."""
    person = _person(context, person_id)
    person_of = context.warehouse.read(identity.PERSON_OF)
    mine = person_of.filter(person_of.person_id == person).order_by("visitor_id").limit(SHOWN)
    ids = [row["visitor_id"] for row in _rows(context, mine)]
    links = context.warehouse.read(identity.LINKS)
    touching = _rows(
        context,
        links.filter(links.left_id.isin(ids) | links.right_id.isin(ids))
        .order_by(ibis.desc("strength"), "left_id", "right_id")
        .limit(SHOWN),
    )
    return PersonIdentity(
        person_id=person,
        ids=[_id_line(name, touching, visitor.role) for name in ids],
        household=_household(context, person, visitor.role),
        changes=_changes(context, ids, visitor.role),
        refused=[
            conflict_line(row, visitor.role) for row in touching if row["verdict"] == "refused"
        ],
        survivors=_survivors(context, person, visitor.role),
    )


def _person(context: ApiContext, asked: str) -> str:
    person_of = context.warehouse.read(identity.PERSON_OF)
    found = _rows(context, person_of.filter(person_of.visitor_id.isin([asked, f"user:{asked}"])))
    if not found:
        raise NotFound(f"No customer is known as {asked!r}; give a person id or a typed id.")
    exact = next((row for row in found if row["visitor_id"] == asked), found[0])
    return exact["person_id"]


def _id_line(name: str, touching: list[dict[str, Any]], role: str) -> IdLine:
    mine = [
        row
        for row in touching
        if row["verdict"] == "linked" and name in (row["left_id"], row["right_id"])
    ]
    return IdLine(
        id=shown_id(name, role),
        kind=name.partition(":")[0],
        evidence=_different(row["evidence"] for row in mine),
        sources=_different(row["sources"] for row in mine),
        first_seen=min((row["first_seen"] for row in mine if row["first_seen"]), default=None),
        last_seen=max((row["last_seen"] for row in mine if row["last_seen"]), default=None),
    )


def _different(lists: Any) -> list[str]:
    return list(dict.fromkeys(name for text in lists for name in parts(text)))


def _household(context: ApiContext, person: str, role: str) -> Household | None:
    members = context.warehouse.read(identity.HOUSEHOLDS)
    mine = members.filter(members.person_id == person).select("household_id")
    found = _rows(
        context, members.semi_join(mine, "household_id").order_by("person_id").limit(SHOWN)
    )
    if not found:
        return None
    return Household(
        shared_by=_different(row["shared_by"] for row in found),
        people=[shown_id(row["person_id"], role) for row in found],
    )


def _changes(context: ApiContext, ids: list[str], role: str) -> list[ChangeLine]:
    """Return the merges and splits that the person's ids were part of, newest first."""
    changes = context.warehouse.read(identity.CHANGES)
    history = context.warehouse.read(identity.HISTORY)
    moved = history.filter(history.visitor_id.isin(ids), history.change_id.notnull())
    known = changes.change_id.isin(moved.change_id)
    named = changes.person_id.isin(ids) | changes.other_person_id.isin(ids)
    mine = with_undone(context, changes.filter(known | named))
    newest = mine.order_by(ibis.desc("changed_at"), "change_id").limit(SHOWN)
    return [change_line(row, role) for row in _rows(context, newest)]


def _survivors(context: ApiContext, person: str, role: str) -> list[Survivor]:
    survivors = context.warehouse.read(identity.SURVIVORS)
    mine = survivors.filter(survivors.person_id == person).order_by("field")
    return [
        Survivor(**{**row, "visitor_id": shown_id(row["visitor_id"], role)})
        for row in _rows(context, mine)
    ]


def _rows(context: ApiContext, table: Any) -> list[dict[str, Any]]:
    return rows(context.warehouse.to_arrow(table))
