"""One customer's ids: what ties them together, the household, and how the person came to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from zhiyin.api.encoding import Instant
from zhiyin.api.identity import ConflictLine, conflict_line
from zhiyin.api.identity_ledger import ChangeLine, change_line
from zhiyin.api.masked_values import shown_id
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission
from zhiyin.identity.ledger import api as ledger

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
    """People who share something with the person without being the same; others than they."""

    people: list[str]


class SurvivorLine(BaseModel):
    """A field in which the person's records differ: by which rule one value survived."""

    field: str
    rule: str
    visitor_id: str
    values: int


class PersonIdentity(BaseModel):
    """What makes the person one person. Of many ids, links or changes the first are told."""

    person_id: str
    id_count: int
    ids: list[IdLine]
    household: Household | None
    changes: list[ChangeLine]
    refused: list[ConflictLine]
    survivors: list[SurvivorLine]


@router.get("/{person_id}/identity")
def read_person_identity(person_id: str, context: Context, visitor: Reader) -> PersonIdentity:
    """Return what ties a person's ids together, by the person id or any other id of theirs."""
    found, role = ledger.show(context.warehouse, person_id), visitor.role
    others = [one for one in found.household if one != found.person_id]
    refused = [link for link in found.links if link.verdict == "refused"]
    return PersonIdentity(
        person_id=found.person_id,
        id_count=len(found.ids),
        ids=[_id_line(name, found.links, role) for name in found.ids[:SHOWN]],
        household=Household(people=[shown_id(one, role) for one in others]) if others else None,
        changes=[change_line(vars(one), role) for one in found.changes[:SHOWN]],
        refused=[conflict_line(vars(link), role) for link in refused[:SHOWN]],
        survivors=[
            SurvivorLine(**{**vars(one), "visitor_id": shown_id(one.visitor_id, role)})
            for one in found.survivors
        ],
    )


def _id_line(name: str, links: Sequence[ledger.Link], role: str) -> IdLine:
    mine = [link for link in links if link.verdict == "linked" and name in link.ends]
    return IdLine(
        id=shown_id(name, role),
        kind=name.partition(":")[0],
        evidence=_different(link.evidence for link in mine),
        sources=_different(link.sources for link in mine),
        first_seen=min((link.first_seen for link in mine if link.first_seen), default=None),
        last_seen=max((link.last_seen for link in mine if link.last_seen), default=None),
    )


def _different(lists: Iterable[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys(name for names in lists for name in names))
