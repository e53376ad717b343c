"""Invitations, against walks through the same trees."""

from __future__ import annotations

import json
from datetime import timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.insights.doings import MONDAY, PEOPLE, Deed, activity_of, sources

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.behavior.api import Scope
from zhiyin.insights.behavior.referral import read_referral, referral, referral_people
from zhiyin.testing.rows import rows_of

SPEC = read_referral(
    {"joined": "sign", "days": {"since": "2024-03-18", "until": "2024-03-31"}, "interval": "week"}
)
NAMES = [person.removeprefix("user:") for person in PEOPLE]
joins = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from([*NAMES, "old", "user:z"]),
              st.integers(-3, 12)),
    max_size=12,
)  # fmt: skip


@pytest.fixture(scope="module")
def fetch():
    """What runs an expression where JSON can be read."""
    made = DuckDBWarehouse(":memory:", threads=1)
    yield made.to_arrow
    made.close()


def asked(rows):
    """Return the scope and the raw events of (invited, inviter as named, day)."""
    found = [Deed(who, MONDAY + timedelta(days=day), "sign") for who, _, day in rows]
    raw = [
        {"event_id": str(n), "event": "sign", "properties": json.dumps({"inviter_id": inviter})}
        for n, (_, inviter, _) in enumerate(rows)
    ]
    alias = {"visitor_id": "user:old", "person_id": "user:a"}
    people = {PERSON_OF.name: ibis.memtable(rows_of(PERSON_OF, alias))}
    return (
        Scope(activity_of(found), sources(**people), "UTC"),
        ibis.memtable(rows_of(ods.EVENTS, *raw)),
    )


def typed(name):
    full = name if ":" in name else f"user:{name}"
    return "user:a" if full == "user:old" else full


def forest(rows):
    """Return {invited: (inviter, day)} and {person: depth}."""
    first = {}
    order = sorted(enumerate(rows), key=lambda pair: (pair[1][2], str(pair[0])))
    for _, (who, name, day) in order:
        if typed(name) != who:
            first.setdefault(who, (typed(name), day))
    parent = {
        who: inviter for who, (inviter, day) in first.items()
        if inviter not in first or first[inviter][1] < day
    }  # fmt: skip

    def depth(who):
        return 1 + depth(parent[who]) if who in parent else 0

    everybody = {*first, *(inviter for inviter, _ in first.values())}
    return first, {who: depth(who) for who in everybody}


@settings(max_examples=25, deadline=None)
@given(joins)
def test_trees_are_those_of_a_walk(fetch, rows):
    scope, raw = asked(rows)
    told = referral(scope, SPEC, raw, fetch=fetch)
    first, depths = forest(rows)
    assert told["invited"] == len(first)
    assert told["inviters"] == len({inviter for inviter, _ in first.values()})
    by_depth = {one["depth"]: one["people"] for one in told["depths"]}
    assert by_depth == {
        n: count for n in range(1, 6) if (count := sum(d == n for d in depths.values()))
    }
    weeks = [sum(7 * n <= day < 7 * n + 7 for _, day in first.values()) for n in (0, 1)]
    assert [one["invited"] for one in told["periods"]] == weeks
    for depth in by_depth:
        behind = fetch(referral_people(scope, SPEC, raw, {"depth": depth}, fetch=fetch))
        wanted = {who for who, found in depths.items() if found == depth}
        assert set(behind["person_id"].to_pylist()) == wanted
    for one in told["groups"]:
        point = {"group": one["group"]}
        behind = fetch(referral_people(scope, SPEC, raw, point, fetch=fetch))
        assert behind.num_rows == one["people"]


def test_the_largest_tree_and_its_people(fetch):
    scope, raw = asked([("user:b", "a", 0), ("user:c", "b", 1), ("user:d", "c", 2)])
    told = referral(scope, SPEC, raw, fetch=fetch)
    assert told["trees"] == 1
    assert told["largest"] == [{"root": "user:a", "people": 4, "depth": 3}]
    behind = fetch(referral_people(scope, SPEC, raw, {"root": "user:a"}, fetch=fetch))
    assert sorted(behind["person_id"].to_pylist()) == list(PEOPLE)
    nobody = fetch(referral_people(scope, SPEC, raw, {"root": "user:x"}, fetch=fetch))
    assert nobody.num_rows == 0


def test_k_is_the_number_of_people_whom_each_active_person_brings(fetch):
    scope, raw = asked([("user:b", "a", 0), ("user:c", "a", 1), ("user:d", "", 2)])
    first_week = referral(scope, SPEC, raw, fetch=fetch)["periods"][0]
    assert (first_week["invited"], first_week["active"]) == (2, 3)
    assert first_week["k"] == pytest.approx(2 / 3)
    assert first_week["sent"] is None


def test_nobody_invited_anybody(fetch):
    scope, raw = asked([])
    told = referral(scope, SPEC, raw, fetch=fetch)
    assert (told["invited"], told["largest"], told["depths"]) == (0, [], [])
    assert [one["k"] for one in told["periods"]] == [None, None]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "joined: say what the invited do"),
        ({"joined": "a", "inviter": "a'b"}, "inviter: must be a property"),
        ({"joined": "a", "by": "age"}, "by cannot be 'age'"),
    ],
)
def test_a_mistake_in_a_question_is_said(body, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read_referral(body)
