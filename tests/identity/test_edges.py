"""Which ids count as seen together."""

from __future__ import annotations

from datetime import datetime

import ibis

from zhiyin.collect import tables as ods
from zhiyin.identity.api import edges
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

NOON = datetime(2025, 6, 1, 12)


def customer(number: str, **columns):
    return {"visitor_id": f"user:{number}", "customer_id": number, **columns}


def event(kind: str = "track", **columns):
    return {"kind": kind, "event_time": NOON, **columns}


def found(customers=(), events=(), **limits):
    table = edges(
        ibis.memtable(rows_of(dw.CUSTOMERS, *customers)),
        ibis.memtable(rows_of(ods.EVENTS, *events)),
        **limits,
    )
    return {
        (row["left_id"], row["right_id"], row["evidence"]): row["seen"]
        for row in table.to_pyarrow().to_pylist()
    }


def test_a_record_ties_its_number_to_device_card_email_and_phone():
    record = customer("7", anonymous_id="d", member_card="88", email="a@b.c", phone="+8613800")
    assert found([record]) == {
        ("anon:d", "user:7", "customer_record"): 1,
        ("card:88", "user:7", "customer_record"): 1,
        ("email:a@b.c", "user:7", "customer_record"): 1,
        ("phone:+8613800", "user:7", "customer_record"): 1,
    }


def test_logging_in_ties_user_and_device_and_counts_how_often():
    calls = [event(user_id="7", anonymous_id="d")] * 2 + [
        event("identify", user_id="7", anonymous_id="d")
    ]
    assert found(events=calls) == {
        ("anon:d", "user:7", "login"): 2,
        ("anon:d", "user:7", "identify"): 1,
    }


def test_an_identify_call_without_a_user_ties_the_device_to_the_email():
    calls = [event("identify", anonymous_id="d", email=" A@B.c ")]
    assert found(events=calls) == {("anon:d", "email:a@b.c", "identify"): 1}


def test_a_previous_id_is_a_user_only_where_one_is_known_by_that_name():
    calls = [
        event("alias", user_id="new", previous_id="old"),
        event("alias", user_id="new", previous_id="device"),
        event(user_id="old", anonymous_id="d"),
    ]
    assert ("user:new", "user:old", "alias") in found(events=calls)
    assert ("anon:device", "user:new", "alias") in found(events=calls)


def test_placeholders_are_nobody():
    records = [
        customer("7", anonymous_id="null", member_card="0000", email="none", phone="000"),
        customer("8", anonymous_id="-1", member_card="NULL", phone="12"),
    ]
    assert found(records) == {}


def test_a_value_of_more_users_than_allowed_ties_nobody():
    records = [customer(str(n), email="shop@b.c", phone=f"1380{n}") for n in range(1, 7)]
    calls = [event("identify", anonymous_id="d", email="shop@b.c")]
    assert not any("email:" in edge[0] for edge in found(records, calls))
    assert sum("phone:" in edge[0] for edge in found(records, calls)) == 6
    assert sum("email:" in edge[0] for edge in found(records[:5])) == 5


def test_a_device_on_the_counter_does_not_fuse_its_users():
    calls = [event(user_id=str(n), anonymous_id="tablet") for n in range(1, 4)]
    assert len(found(events=calls, shared_by_at_most=3)) == 3
    assert found(events=calls, shared_by_at_most=2) == {}
