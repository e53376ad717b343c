"""Everything known about one customer, for a page or a command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import NotFound
from zhiyin.identity.tables import EDGES, PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.profiles.timeline import message_rows, timeline
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

ORDERS_SHOWN = 50
TIMELINE_SHOWN = 100
IDS_SHOWN = 200

ORDER_COLUMNS = (
    "source_id", "order_id", "order_time", "ts_ms", "amount", "discount", "pieces", "channel",
    "store_id", "coupon_code",
)  # fmt: skip
LINE_COLUMNS = (
    "source_id", "order_id", "line_number", "product_id", "quantity", "unit_price", "discount",
    "amount",
)  # fmt: skip


def customer_profile(person: str, warehouse: Warehouse) -> dict[str, Any]:
    """Return one person's profile as values that JSON can hold.

    Parameters
    ----------
    person : a person id, any typed id of the person (`user:17850`, `email:a@b.c`), or a bare
        customer number.
    warehouse : where the tables are; only rows of this person are fetched.

    Returns
    -------
    `person_id`; `profile` (the row of `dm.customers`); `identities` ({id, evidence}); `tags`;
    `scores` (with `reasons` as a list); `consents`; `orders` (newest 50, each with `lines`);
    `messages` (newest 50); `timeline` (newest 100 of events, orders, refunds and touches).

    Raises
    ------
    NotFound
        when nobody has the id.
    """
    person_id, known_as = person, ids_of(person, warehouse)
    if not known_as:
        person_id = resolve(person, warehouse)
        known_as = ids_of(person_id, warehouse)
    visitors = [name for name in known_as if name.startswith(("user:", "anon:"))]
    profile = of_person(dm.CUSTOMERS, person_id, warehouse)
    orders = newest_orders(visitors, warehouse)
    touches = of_visitors(dw.TOUCHES, visitors, warehouse)
    return {
        "person_id": person_id,
        "profile": profile[0] if profile else None,
        "identities": identities(known_as, warehouse),
        "tags": of_person(dm.TAGS, person_id, warehouse),
        "scores": [with_reasons(row) for row in of_person(dm.SCORES, person_id, warehouse)],
        "consents": of_person(dm.CONSENTS, person_id, warehouse),
        "orders": orders,
        "messages": fetched(message_rows(touches), warehouse),
        "timeline": timeline(
            orders=orders,
            events=newest(of_visitors(dw.EVENTS, visitors, warehouse), warehouse),
            refunds=newest(of_visitors(dw.REFUNDS, visitors, warehouse), warehouse),
            touches=newest(touches.filter(touches.message_id.isnull()), warehouse),
        )[:TIMELINE_SHOWN],
    }


def ids_of(person_id: str, warehouse: Warehouse) -> list[str]:
    """Return a person's typed ids; none for an id that is not a person's."""
    ids = warehouse.read(PERSON_OF)
    mine = ids.filter(ids.person_id == person_id).order_by("visitor_id").limit(IDS_SHOWN)
    return [row["visitor_id"] for row in fetched(mine, warehouse)]


def resolve(person: str, warehouse: Warehouse) -> str:
    """Return the person id behind a typed id or a bare customer number."""
    person_of = warehouse.read(PERSON_OF)
    asked = [person, f"user:{person}"]
    found = fetched(person_of.filter(person_of.visitor_id.isin(asked)), warehouse)
    if not found:
        raise NotFound(
            f"No customer is known as {person!r}; give a customer number or a typed id such as "
            "user:17850, and run the identity stage after an import."
        )
    return next((row for row in found if row["visitor_id"] == person), found[0])["person_id"]


def identities(known_as: list[str], warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return a person's ids, each with the kinds of evidence that tie it to the others."""
    edges = warehouse.read(EDGES)
    mine = fetched(edges.filter(edges.left_id.isin(known_as)), warehouse)
    evidence: dict[str, set[str]] = {name: set() for name in known_as}
    for edge in mine:
        for side in (edge["left_id"], edge["right_id"]):
            evidence.setdefault(side, set()).add(edge["evidence"])
    return [
        {"id": name, "kind": name.split(":", 1)[0], "evidence": sorted(evidence[name])}
        for name in known_as
    ]


def newest_orders(visitors: list[str], warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the newest orders with their lines."""
    orders = of_visitors(dw.ORDERS, visitors, warehouse).select(*ORDER_COLUMNS)
    rows = newest(orders, warehouse, ORDERS_SHOWN)
    lines = of_visitors(dw.ORDER_LINES, visitors, warehouse)
    lines = lines.filter(lines.order_id.isin([row["order_id"] for row in rows]))
    products = warehouse.read(dw.PRODUCTS).select("product_id", "name")
    named = lines.select(*LINE_COLUMNS).left_join(products, "product_id").drop("product_id_right")
    by_order: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in fetched(named.order_by("line_number"), warehouse):
        by_order.setdefault((line.pop("source_id"), line.pop("order_id")), []).append(line)
    return [{**row, "lines": by_order.get((row["source_id"], row["order_id"]), [])} for row in rows]


def of_visitors(spec: dw.TableSpec, visitors: list[str], warehouse: Warehouse) -> ir.Table:
    """Return the facts of some visitors."""
    facts = warehouse.read(spec)
    return facts.filter(facts.visitor_id.isin(visitors))


def newest(
    facts: ir.Table, warehouse: Warehouse, limit: int = TIMELINE_SHOWN
) -> list[dict[str, Any]]:
    """Return the newest rows."""
    return fetched(facts.order_by(facts.ts_ms.desc()).limit(limit), warehouse)


def of_person(spec: dm.TableSpec, person_id: str, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return a person's rows of a `dm` table, without the person id."""
    table = warehouse.read(spec)
    rows = table.filter(table.person_id == person_id)
    rest = [name for name in spec.grain if name != "person_id"]
    return fetched(rows.order_by(rest) if rest else rows, warehouse, leave_out=("person_id",))


def with_reasons(row: dict[str, Any]) -> dict[str, Any]:
    """Return a score with its reasons read from JSON."""
    return {**row, "reasons": json.loads(row["reasons"] or "[]")}


def fetched(
    expr: ir.Table, warehouse: Warehouse, leave_out: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the rows of an expression as plain values."""
    return [
        {name: plain(value) for name, value in row.items() if name not in leave_out}
        for row in warehouse.to_arrow(expr).to_pylist()
    ]


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: numbers for money, ISO 8601 with `Z` for instants."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value
