"""Everything known about one customer, for a page or a command."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhiyin.core.errors import NotFound
from zhiyin.identity.tables import EDGES, PERSON_OF
from zhiyin.ports.tables import TableSpec
from zhiyin.profiles import tables as dm
from zhiyin.profiles.lookups import Ask, lookups
from zhiyin.profiles.personas.newest import newest_personas
from zhiyin.profiles.personas.tables import PERSONA_FITS, PERSONA_OF, PERSONAS
from zhiyin.profiles.tagging.tables import TAG_PREFERENCES, TAG_WEIGHTS
from zhiyin.profiles.timeline import message_rows, timeline
from zhiyin.profiles.value.tables import STAGE_HISTORY
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

ORDERS_SHOWN = 50
TIMELINE_SHOWN = 100
IDS_SHOWN = 200

COMPLETENESS_TARGET = 0.85
# What `dm.customers.completeness` counts: a field is known when any of its columns is.
CORE_FIELDS = {
    "name": ("name",),
    "contact": ("email", "phone"),
    "gender": ("gender",),
    "age": ("birth_date", "age_group"),
    "place": ("city", "country"),
    "acquisition_channel": ("acquisition_channel",),
}

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
    `person_id`; `profile` (the row of `dm.customers`); `identities` ({id, evidence}); `tags`
    (each with its `importance`, the weightiest first);
    `scores` (with `reasons` as a list); `consents`; `orders` (newest 50, each with `lines`);
    `messages` (newest 50); `timeline` (newest 100 of events, orders, refunds and touches);
    `preferences` (the values behind preference tags, the strongest first); `persona` (None before
    the first search); `stages` (month ends, oldest first); `completeness`.

    Raises
    ------
    NotFound
        when nobody has the id.
    """
    person_id, known_as = known(person, warehouse)
    visitors = visitors_of(known_as)
    profile = of_person(dm.CUSTOMERS, person_id, warehouse)
    orders = newest_orders(visitors, warehouse)
    return {
        "person_id": person_id,
        "profile": profile[0] if profile else None,
        "identities": identities(known_as, warehouse),
        "tags": answer("tags", weighty_tags, asked_for(person_id=[person_id]), warehouse),
        "scores": [with_reasons(row) for row in of_person(dm.SCORES, person_id, warehouse)],
        "consents": of_person(dm.CONSENTS, person_id, warehouse),
        "orders": orders,
        "messages": answer("messages", messages, visitors, warehouse),
        "timeline": timeline(
            orders=orders,
            events=newest(dw.EVENTS, visitors, warehouse),
            refunds=newest(dw.REFUNDS, visitors, warehouse),
            touches=answer("touches", unsent_touches, visitors, warehouse),
        )[:TIMELINE_SHOWN],
        "preferences": of_person(TAG_PREFERENCES, person_id, warehouse),
        "persona": persona(person_id, warehouse),
        "stages": of_person(STAGE_HISTORY, person_id, warehouse),
        "completeness": completeness(profile, warehouse),
    }


def known(person: str, warehouse: Warehouse) -> tuple[str, list[str]]:
    """Return the person id behind any id, and all typed ids of the person."""
    known_as = ids_of(person, warehouse)
    if known_as:
        return person, known_as
    person_id = resolve(person, warehouse)
    return person_id, ids_of(person_id, warehouse)


def visitors_of(known_as: list[str]) -> pa.Table:
    """Return the ids that facts carry, as a question takes them."""
    return asked_for(visitor_id=[name for name in known_as if name.startswith(("user:", "anon:"))])


def persona(person_id: str, warehouse: Warehouse) -> dict[str, Any] | None:
    """Return a person's persona with its names and size; None where there is none."""

    def mine(stored: Warehouse, asked: ir.Table) -> ir.Table:
        owners = stored.read(PERSONA_OF).semi_join(asked, "person_id")
        told = newest_personas(stored.read(PERSONAS), stored.read(PERSONA_FITS))
        portraits = told.drop("fit_id", "center")
        return owners.select("persona_id", "distance").inner_join(portraits, "persona_id")

    found = answer("persona", mine, asked_for(person_id=[person_id]), warehouse)
    if not found:
        return None
    row = found[0]
    return {
        "persona_id": row["persona_id"],
        "title": {"zh-CN": row["title_zh"], "en": row["title_en"]},
        "people": row["people"],
        "share": row["share"],
        "traits": json.loads(row["traits"]),
    }


def completeness(profile: list[dict[str, Any]], warehouse: Warehouse) -> dict[str, Any]:
    """Return how complete a profile is, what it lacks, and the mean over registered customers."""

    def usual(stored: Warehouse, asked: ir.Table) -> ir.Table:
        people = stored.read(dm.CUSTOMERS)
        means = people.filter(people.is_registered).aggregate(everyone=people.completeness.mean())
        return means.cross_join(asked).select("everyone")

    found = answer("completeness", usual, asked_for(any=["any"]), warehouse)
    row = profile[0] if profile else {}
    lacking = [
        name for name, columns in CORE_FIELDS.items() if all(row.get(c) is None for c in columns)
    ]
    return {
        "share": 1 - len(lacking) / len(CORE_FIELDS),
        "missing": lacking,
        "everyone": found[0]["everyone"] if found else None,
        "target": COMPLETENESS_TARGET,
    }


def ids_of(person_id: str, warehouse: Warehouse) -> list[str]:
    """Return a person's typed ids; none for an id that is not a person's."""

    def ids(stored: Warehouse, asked: ir.Table) -> ir.Table:
        known = stored.read(PERSON_OF).semi_join(asked, "person_id")
        return known.order_by("visitor_id").limit(IDS_SHOWN).select("visitor_id")

    rows = answer("ids", ids, asked_for(person_id=[person_id]), warehouse)
    return [row["visitor_id"] for row in rows]


