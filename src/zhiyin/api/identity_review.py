"""Pairs of customer records that look alike, compared side by side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import ibis
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.identity import waiting
from zhiyin.api.paging import Page, PageQuery, page_of
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.governance.api import MASK, Permission, mask_record
from zhiyin.identity import tables as identity
from zhiyin.identity.linkage import api as linkage
from zhiyin.warehouse import tables as dw

router = APIRouter(prefix="/api/data/identity/matches", tags=["identity"])
Reader = Annotated[Visitor, Depends(needs(Permission.DATA_READ))]
FIELDS = (
    "name", "phone", "email", "gender", "birth_date", "city", "country", "member_card",
    "joined_at", "acquisition_channel",
)  # fmt: skip


class MatchQuery(PageQuery):
    """Which pairs, and which page of them.

    `review` are those that nobody decided about and that no other evidence has joined.
    """

    verdict: Literal["review", "accepted", "rejected"] = "review"


class Compared(BaseModel):
    """A field of both records, masked by role.

    `is_same` says whether both hold the same value, null where one of them holds none; it is told
    also of values that are hidden. `weight` is what the model gave for the field, in bits: above
    zero it speaks for one person, below zero against; null where the model does not compare it.
    """

    field: str
    left: str | None
    right: str | None
    is_same: bool | None
    level: str | None
    weight: float | None


class MatchLine(BaseModel):
    """Two customer records that look alike, field by field."""

    pair_id: str
    left_id: str
    right_id: str
    probability: float
    match_weight: float
    verdict: str
    model_id: str
    matched_at: Instant
    fields: list[Compared]


class MatchPage(Page):
    """A page of the pairs, the likeliest first."""

    items: list[MatchLine]


@router.get("")
def list_matches(
    context: Context, visitor: Reader, wanted: Annotated[MatchQuery, Query()]
) -> MatchPage:
    """Return one page of the pairs that were found, with both records."""
    matches = context.warehouse.read(identity.MATCHES)
    others = matches.filter(matches.verdict == wanted.verdict)
    mine = waiting(context) if wanted.verdict == "review" else others
    order = (ibis.desc("probability"), "left_id", "right_id")
    head, found = page_of(context, mine, wanted, order=order)
    records = _records(context, [row[side] for row in found for side in ("left_id", "right_id")])
    items = [_match(row, records, visitor.role) for row in found]
    return MatchPage(**head, items=items)


def _records(context: ApiContext, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    customers = context.warehouse.read(dw.CUSTOMERS)
    mine = customers.filter(customers.visitor_id.isin(list(ids))).select("visitor_id", *FIELDS)
    return {row["visitor_id"]: row for row in rows(context.warehouse.to_arrow(mine))}


def _match(row: dict[str, Any], records: dict[str, dict[str, Any]], role: str) -> MatchLine:
    sides = [records.get(row[side], {}) for side in ("left_id", "right_id")]
    shown = [mask_record(dw.CUSTOMERS, side, role) for side in sides]
    weights = _weights(row["comparison"])
    fields = [
        Compared(
            field=name,
            left=_text(sides[0].get(name), shown[0].get(name)),
            right=_text(sides[1].get(name), shown[1].get(name)),
            is_same=_same(sides[0].get(name), sides[1].get(name)),
            **weights.get(name, {"level": None, "weight": None}),
        )
        for name in (*FIELDS, *(name for name in weights if name not in FIELDS))
        if name in weights or any(side.get(name) is not None for side in sides)
    ]
    return MatchLine(**row, fields=fields, pair_id=linkage.pair_id(row["left_id"], row["right_id"]))


def _weights(text: str) -> dict[str, dict[str, Any]]:
    """Return what the model said of each field, from its JSON."""
    found: dict[str, dict[str, Any]] = {}
    for name, said in json.loads(text or "{}").items():
        level, weight = said.get("level"), said.get("weight")
        found[name] = {"level": None if level is None else str(level), "weight": weight}
    return found


def _same(left: Any, right: Any) -> bool | None:
    return None if left is None or right is None else left == right


def _text(value: Any, shown: Any) -> str | None:
    """Return a value as text; a mask where there is one that the role may not see."""
    if shown is None:
        return None if value is None else MASK
    return str(shown)
