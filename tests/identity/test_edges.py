"""Which ids count as seen together."""

from __future__ import annotations

from datetime import datetime

import ibis
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.identity.api import edges
from zhiyin.identity.ids import cleaned
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.api import BuildContext
from zhiyin.warehouse.cleaning.api import cleaned_for, shipped_rules

NOON = datetime(2025, 6, 1, 12)


def customer(number: str, **columns):
    return {"customer_id": number, **columns}


def event(kind: str = "track", **columns):
    return {"kind": kind, "event_time": NOON, **columns}


@pytest.fixture(scope="module")
def warehouse():
    opened = DuckDBWarehouse(":memory:")
    yield opened
    opened.close()


@pytest.fixture
def found(warehouse):
    def pairs(customers=(), events=()):
        tables = rows_of(ods.CUSTOMERS, *customers), rows_of(ods.EVENTS, *events)
        rows = warehouse.to_arrow(edges(*map(ibis.memtable, tables))).to_pylist()
        return {(row["left_id"], row["right_id"], row["evidence"]): row["seen"] for row in rows}

    return pairs


def test_a_record_ties_its_number_to_device_card_email_and_phone(found):
    record = customer("7", anonymous_id="d", member_card="88", email="a@b.c", phone="+8613800")
    assert found([record]) == {
        ("anon:d", "user:7", "customer_record"): 1,
        ("card:88", "user:7", "customer_record"): 1,
        ("email:a@b.c", "user:7", "customer_record"): 1,
        ("phone:+8613800", "user:7", "customer_record"): 1,
    }


def test_logging_in_ties_user_and_device_and_counts_how_often(found):
    calls = [event(user_id="7", anonymous_id="d")] * 2 + [
        event("identify", user_id="7", anonymous_id="d")
    ]
    assert found(events=calls) == {
        ("anon:d", "user:7", "login"): 2,
        ("anon:d", "user:7", "identify"): 1,
    }


def test_an_identify_call_without_a_user_ties_the_device_to_the_email(found):
    calls = [event("identify", anonymous_id="d", email=" A@B.c ")]
    assert found(events=calls) == {("anon:d", "email:a@b.c", "identify"): 1}


def test_a_previous_id_is_a_user_only_where_one_is_known_by_that_name(found):
    calls = [
        event("alias", user_id="new", previous_id="old"),
        event("alias", user_id="new", previous_id="device"),
        event(user_id="old", anonymous_id="d"),
    ]
    assert ("user:new", "user:old", "alias") in found(events=calls)
    assert ("anon:device", "user:new", "alias") in found(events=calls)


def test_placeholders_are_nobody(found):
    records = [
        customer("7", anonymous_id="null", member_card="0000", email="none", phone="000"),
        customer("8", anonymous_id="-1", member_card="NULL", phone="12"),
    ]
    assert found(records) == {}


ODD_IDS = [
    "１７", " 17 ", "1 7", "\u30001\u00a07", "Ａb\u200b", "\ufeffx", "\x0bv", "f\x0c",
    "１\t７\n", "a\u00ad-b", "ａ＠ｂ", "plain", "Ünï", "\u202f9\u2060",
]  # fmt: skip


def test_ids_of_evidence_are_those_of_facts_after_the_shipped_cleaning(warehouse):
    records = [customer(number, member_card=number) for number in ODD_IDS]
    raw = ibis.memtable(rows_of(ods.CUSTOMERS, *records))
    context = BuildContext(NOON)
    tidied = cleaned_for(raw, shipped_rules().of(ods.CUSTOMERS), context)
    facts, evidence = (
        warehouse.to_arrow(table).to_pylist()
        for table in (
            tidied.select("customer_id", "member_card"),
            raw.select(
                user=cleaned("user", raw.customer_id), card=cleaned("card", raw.member_card)
            ),
        )
    )
    assert sorted(row["customer_id"] for row in facts) == sorted(row["user"] for row in evidence)
    cards = sorted(row["member_card"].upper() for row in facts)
    assert cards == sorted(row["card"] for row in evidence)
