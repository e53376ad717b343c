"""Identity on DuckDB and on Spark."""

from __future__ import annotations

from datetime import datetime

import pytest

from zhiyin.collect import tables as ods
from zhiyin.identity.api import components, edges, person_of, with_person
from zhiyin.identity.tables import EDGES, PERSON_OF
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import small_shop
from zhiyin.warehouse import tables as dw

pytestmark = pytest.mark.spark
NOON = datetime(2025, 6, 1, 12, 0, 0, 123456)


def call(kind: str = "track", **columns):
    return {"kind": kind, "event_time": NOON, **columns}


CUSTOMERS = [
    {"customer_id": str(n), "email": "shared@b.c", "phone": f"+8613{n}", "member_card": "0-0"}
    for n in range(1, 8)
] + [{"customer_id": "Ä", "email": "ä@b.c", "anonymous_id": "NULL", "phone": "12"}]
CALLS = [
    call(user_id="1", anonymous_id="d"),
    call(user_id="1", anonymous_id="d"),
    call("identify", anonymous_id="e", email=" Ä@b.c "),
    call("identify", user_id="", anonymous_id="f", phone="+86 131"),
    call("alias", user_id="2", previous_id="1"),
    call("alias", user_id="2", previous_id="2"),
    call("alias", user_id="3", previous_id="z"),
]


def test_edges_are_the_same_on_both_engines(both_engines):
    records, events = rows_of(dw.CUSTOMERS, *CUSTOMERS), rows_of(ods.EVENTS, *CALLS)
    rows = both_engines.same_rows(edges, records, events)
    assert ("anon:d", "user:1", 2) in {(r["left_id"], r["right_id"], r["seen"]) for r in rows}
    assert not any("shared" in row["left_id"] for row in rows)


def test_people_are_the_same_on_both_engines(both_engines):
    pairs = [
        ("anon:a", "user:2"),
        ("anon:a", "user:10"),
        ("email:x", "phone:1"),
        ("card:1", "phone:1"),
    ]
    links = rows_of(EDGES, *({"left_id": a, "right_id": b} for a, b in pairs))
    assert len(both_engines.same_rows(components, links)) == 6
    facts = small_shop()[dw.ORDERS.name]
    assert len(both_engines.same_rows(person_of, links, facts)) == 9
    assert both_engines.same_rows(components, rows_of(EDGES)) == []


def test_late_joins_are_the_same_on_both_engines(both_engines):
    people = rows_of(
        PERSON_OF,
        {"visitor_id": "user:ann", "person_id": "user:ann"},
        {"visitor_id": "user:ann2", "person_id": "user:ann"},
    )
    rows = both_engines.same_rows(with_person, small_shop()[dw.ORDERS.name], people)
    assert {row["order_id"]: row["person_id"] for row in rows} == {
        "1": "user:ann", "2": "user:ann", "3": "user:bob", "4": None,
    }  # fmt: skip