def resolve(person: str, warehouse: Warehouse) -> str:
    """Return the person id behind a typed id or a bare customer number."""

    def people(stored: Warehouse, asked: ir.Table) -> ir.Table:
        return stored.read(PERSON_OF).semi_join(asked, "visitor_id")

    asked = asked_for(visitor_id=[person, f"user:{person}"])
    found = answer("people", people, asked, warehouse)
    if not found:
        raise NotFound(
            f"No customer is known as {person!r}; give a customer number or a typed id such as "
            "user:17850, and run the identity stage after an import."
        )
    return next((row for row in found if row["visitor_id"] == person), found[0])["person_id"]


def identities(known_as: list[str], warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return a person's ids, each with the kinds of evidence that tie it to the others."""

    def edges(stored: Warehouse, asked: ir.Table) -> ir.Table:
        return stored.read(EDGES).semi_join(asked, "left_id")

    evidence: dict[str, set[str]] = {name: set() for name in known_as}
    for edge in answer("edges", edges, asked_for(left_id=known_as), warehouse):
        for side in (edge["left_id"], edge["right_id"]):
            evidence.setdefault(side, set()).add(edge["evidence"])
    return [
        {"id": name, "kind": name.split(":", 1)[0], "evidence": sorted(evidence[name])}
        for name in known_as
    ]


def newest_orders(visitors: pa.Table, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the newest orders with their lines."""
    rows = answer("orders", newest_of(dw.ORDERS, ORDER_COLUMNS, ORDERS_SHOWN), visitors, warehouse)
    named = asked_for(
        source_id=[row["source_id"] for row in rows], order_id=[row["order_id"] for row in rows]
    )
    by_order: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in answer("lines", order_lines, named, warehouse):
        by_order.setdefault((line.pop("source_id"), line.pop("order_id")), []).append(line)
    return [{**row, "lines": by_order.get((row["source_id"], row["order_id"]), [])} for row in rows]


def order_lines(stored: Warehouse, asked: ir.Table) -> ir.Table:
    """Return the lines of the orders asked for, with the names of the products."""
    lines = stored.read(dw.ORDER_LINES).semi_join(asked, ["source_id", "order_id"])
    products = stored.read(dw.PRODUCTS).select("product_id", "name")
    named = lines.select(*LINE_COLUMNS).left_join(products, "product_id").drop("product_id_right")
    return named.order_by("line_number")


def messages(stored: Warehouse, asked: ir.Table) -> ir.Table:
    """Return the newest messages to the visitors asked for."""
    return message_rows(stored.read(dw.TOUCHES).semi_join(asked, "visitor_id"))


def unsent_touches(stored: Warehouse, asked: ir.Table) -> ir.Table:
    """Return the newest touches of the visitors that are not about a message."""
    touches = stored.read(dw.TOUCHES).semi_join(asked, "visitor_id")
    others = touches.filter(touches.message_id.isnull())
    return others.order_by(others.ts_ms.desc()).limit(TIMELINE_SHOWN)


def newest_of(spec: TableSpec, columns: Sequence[str], limit: int) -> Ask:
    """Return the question for the newest facts of the visitors asked for."""

    def facts(stored: Warehouse, asked: ir.Table) -> ir.Table:
        found = stored.read(spec).semi_join(asked, "visitor_id")
        return found.order_by(found.ts_ms.desc()).limit(limit).select(*columns)

    return facts


def newest(spec: TableSpec, visitors: pa.Table, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the newest rows of a table of facts."""
    question = newest_of(spec, list(spec.columns), TIMELINE_SHOWN)
    return answer(f"newest {spec.name}", question, visitors, warehouse)


def of_person(spec: TableSpec, person_id: str, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return a person's rows of a `dm` table, without the person id."""
    rest = [name for name in spec.grain if name != "person_id"]

    def mine(stored: Warehouse, asked: ir.Table) -> ir.Table:
        rows = stored.read(spec).semi_join(asked, "person_id")
        return (rows.order_by(rest) if rest else rows).drop("person_id")

    return answer(f"person {spec.name}", mine, asked_for(person_id=[person_id]), warehouse)


def weighty_tags(stored: Warehouse, asked: ir.Table) -> ir.Table:
    """Return a person's tags, first those that say most about who responds, then by name.

    `importance` is the tag's weight in force; 1, the mean of all, where none was approved.
    """
    weights = stored.read(TAG_WEIGHTS)
    in_force = weights.filter(weights.state == "approved").select(weighed="tag", said="weight")
    mine = stored.read(dm.TAGS).semi_join(asked, "person_id").drop("person_id")
    rows = mine.left_join(in_force, mine.tag == in_force.weighed)
    rows = rows.mutate(importance=rows.said.fill_null(1.0)).drop("weighed", "said")
    return rows.order_by(rows.importance.desc(), "tag")


def asked_for(**columns: list[str]) -> pa.Table:
    """Return ids as a question takes them."""
    return pa.table({name: pa.array(ids, "string") for name, ids in columns.items()})


def answer(name: str, ask: Ask, asked: pa.Table, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the rows that answer a question, as plain values."""
    rows = lookups(warehouse).run(name, ask, asked, warehouse).to_pylist()
    return [{key: plain(value) for key, value in row.items()} for row in rows]


def with_reasons(row: dict[str, Any]) -> dict[str, Any]:
    """Return a score with its reasons read from JSON."""
    return {**row, "reasons": json.loads(row["reasons"] or "[]")}


def plain(value: Any) -> Any:
    """Return a value that JSON can hold: numbers for money, ISO 8601 with `Z` for instants."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value
