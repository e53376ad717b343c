"""Pairs of records that wait for somebody's judgment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import msgspec

from zhiyin.core.errors import NotFound
from zhiyin.core.ids import joined_digest
from zhiyin.identity.linkage.matching import REVIEW
from zhiyin.identity.tables import DECISIONS, MATCHES, PERSON_OF
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

SIZE = 50
SHOWN = ("name", "birth_date", "email", "phone", "city", "gender", "joined_at")


@dataclass(frozen=True)
class Field:
    """How two records compare in one field.

    `level` is the level of agreement, such as equal, similar, unknown or different; `weight` what
    it adds in bits, positive where it speaks for one person.
    """

    field: str
    level: str
    weight: float


@dataclass(frozen=True)
class Review:
    """A pair of customer records that may be about one person.

    Attributes
    ----------
    id
        Number of the pair, the same as long as the two records have their numbers.
    left_id, right_id
        The records.
    left, right
        What they hold.
    fields
        How the fields compare, those that say most first.
    """

    id: str
    left_id: str
    right_id: str
    probability: float
    match_weight: float
    fields: tuple[Field, ...]
    left: Mapping[str, str | None]
    right: Mapping[str, str | None]


@dataclass(frozen=True)
class ReviewPage:
    """Some of the pairs that wait, most probable first, and how many there are."""

    total: int
    reviews: tuple[Review, ...]


def pair_id(left_id: str, right_id: str) -> str:
    """Return a pair's number."""
    return f"p-{joined_digest([left_id, right_id], 12)}"


def reviews(warehouse: Warehouse, *, limit: int = SIZE, offset: int = 0) -> ReviewPage:
    """Return a page of the pairs that wait, most probable first."""
    waiting = waiting_pairs(*_tables(warehouse))
    total = warehouse.to_arrow(waiting.count().as_table())[0][0].as_py()
    order = [waiting.probability.desc(), waiting.left_id, waiting.right_id]
    rows = warehouse.to_arrow(waiting.order_by(order).limit(limit, offset=offset)).to_pylist()
    return ReviewPage(total, _with_records(warehouse, rows))


def reviews_named(warehouse: Warehouse, ids: Sequence[str]) -> tuple[Review, ...]:
    """Return the waiting pairs with these numbers, in the order given.

    Raises
    ------
    NotFound
        If one of them does not wait: it was decided, or joined by other evidence, or never was.
    """
    waiting = warehouse.to_arrow(waiting_pairs(*_tables(warehouse))).to_pylist()
    by_id = {pair_id(row["left_id"], row["right_id"]): row for row in waiting}
    for wanted in ids:
        if wanted not in by_id:
            raise NotFound(
                f"No pair {wanted!r} waits for review; "
                "`zhiyin identity review` lists those that do."
            )
    return _with_records(warehouse, [by_id[wanted] for wanted in dict.fromkeys(ids)])


def waiting_pairs(matches: ir.Table, decisions: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return the matches for review whose records are two people and that nobody decided about.

    Parameters
    ----------
    matches : dw.identity_matches.
    decisions : dw.identity_decisions.
    person_of : dw.person_of.
    """
    open_ = matches.filter(matches.verdict == REVIEW)
    held = decisions.filter(decisions.revoked_at.isnull()).select("left_id", "right_id").distinct()
    undecided = open_.anti_join(held, ["left_id", "right_id"])
    left = person_of.select(left_id="visitor_id", left_person="person_id")
    right = person_of.select(right_id="visitor_id", right_person="person_id")
    owned = undecided.left_join(left, "left_id").drop("left_id_right")
    owned = owned.left_join(right.view(), "right_id").drop("right_id_right")
    apart = ibis.coalesce(owned.left_person, owned.left_id) != ibis.coalesce(
        owned.right_person, owned.right_id
    )
    return owned.filter(apart).select(*MATCHES.columns)


def _tables(warehouse: Warehouse) -> tuple[ir.Table, ir.Table, ir.Table]:
    return warehouse.read(MATCHES), warehouse.read(DECISIONS), warehouse.read(PERSON_OF)


def _with_records(warehouse: Warehouse, rows: Sequence[Mapping[str, Any]]) -> tuple[Review, ...]:
    ids = [row[side] for row in rows for side in ("left_id", "right_id")]
    customers = warehouse.read(dw.CUSTOMERS)
    shown = {name: customers[name].cast("string") for name in SHOWN}
    mine = customers.filter(customers.visitor_id.isin(ids)).select("visitor_id", **shown)
    records = {
        row.pop("visitor_id"): row for row in (warehouse.to_arrow(mine).to_pylist() if ids else [])
    }
    return tuple(_review(row, records) for row in rows)


def _review(row: Mapping[str, Any], records: Mapping[str, Mapping[str, str | None]]) -> Review:
    told = msgspec.json.decode(row["comparison"])
    fields = [Field(name, one["level"], one["weight"]) for name, one in told.items()]
    return Review(
        id=pair_id(row["left_id"], row["right_id"]),
        left_id=row["left_id"],
        right_id=row["right_id"],
        probability=row["probability"],
        match_weight=row["match_weight"],
        fields=tuple(sorted(fields, key=lambda field: (-abs(field.weight), field.field))),
        left=records.get(row["left_id"], {}),
        right=records.get(row["right_id"], {}),
    )
