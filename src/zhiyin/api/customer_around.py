"""Around one customer: the whole history page by page, audiences, customers alike."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from zhiyin.api.customer import Happening, happening
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import Permission, mask_record
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import customer_timeline, similar_customers

router = APIRouter(prefix="/api/customers", tags=["customers"])
Reader = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_READ))]


class TimelineOut(BaseModel):
    """A page of what the customer did; `is_cut` where older things are known than are shown."""

    items: list[Happening]
    has_more: bool
    is_cut: bool


class AudienceOf(BaseModel):
    """An audience that the customer is in."""

    name: str
    title: dict[str, str]
    members: int


class SimilarCustomer(BaseModel):
    """A buyer who buys alike; `distance` is in standard deviations of all buyers."""

    person_id: str
    name: str | None
    value_tier: str | None
    stage: str
    orders: int
    monetary: float
    recency_days: int | None
    distance: float


@router.get("/{person_id}/timeline")
def read_timeline(
    person_id: str,
    context: Context,
    visitor: Reader,
    *,
    kind: Annotated[tuple[str, ...], Query()] = (),
    offset: Annotated[int, Query(ge=0, le=10_000)] = 0,
    size: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TimelineOut:
    """Return a page of what the customer did, newest first; of some kinds if they are named."""
    kinds = [one for one in kind if one]
    found = customer_timeline(person_id, context.warehouse, kinds=kinds, offset=offset, size=size)
    return TimelineOut(
        items=[happening(row) for row in found.items],
        has_more=found.has_more,
        is_cut=found.is_cut,
    )


@router.get("/{person_id}/audiences")
def read_audiences_of(person_id: str, context: Context, visitor: Reader) -> list[AudienceOf]:
    """Return the audiences that the customer is in, by the person id."""
    return [AudienceOf(**row) for row in context.execute("customer.audiences", {"id": person_id})]


@router.get("/{person_id}/similar")
def read_similar(person_id: str, context: Context, visitor: Reader) -> list[SimilarCustomer]:
    """Return the buyers who buy most alike, by the person id; none for who never bought."""
    rows = similar_customers(person_id, context.warehouse)
    return [SimilarCustomer(**mask_record(dm.CUSTOMERS, row, visitor.role)) for row in rows]
