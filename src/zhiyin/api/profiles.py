"""Live profiles: one person as of this moment, by any typed id."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from zhiyin.api.encoding import Instant
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission, mask_record, mask_typed_id
from zhiyin.profiles import tables as dm

router = APIRouter(prefix="/v1/profiles", tags=["profiles"])
Reader = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_READ))]


class LiveTag(BaseModel):
    """A tag that holds; `since` where it began to while live profiles looked."""

    tag: str
    value: str | None
    weight: float | None
    since: Instant | None


class LiveAudience(BaseModel):
    """An audience that the person is in."""

    audience: str
    since: Instant | None


class LiveProfile(BaseModel):
    """A person at this moment; personal data as the reader's role may see it."""

    person_id: str
    ids: list[str]
    traits: dict[str, Any]
    attributes: dict[str, Any]
    counters: dict[str, int]
    tags: list[LiveTag]
    audiences: list[LiveAudience]
    scores: dict[str, float]
    last_event_at: Instant | None


@router.get("/{typed_id:path}")
def read_profile(typed_id: str, context: Context, visitor: Reader) -> LiveProfile:
    """Return what is known of the person behind a typed id, such as user:42 or anon:4f2c."""
    found = context.profile(typed_id)
    if not visitor.may(Permission.CUSTOMERS_REVEAL):
        found = masked(found, visitor.role)
    return LiveProfile(**found)


def masked(found: dict[str, Any], role: str) -> dict[str, Any]:
    """Return a profile with personal data masked; traits are as their senders named them, so all
    of them may be personal."""
    known = set(dm.CUSTOMERS.columns)
    record = {name: value for name, value in found["attributes"].items() if name in known}
    ids = (mask_typed_id(one, role) for one in found["ids"])
    return {
        **found,
        "person_id": mask_typed_id(found["person_id"], role) or "",
        "ids": [one for one in ids if one is not None],
        "traits": {},
        "attributes": mask_record(dm.CUSTOMERS, record, role),
    }
