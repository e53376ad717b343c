"""A merge that is undone leaves people as they were; taking that back merges them again."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.identity.ledger.evidence import Shop, together

from zhiyin.core.errors import NotFound
from zhiyin.identity.ledger import api as ledger
from zhiyin.identity.tables import DECISIONS

ids = st.sampled_from([f"user:{n}" for n in range(4)] + [f"anon:{n}" for n in range(5)])
pairs = st.lists(st.tuples(ids, ids).filter(lambda pair: pair[0] != pair[1]), max_size=8)
ANN = {"actor": "ann", "why": "not the same"}


@pytest.fixture(scope="module")
def shop():
    with Shop() as made:
        yield made


def undo(shop: Shop, change_id: str) -> ledger.Outcome:
    return ledger.undo(shop.warehouse, change_id, at=shop.moment(), **ANN)


def decisions(shop: Shop) -> list[dict]:
    return shop.rows(DECISIONS, "decision_id", "left_id", "right_id")


@pytest.mark.slow  # as all that work people out again and again: each time takes a second
@settings(max_examples=30, deadline=None)
@given(pairs, st.tuples(ids, ids).filter(lambda pair: pair[0] != pair[1]))
def test_merge_then_undo_is_identity_and_taking_it_back_merges_again(shop, before, bridge):
    shop.clear()
    shop.see(*before)
    people = shop.run()
    shop.see(bridge)
    merged = shop.run()
    changes = shop.changes()
    # A device that gets a second user may leave its first: that is a split, and stays one.
    assume(all(row["kind"] == "merge" for row in changes))
    for change in changes:
        assert undo(shop, change["change_id"]).is_new
    known = set(people)
    assert together(shop.run(), known) == together(people, known)
    for decision in {row["decision_id"] for row in decisions(shop)}:
        ledger.revoke(shop.warehouse, decision, actor="bob", at=shop.moment())
    assert shop.run() == merged


def couple(shop: Shop) -> str:
    """Let two people become one, and return the merge's number."""
    shop.clear()
    shop.see(("user:1", "anon:1"), ("user:2", "anon:2"), evidence="login")
    shop.run()
    shop.see(("user:1", "user:2"))
    assert set(shop.run().values()) == {"user:1"}
    return shop.changes()[-1]["change_id"]


def test_a_second_undo_does_nothing(shop):
    merge = couple(shop)
    first = undo(shop, merge)
    assert (first.says, first.plan.people_after) == ("decided", 2)
    rows = decisions(shop)
    second = undo(shop, merge)
    assert (second.says, second.is_new, second.decision_id) == (
        "already_decided", False, first.decision_id,
    )  # fmt: skip
    assert decisions(shop) == rows


def test_later_evidence_does_not_fuse_them_again(shop):
    undo(shop, couple(shop))
    shop.run()
    shop.see(("user:1", "card:9"), ("user:2", "card:9"), evidence="customer_record")
    people = shop.run()
    assert people["user:1"] != people["user:2"]


@pytest.mark.slow
def test_what_came_after_the_merge_goes_with_the_side_it_is_tied_to(shop):
    merge = couple(shop)
    shop.see(("user:2", "email:b@x.y"), ("anon:1", "email:a@x.y"), evidence="identify")
    shop.run()
    undo(shop, merge)
    people = shop.run()
    assert together(people, people) == {
        frozenset({"user:1", "anon:1", "email:a@x.y"}),
        frozenset({"user:2", "anon:2", "email:b@x.y"}),
    }


def test_the_ledger_tells_the_undo_as_a_split_with_its_decision(shop):
    merge = couple(shop)
    outcome = undo(shop, merge)
    shop.run()
    split = shop.changes()[-1]
    assert (split["kind"], split["cause"], split["decision_id"]) == (
        "split", "decision", outcome.decision_id,
    )  # fmt: skip
    (page,) = [one for one in ledger.list_changes(shop.warehouse).changes if one.kind == "merge"]
    assert page.undone_by == outcome.decision_id


