"""Who each id belonged to since when, against a plain loop over growing evidence."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.identity.ledger.book import Book

NOON = datetime(2026, 3, 1, 12)

names = st.sampled_from(["user:1", "user:2", "user:3", "phone:1", "phone:2", "anon:1", "anon:2"])
states = st.dictionaries(names, st.sampled_from(["a", "b", "c"]), max_size=7)


def people(groups: dict[str, str]) -> dict[str, str]:
    """Return the person of each id: ids with one letter are one person, named by the first."""
    order = ["user", "phone", "anon"]
    leader: dict[str, str] = {}
    for name in sorted(groups, key=lambda name: (order.index(name.split(":")[0]), name)):
        leader.setdefault(groups[name], name)
    return {name: leader[group] for name, group in groups.items()}


@pytest.fixture(scope="module")
def book():
    with Book() as made:
        yield made


@pytest.mark.slow  # each example runs two builds or more
@settings(max_examples=15, deadline=None)
@given(st.lists(states, min_size=1, max_size=4))
def test_the_newest_row_of_each_id_is_its_person(book, series):
    book.clear()
    for groups in series:
        now = people(groups)
        book.publish(now)
        state = book.state()
        assert {name: state[name] for name in now} == now
        # Who is nobody's any more stands alone.
        assert all(state[name] == name for name in state if name not in now)


@pytest.mark.slow  # each example runs two builds or more
@settings(max_examples=10, deadline=None)
@given(states)
def test_nothing_is_noted_where_nothing_changed(book, groups):
    book.clear()
    book.publish(people(groups))
    before = book.history()
    book.publish(people(groups))
    assert book.history() == before
    assert book.changes() == []
    assert len(before) == len(groups)


@pytest.mark.slow  # each example runs two builds or more
@settings(max_examples=15, deadline=None)
@given(states, st.sampled_from(["a", "b", "c"]), st.sampled_from(["a", "b", "c"]), states)
def test_growing_evidence_only_merges_and_the_people_add_up(book, groups, one, other, fresh):
    book.clear()
    book.publish(people(groups))
    grown = {name: one if group == other else group for name, group in groups.items()}
    grown |= {name: group for name, group in fresh.items() if name not in grown}
    before, after = people(groups), people(grown)
    book.publish(after)
    known = {after[name] for name in groups}
    changes = book.changes()
    assert {change["kind"] for change in changes} <= {"merge"}
    assert len(set(before.values())) - len(changes) == len(known)


def test_a_person_that_gets_a_better_name_is_the_same_person(book):
    book.clear()
    book.publish({"anon:1": "anon:1"})
    book.publish({"anon:1": "user:1", "user:1": "user:1"})
    assert book.changes() == []
    assert book.row("anon:1")["previous_person_id"] == "anon:1"
    assert book.row("anon:1")["change_id"] is None
    assert book.row("user:1")["previous_person_id"] is None


def test_two_devices_that_meet_under_a_new_customer_are_one_merge(book):
    book.clear()
    book.publish({"anon:1": "anon:1", "anon:2": "anon:2", "anon:3": "anon:2"})
    book.publish(dict.fromkeys(["anon:1", "anon:2", "anon:3", "user:1"], "user:1"))
    (change,) = book.changes()
    assert (change["kind"], change["person_id"]) == ("merge", "user:1")
    assert change["other_person_id"] == "anon:1"  # the smaller one joins


def test_ids_that_leave_are_a_split_and_coming_back_is_a_merge(book):
    book.clear()
    one = dict.fromkeys(["user:1", "user:2", "phone:2"], "user:1")
    two = {"user:1": "user:1", "user:2": "user:2", "phone:2": "user:2"}
    for state in (one, two, one):
        book.publish(state)
    split, merge = book.changes()
    assert (split["kind"], split["person_id"], split["other_person_id"], split["ids"]) == (
        "split", "user:1", "user:2", 2,
    )  # fmt: skip
    assert (merge["kind"], merge["person_id"], merge["other_person_id"], merge["ids"]) == (
        "merge", "user:1", "user:2", 2,
    )  # fmt: skip
    assert split["change_id"].startswith("s-")
    assert merge["change_id"].startswith("m-")


def test_rows_stay_in_order_when_the_clock_went_back(book):
    book.clear()
    book.publish({"user:1": "user:1", "user:2": "user:2"}, at=NOON)
    book.publish(dict.fromkeys(["user:1", "user:2"], "user:1"), at=NOON - timedelta(days=1))
    book.publish({"user:1": "user:1", "user:2": "user:2"}, at=NOON - timedelta(days=1))
    assert book.state()["user:2"] == "user:2"
    moments = [row["changed_at"] for row in book.history() if row["visitor_id"] == "user:2"]
    assert moments == [NOON + timedelta(microseconds=n) for n in range(3)]


def test_a_merge_is_caused_by_the_strongest_link_between_the_two(book):
    book.clear()
    book.publish({"user:1": "user:1", "phone:1": "user:1", "user:2": "user:2", "anon:2": "user:2"})
    book.link("user:1", "phone:1", strength=9)
    book.link("phone:1", "user:2", evidence="identify,login", strength=5)
    book.link("anon:2", "user:1", evidence="login", strength=3)
    book.publish(dict.fromkeys(["user:1", "phone:1", "user:2", "anon:2"], "user:1"))
    (change,) = book.changes()
    assert (change["cause"], change["cause_left_id"], change["cause_right_id"]) == (
        "identify", "phone:1", "user:2",
    )  # fmt: skip
    assert change["decision_id"] is None


def test_a_split_is_the_policys_unless_somebody_decided_it(book):
    one = dict.fromkeys(["user:1", "user:2"], "user:1")
    two = {"user:1": "user:1", "user:2": "user:2"}
    book.clear()
    book.publish(one)
    book.link("user:1", "user:2", verdict="refused")
    book.publish(two)
    assert [change["cause"] for change in book.changes()] == ["policy"]
    assert book.changes()[0]["cause_right_id"] == "user:2"
    book.clear()
    book.publish(one)
    book.decide("separate", "user:1", "user:2", decision_id="d-1")
    book.publish(two)
    (change,) = book.changes()
    assert (change["cause"], change["decision_id"]) == ("decision", "d-1")
