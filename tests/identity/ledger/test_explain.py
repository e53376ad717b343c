"""Why two ids are one person, or why not."""

from __future__ import annotations

import pytest
from tests.identity.ledger.evidence import Shop

from zhiyin.core.errors import Conflict, InvalidInput, NotFound
from zhiyin.identity.ledger import api as ledger
from zhiyin.identity.ledger.finding import spellings
from zhiyin.identity.tables import BLOCKED
from zhiyin.testing.rows import rows_of


@pytest.fixture(scope="module")
def shop():
    with Shop() as made:
        made.see(("user:1", "phone:+8613812345678"), ("user:2", "card:7"), evidence="identify")
        made.see(("anon:d", "user:1"), ("user:2", "anon:7"), evidence="login")
        made.see(("anon:e", "user:1"), ("anon:e", "user:3"), evidence="login")
        made.see(("user:1", "user:4"))
        made.run()
        yield made


def test_the_chain_of_evidence_leads_from_one_to_the_other(shop):
    told = ledger.explain(shop.warehouse, "138 1234 5678", "d")
    assert (told.left_id, told.right_id) == ("phone:+8613812345678", "anon:d")
    assert (told.is_one_person, told.reason) == (True, "linked")
    assert [link.evidence for link in told.chain] == [("identify",), ("login",)]
    assert told.left_person_id == told.right_person_id == "user:1"


def test_refused_evidence_is_named_with_its_reason(shop):
    told = ledger.explain(shop.warehouse, "user:1", "user:3")
    assert (told.is_one_person, told.reason) == (False, "refused")
    assert {link.reason for link in told.obstacles} == {"shared_device"}


def test_strangers_have_no_evidence(shop):
    told = ledger.explain(shop.warehouse, "user:1", "user:2")
    assert (told.reason, told.chain, told.obstacles) == ("no_evidence", (), ())


def test_a_value_of_several_kinds_is_no_answer(shop):
    with pytest.raises(Conflict, match="card:7, anon:7; say which"):
        ledger.explain(shop.warehouse, "7", "user:1")


@pytest.mark.parametrize("text", ["nobody@x.y", "user:99", "999999"])
def test_an_unknown_id_is_named(shop, text):
    with pytest.raises(NotFound, match=text):
        ledger.explain(shop.warehouse, text, "user:1")


@pytest.mark.parametrize("text", ["", "  ", "x" * 10_001])
def test_an_id_is_neither_empty_nor_endless(shop, text):
    with pytest.raises(InvalidInput, match="10,000 characters"):
        ledger.one_id(shop.warehouse, text)


def test_a_blocked_id_is_found_and_told(shop):
    row = {"blocked_id": "phone:4008001234", "reason": "shared", "users": 500, "seen": 900}
    shop.warehouse.write(BLOCKED, rows_of(BLOCKED, row))
    told = ledger.explain(shop.warehouse, "4008001234", "user:2")
    assert [one.users for one in told.blocked] == [500]
    assert ledger.list_blocked(shop.warehouse).total == 1


def test_bare_values_may_be_of_every_kind_that_suits_them():
    assert spellings("User:7") == ["user:7"]
    assert spellings("A@B.c") == [
        "user:A@B.c", "unionid:A@B.c", "openid:A@B.c", "card:A@B.C", "email:a@b.c", "anon:A@B.c",
    ]  # fmt: skip


def test_a_person_is_shown_with_history_and_merges(shop):
    told = ledger.show(shop.warehouse, "user:4")
    assert told.person_id == "user:1"
    assert {"user:1", "user:4", "anon:d"} <= set(told.ids)
    assert {one.visitor_id for one in told.history} == set(told.ids)
    assert (told.household, told.fields) == ((), {})


def test_the_report_of_an_empty_warehouse_is_empty():
    with Shop() as empty:
        told = ledger.report(empty.warehouse)
    assert (told.rate, told.people, told.sources, told.is_on_target) == (None, 0, (), None)


def test_a_plan_counts_and_writes_nothing(shop):
    before = shop.people()
    plan = ledger.joining_draft(shop.warehouse, "user:1", "user:2").plan
    assert (plan.merges, plan.people_before, plan.people_after) == (1, 2, 1)
    assert {"user:2", "card:7"} <= set(plan.shifts[0].examples)
    assert shop.people() == before
