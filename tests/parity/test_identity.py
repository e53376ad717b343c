"""Identity on DuckDB and on Spark."""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
import pyarrow as pa
import pytest

from zhiyin.collect import tables as ods
from zhiyin.identity.api import blocked, edges, links, load_policy, person_of, with_person
from zhiyin.identity.growth import new_links, new_people
from zhiyin.identity.households import households, new_households
from zhiyin.identity.replacing import having
from zhiyin.identity.tables import DECISIONS, EDGES, HOUSEHOLDS, LINKS, MATCHES, PERSON_OF
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import small_shop
from zhiyin.warehouse import tables as dw

pytestmark = pytest.mark.spark
POLICY = load_policy()
NOON = datetime(2025, 6, 1, 12, 0, 0, 123456)


def call(kind: str = "track", **columns):
    return {"kind": kind, "event_time": NOON, **columns}


CUSTOMERS = [
    {"customer_id": str(n), "email": "shared@b.c", "phone": f"+8613{n}", "member_card": "0-0"}
    for n in range(1, 8)
] + [
    {"customer_id": "Ä", "email": "ä@b.c", "anonymous_id": "NULL", "phone": "12"},
    {"customer_id": "９", "phone": " 0086-138 1234 5678", "attributes": '{"unionid": "o:1"}'},
]
EXTERNAL = '{"externalIds": [{"id": "oX", "type": "mp_openid"}, {"id": "1", "type": "other"}]}'
CALLS = [
    call(user_id="1", anonymous_id="d", context=EXTERNAL),
    call(user_id="1", anonymous_id="d"),
    call("identify", anonymous_id="e", email=" Ä@b.c ", traits='{"card_number": "ab"}'),
    call("identify", user_id="", anonymous_id="f", phone="+86 131"),
    call("alias", user_id="2", previous_id="1"),
    call("alias", user_id="2", previous_id="2"),
    call("alias", user_id="3", previous_id="z"),
]


def test_edges_are_the_same_on_both_engines(both_engines):
    records, events = rows_of(ods.CUSTOMERS, *CUSTOMERS), rows_of(ods.EVENTS, *CALLS)
    rows = both_engines.same_rows(edges, records, events)
    pairs = {(r["left_id"], r["right_id"]): r["seen"] for r in rows}
    assert pairs["anon:d", "user:1"] == 2
    assert pairs["phone:+8613812345678", "user:9"] == pairs["openid:oX", "user:1"] == 1


def evidence(left, right, **columns):
    return {
        "left_id": left, "right_id": right, "evidence": "login", "seen": 1, "last_seen": NOON,
        "source_id": "web", **columns,
    }  # fmt: skip


EVIDENCE = [
    *(evidence("phone:+8613912345678", f"user:{n}") for n in range(7)),
    evidence("phone:+8613888888888", "user:a"),
    evidence("card:123456", "user:a"),
    evidence("email:Test@b.c", "user:a"),
    evidence("email:test1@b.c", "user:a"),
    evidence("email:x@b.c", "user:a"),
    evidence("email:x@b.c", "user:a", evidence="customer_record", source_id="crm"),
    evidence("anon:1", "user:a", seen=9),
    evidence("anon:1", "user:b"),
    evidence("user:b", "user:c", evidence="alias"),
]


def test_blocked_ids_are_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(blocked, rows_of(LINKS, *map(as_link, EVIDENCE)), policy=POLICY)
    assert {(row["blocked_id"], row["reason"]) for row in rows} == {
        ("phone:+8613912345678", "shared"),
        ("phone:+8613888888888", "placeholder"),
        ("card:123456", "placeholder"),
        ("email:test1@b.c", "pattern"),
    }


def as_link(edge):
    return {name: value for name, value in edge.items() if name != "source_id"}


def test_links_and_people_are_the_same_on_both_engines(both_engines):
    tables = (
        rows_of(EDGES, *EVIDENCE),
        rows_of(DECISIONS, {"kind": "join", "left_id": "user:0", "right_id": "user:1"}),
        rows_of(MATCHES),
        rows_of(dw.CUSTOMERS),
    )
    rows = both_engines.same_rows(links, *tables, policy=POLICY, changed_at=NOON)
    found = {(row["left_id"], row["right_id"]): row for row in rows}
    assert found["email:x@b.c", "user:a"]["evidence"] == "customer_record,login"
    assert found["email:x@b.c", "user:a"]["sources"] == "crm,web"
    assert found["anon:1", "user:b"]["reason"] == "shared_device"
    facts = small_shop()[dw.ORDERS.name]
    told = rows_of(LINKS, *rows)
    people = both_engines.same_rows(person_of, told, facts, changed_at=NOON)
    assert {row["person_id"] for row in people if row["visitor_id"] == "user:c"} == {"user:b"}


def test_a_day_of_new_evidence_is_worked_out_alike_on_both_engines(both_engines):
    others = rows_of(DECISIONS), rows_of(MATCHES), rows_of(dw.CUSTOMERS)
    fresh = [
        evidence("phone:+8613912345678", "user:new", load_id=2),
        evidence("anon:1", "user:c", load_id=2),
        evidence("card:222222", "user:b", load_id=2),
    ]
    there, every = (rows_of(EDGES, *rows) for rows in (EVIDENCE, EVIDENCE + fresh))
    was = rows_of(LINKS, *on_duckdb(links, there, *others, policy=POLICY, changed_at=NOON))
    owners = rows_of(PERSON_OF, *on_duckdb(person_of, was, changed_at=NOON))
    homes = rows_of(HOUSEHOLDS, *on_duckdb(households, was, owners, changed_at=NOON))
    later = NOON + timedelta(days=1)

    rows = both_engines.same_rows(
        grown(new_links, policy=POLICY, changed_at=later), was, every, *others
    )
    assert {
        (row["left_id"], row["right_id"], row["verdict"]) for row in rows if row["load_id"] == 2
    } == {
        ("phone:+8613912345678", "user:new", "blocked"),
        ("anon:1", "user:c", "refused"),
        ("card:222222", "user:b", "blocked"),
    }
    facts = small_shop()[dw.ORDERS.name]
    now = merged(was, rows_of(LINKS, *rows), ["left_id", "right_id"])
    rows = both_engines.same_rows(grown(new_people, kinds=POLICY.kinds), owners, now, facts)
    assert "user:new" in {row["visitor_id"] for row in rows}
    people = merged(owners, rows_of(PERSON_OF, *rows), ["visitor_id"])
    both_engines.same_rows(grown(new_households), homes, now, people)


def on_duckdb(build, *tables, **arguments):
    return build(*map(ibis.memtable, tables), **arguments).to_pyarrow().to_pylist()


def grown(additions, **arguments):
    """Return a function that gives the rows that come."""
    return lambda *tables: ibis.memtable(additions(*tables, **arguments).added)


def merged(before, come, keys):
    return pa.concat_tables([before.filter(~having(before, come.select(keys))), come])


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