@pytest.mark.slow
def test_two_ids_name_the_merge_that_brought_them_together(shop):
    couple(shop)
    at = shop.moment()
    outcome = ledger.undo_between(shop.warehouse, "anon:2", "user:1", at=at, **ANN)
    people = shop.run()
    assert outcome.is_new
    assert together(people, people) == {
        frozenset({"user:1", "anon:1"}), frozenset({"user:2", "anon:2"}),
    }  # fmt: skip


@pytest.mark.slow
def test_people_who_were_one_from_the_first_can_be_separated(shop):
    shop.clear()
    shop.see(("user:1", "anon:1"), ("user:1", "anon:2"), evidence="login")
    shop.run()
    at = shop.moment()
    outcome = ledger.undo_between(shop.warehouse, "user:1", "anon:2", at=at, **ANN)
    people = shop.run()
    assert (outcome.says, people["anon:2"], people["anon:1"]) == ("decided", "anon:2", "user:1")


@pytest.mark.slow
def test_joining_what_was_undone_takes_the_undo_back(shop):
    undo(shop, couple(shop))
    shop.run()
    joined = ledger.join(shop.warehouse, "anon:1", "anon:2", at=shop.moment(), **ANN)
    assert set(shop.run().values()) == {"user:1"}
    assert [row["kind"] for row in decisions(shop) if row["revoked_at"] is None] == ["join"]
    again = ledger.join(shop.warehouse, "anon:1", "anon:2", at=shop.moment(), **ANN)
    assert (again.says, again.decision_id) == ("already_one_person", joined.decision_id)


@pytest.mark.slow
def test_a_joining_is_undone_and_comes_back_when_the_undo_is_taken_back(shop):
    shop.clear()
    shop.see(("user:1", "anon:1"), ("user:2", "anon:2"), evidence="login")
    shop.run()
    ledger.join(shop.warehouse, "user:1", "user:2", at=shop.moment(), **ANN)
    assert set(shop.run().values()) == {"user:1"}
    merge = shop.changes()[-1]
    assert merge["cause"] == "decision"
    outcome = undo(shop, merge["change_id"])
    assert len(set(shop.run().values())) == 2
    assert outcome.decision_id is not None
    ledger.revoke(shop.warehouse, outcome.decision_id, actor="bob", at=shop.moment())
    assert set(shop.run().values()) == {"user:1"}


@pytest.mark.slow
def test_undoing_a_split_joins_the_two_again(shop):
    couple(shop)
    ledger.separate(shop.warehouse, "user:1", "user:2", at=shop.moment(), **ANN)
    assert len(set(shop.run().values())) == 2
    split = shop.changes()[-1]
    outcome = undo(shop, split["change_id"])
    assert outcome.says == "revoked"
    assert set(shop.run().values()) == {"user:1"}


@pytest.mark.slow
def test_strangers_are_kept_apart_beforehand_once(shop):
    shop.clear()
    shop.see(("user:1", "anon:1"), ("user:2", "anon:2"), evidence="login")
    shop.run()
    first = ledger.separate(shop.warehouse, "user:1", "user:2", at=shop.moment(), **ANN)
    again = ledger.separate(shop.warehouse, "user:1", "user:2", at=shop.moment(), **ANN)
    assert (again.says, again.decision_id) == ("already_decided", first.decision_id)
    shop.see(("user:1", "user:2"))
    assert len(set(shop.run().values())) == 2


@pytest.mark.parametrize("what", ["m-none", "s-none", ""])
def test_an_unknown_change_is_named(shop, what):
    with pytest.raises(NotFound, match="zhiyin identity changes"):
        undo(shop, what)


def test_an_unknown_decision_is_named(shop):
    with pytest.raises(NotFound, match="zhiyin identity decisions"):
        ledger.revoke(shop.warehouse, "d-none", actor="bob", at=shop.moment())
