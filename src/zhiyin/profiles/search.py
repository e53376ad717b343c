"""The customers list: search, filter, sort, page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.profiles.conditions import CHOICES

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEARCHED = ("person_id", "name", "email", "phone")
SORTS = (
    "person_id", "name", "joined_at", "last_seen_at", "last_order_at", "orders", "monetary",
    "recency_days", "clv", "churn", "repurchase",
)  # fmt: skip
LARGEST_PAGE = 500


@dataclass(frozen=True)
class CustomerSearch:
    """What a list of customers is asked for.

    `text` is looked for, whatever its case, in id, name, e-mail and phone. `sort` is a column of
    `SORTS`, with a leading `-` for the highest first; unknown values come last. `page` starts at 1.
    """

    text: str | None = None
    tier: str | None = None
    stage: str | None = None
    sort: str = "-monetary"
    page: int = 1
    size: int = 50


@dataclass(frozen=True)
class CustomerPage:
    """Two expressions: the rows of the page, and one row with the `total` over all pages."""

    rows: ir.Table
    total: ir.Table


def search_customers(
    customers: ir.Table, search: CustomerSearch, members: ir.Table | None = None
) -> CustomerPage:
    """Return one page of `dm.customers`.

    Parameters
    ----------
    customers : dm.customers.
    search : what is asked for.
    members : person_id of the people to look among; None for everybody.

    Raises
    ------
    InvalidInput
        for an unknown tier, stage or sort, and a page or size out of range.
    """
    check(search)
    found = customers if members is None else customers.semi_join(members, "person_id")
    if search.text:
        wanted = search.text.strip().lower()
        hits = (found[name].lower().contains(wanted).fill_null(False) for name in SEARCHED)
        found = found.filter(reduce(or_, hits))
    if search.tier:
        found = found.filter(found.value_tier == search.tier)
    if search.stage:
        found = found.filter(found.stage == search.stage)
    column = found[search.sort.removeprefix("-")]
    order = (
        ibis.desc(column, nulls_first=False)
        if search.sort.startswith("-")
        else ibis.asc(column, nulls_first=False)
    )
    ties = [] if column.get_name() == "person_id" else [found.person_id.asc()]
    ordered = found.order_by([order, *ties])
    rows = ordered.limit(search.size, offset=(search.page - 1) * search.size)
    return CustomerPage(rows=rows, total=found.agg(total=found.count()))


def check(search: CustomerSearch) -> None:
    """Raise `InvalidInput` for anything in a search that has no meaning."""
    if search.tier and search.tier not in CHOICES["value_tier"]:
        raise not_allowed("tier", search.tier, CHOICES["value_tier"])
    if search.stage and search.stage not in CHOICES["stage"]:
        raise not_allowed("stage", search.stage, CHOICES["stage"])
    if search.sort.removeprefix("-") not in SORTS:
        raise not_allowed("sort", search.sort, SORTS)
    if search.page < 1 or not 1 <= search.size <= LARGEST_PAGE:
        raise InvalidInput(
            f"page must be 1 or more and size 1 to {LARGEST_PAGE}, "
            f"not {search.page} and {search.size}."
        )
