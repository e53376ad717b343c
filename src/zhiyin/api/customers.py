"""The customer list: searched, filtered, sorted and cut into pages on the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.definitions import members_of
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.core.privacy import Pii
from zhiyin.governance.api import SIGHT, Permission, Role, Sight, mask_record
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import CustomerSearch, search_customers

if TYPE_CHECKING:
    import ibis.expr.types as ir

router = APIRouter(prefix="/api/customers", tags=["customers"])
Reader = Annotated[Visitor, Depends(needs(Permission.CUSTOMERS_READ))]
FILTERS = ("value_tier", "stage", "rfm_segment", "acquisition_channel", "country")


class CustomerRow(BaseModel):
    """One line of the list, personal data masked by role."""

    person_id: str
    name: str | None
    email: str | None
    phone: str | None
    city: str | None
    country: str | None
    value_tier: str | None
    stage: str
    rfm_segment: str | None
    orders: int
    monetary: float
    average_order: float | None
    last_order_at: Instant | None
    recency_days: int | None
    last_seen_at: Instant | None
    clv: float | None
    churn: float | None
    repurchase: float | None
    can_email: bool
    is_buyer: bool
    acquisition_channel: str | None
    completeness: float


SHOWN = tuple(CustomerRow.model_fields)


class CustomerPage(BaseModel):
    """A page of the list and how many customers there are in all."""

    total: int
    page: int
    size: int
    items: list[CustomerRow]


class CustomerQuery(BaseModel):
    """What to look for; all given parts must hold. Several values are separated by commas."""

    q: str = ""
    value_tier: str = ""
    stage: str = ""
    rfm_segment: str = ""
    acquisition_channel: str = ""
    country: str = ""
    tag: str = ""
    audience: str = ""
    sort: str = "-monetary"
    page: Annotated[int, Query(ge=1, le=100_000)] = 1
    size: Annotated[int, Query(ge=1, le=100)] = 20


@router.get("")
def list_customers(
    context: Context, visitor: Reader, wanted: Annotated[CustomerQuery, Query()]
) -> CustomerPage:
    """Return one page of the customers that fit."""
    search = CustomerSearch(sort=wanted.sort, page=wanted.page, size=wanted.size)
    found = search_customers(matching(context, wanted, visitor.role), search)
    total = context.warehouse.to_arrow(found.total)["total"][0].as_py()
    items = rows(context.warehouse.to_arrow(found.rows.select(*SHOWN)))
    return CustomerPage(
        total=total,
        page=wanted.page,
        size=wanted.size,
        items=[customer_row(item, visitor.role) for item in items],
    )


def customer_row(row: dict[str, Any], role: str) -> CustomerRow:
    """Return a row of the wide table as the role may see it."""
    shown = {name: row[name] for name in SHOWN}
    return CustomerRow(**mask_record(dm.CUSTOMERS, shown, role))


def matching(context: ApiContext, wanted: CustomerQuery, role: str) -> ir.Table:
    """Return the customers that fit, in the warehouse."""
    customers = context.warehouse.read(dm.CUSTOMERS)
    for column in FILTERS:
        values = [value for value in getattr(wanted, column).split(",") if value]
        if values:
            customers = customers.filter(customers[column].isin(values))
    if wanted.tag:
        tags = context.warehouse.read(dm.TAGS)
        customers = customers.semi_join(tags.filter(tags.tag == wanted.tag), "person_id")
    if wanted.audience:
        customers = customers.semi_join(members_of(context, wanted.audience), "person_id")
    text = wanted.q.strip()
    return searched(customers, text, role) if text else customers


def searched(customers: ir.Table, text: str, role: str) -> ir.Table:
    """Return the customers that the text points at.

    Part of an id always finds; part of a name only for roles that see names; an e-mail address or
    phone number only when it is given in full. Otherwise the search would unmask what is masked.
    """
    sight = SIGHT[Role(role)]
    wanted = text.lower()
    hits: list[Any] = [customers.person_id.lower().contains(wanted)]
    if sight[Pii.PERSONAL] is Sight.CLEAR:
        hits.append(customers.name.lower().contains(wanted).fill_null(False))
    if sight[Pii.CONTACT] is not Sight.HIDDEN:
        hits.append((customers.email == wanted).fill_null(False))
        hits.append((customers.phone == text).fill_null(False))
    return customers.filter(ibis.or_(*hits))
