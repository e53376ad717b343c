"""Ids that identify nobody, and what is no evidence at all."""

from __future__ import annotations

import time

import ibis
import pyarrow as pa
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.api import blocked, builds_of, edges, load_policy
from zhiyin.identity.policy import Blocked, Policy
from zhiyin.identity.tables import BLOCKED, EDGES, LINKS, PERSON_OF
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse.api import BuildContext, run_builds

DEFAULT = load_policy()


def found(*pairs, policy=DEFAULT):
    links = [{"left_id": left, "right_id": right, "seen": 1} for left, right in pairs]
    rows = blocked(ibis.memtable(rows_of(LINKS, *links)), policy).to_pyarrow().to_pylist()
    return {row["blocked_id"]: (row["reason"], row["users"]) for row in rows}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("phone:+8613888888888", "placeholder"),
        ("phone:12345678", "placeholder"),
        ("phone:+8613800138000", "placeholder"),
        ("phone:+8613912345670", None),
        ("card:1111", "placeholder"),
        ("card:987654", "placeholder"),
        ("card:111", None),
        ("anon:ffffffffffffffff", "placeholder"),
        ("anon:123456", None),
        ("email:test@b.c", "pattern"),
        ("email:no-reply@b.c", "pattern"),
        ("email:testino@b.c", None),
        ("email:info@b.c", None),
        ("openid:" + "x1" * 300, "too_long"),
    ],
)
def test_what_looks_like_nobody_is_blocked(name, reason):
    assert found((name, "user:1")) == ({name: (reason, 1)} if reason else {})


def test_customer_numbers_are_blocked_only_by_name():
    assert found(("anon:d", "user:123456"), ("anon:e", "user:1111")) == {}
    declared = Policy(DEFAULT.ids, blocked=Blocked(values=("user:1111",), patterns=("^card:9",)))
    pairs = [("anon:e", "user:1111"), ("card:97", "user:1"), ("card:79", "user:1")]
    assert found(*pairs, policy=declared) == {
        "user:1111": ("declared", 0),
        "card:97": ("declared", 1),
    }


def test_a_value_is_shared_from_one_user_more_than_allowed():
    pairs = [("phone:p", f"user:{n}") for n in range(6)] + [("anon:d", "phone:p")]
    assert found(*pairs) == {"phone:p": ("shared", 6)}
    assert found(*pairs[1:]) == {}
    assert found(*(("card:c", f"user:{n}") for n in range(3))) == {"card:c": ("shared", 3)}


def test_ids_that_only_look_alike_stay_apart_and_odd_ones_are_no_evidence():
    records = [
        {"customer_id": "1", "email": "anna@b.c"},
        {"customer_id": "2", "email": "\u0430nna@b.c"},  # a Cyrillic a
        {"customer_id": "3", "member_card": "x" * 10_240, "phone": "  ", "email": "no address"},
        {"customer_id": "", "email": "b@b.c"},
        {"customer_id": "４", "email": " ＡＮＮＡ@b.c "},
    ]
    events = [
        {"kind": "alias", "user_id": "5", "previous_id": "5", "event_time": EPOCH},
        {"kind": "track", "user_id": "6", "anonymous_id": "u" * 10_240, "event_time": EPOCH},
    ]
    table = edges(
        ibis.memtable(rows_of(ods.CUSTOMERS, *records)), ibis.memtable(rows_of(ods.EVENTS, *events))
    )
    warehouse = DuckDBWarehouse(":memory:")
    rows = warehouse.to_arrow(table).to_pylist()
    warehouse.close()
    assert {(row["left_id"], row["right_id"]) for row in rows} == {
        ("email:anna@b.c", "user:1"),
        ("email:\u0430nna@b.c", "user:2"),
        ("email:anna@b.c", "user:4"),
        ("anon:5", "user:5"),
    }


def resolved(warehouse, evidence):
    warehouse.write(EDGES, evidence)
    wanted = {LINKS.name, BLOCKED.name, PERSON_OF.name}
    run_builds(
        [build for build in builds_of(DEFAULT) if build.spec.name in wanted],
        warehouse,
        context=BuildContext(EPOCH),
        clock=FixedClock(),
        run_id="r",
    )


@pytest.mark.slow
def test_300_000_records_with_one_phone_are_quickly_blocked():
    count = 300_000
    users = pa.array([f"user:{n}" for n in range(count)])
    told = {
        "left_id": pa.repeat(pa.scalar("phone:+8613912345670"), count),
        "right_id": users,
        "evidence": pa.repeat(pa.scalar("customer_record"), count),
        "source_id": pa.repeat(pa.scalar("crm"), count),
        "seen": pa.repeat(pa.scalar(1), count),
        "first_seen": pa.nulls(count, pa.timestamp("us")),
        "last_seen": pa.nulls(count, pa.timestamp("us")),
        "load_id": pa.repeat(pa.scalar(1), count),
    }
    warehouse = DuckDBWarehouse(":memory:")
    began = time.process_time()
    resolved(warehouse, pa.table(told))
    seconds = time.process_time() - began
    (row,) = warehouse.to_arrow(warehouse.read(BLOCKED)).to_pylist()
    people = warehouse.to_arrow(warehouse.read(PERSON_OF))
    warehouse.close()
    assert (row["reason"], row["users"]) == ("shared", count)
    assert people.num_rows == count + 1
    assert set(people["ids"].to_pylist()) == {1}
    # Quadratic work would take hours; this takes some seconds of processor time.
    assert seconds < 40


def test_the_policy_refuses_what_it_cannot_mean(tmp_path):
    path = tmp_path / "policies" / "identity.yaml"
    path.parent.mkdir()
    for text, sentence in (
        ("ids: {username: {at_most: 1}}", "cannot be 'username'; allowed: user"),
        ("ids: {phone: {at_most: 0}}", "ids.phone.at_most is 0; give 1 or more"),
        ("shared_device: {owner_has_at_least: 0.4}", "give more than 0.5 and at most 1"),
        ("blocked: {patterns: ['(']}", "no regular expression"),
        ("blocked: {longest: 5000}", "give a number from 1 to 1024"),
        ("idz: {}", "compare it with the default one"),
        ("ids: [", "cannot be read as YAML"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput) as refused:
            load_policy(tmp_path)
        assert sentence in str(refused.value)


def test_kinds_that_a_policy_leaves_out_come_last_and_have_no_limit(tmp_path):
    path = tmp_path / "policies" / "identity.yaml"
    path.parent.mkdir()
    path.write_text("ids: {card: {at_most: 1}, user: {at_most: 1}}", encoding="utf-8")
    policy = load_policy(tmp_path)
    assert policy.kinds[:3] == ("card", "user", "unionid")
    assert policy.ids["phone"].at_most is None
    assert policy.digest != DEFAULT.digest
    assert load_policy(tmp_path / "nowhere") == DEFAULT
