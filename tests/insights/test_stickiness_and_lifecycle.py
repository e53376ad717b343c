"""Stickiness and life cycle, against loops over the same deeds."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.insights.doings import MONDAY, PEOPLE, Deed, deeds, scope, week

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.lifecycle import lifecycle, lifecycle_people, read_lifecycle
from zhiyin.insights.behavior.stickiness import (
    read_stickiness,
    stickiness,
    stickiness_people,
)

SINCE, UNTIL = date(2024, 3, 20), date(2024, 4, 2)
DAYS = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}
WEEKS = [week(SINCE) + timedelta(weeks=n) for n in range(3)]
TESTS = {
    "at_least": lambda times, wanted: times >= wanted,
    "at_most": lambda times, wanted: times <= wanted,
    "exactly": lambda times, wanted: times == wanted,
}


@settings(max_examples=12, deadline=None)
@given(deeds, st.sampled_from(list(TESTS)), st.integers(1, 2), st.booleans())
def test_days_per_person_are_those_of_a_loop(found, criterion, times, cumulative):
    spec = read_stickiness(
        {"step": "view", "days": DAYS, "criterion": criterion, "times": times,
         "cumulative": cumulative}
    )  # fmt: skip
    rows = [d for d in found if d.event == "view" and SINCE <= d.local.date() <= UNTIL]
    often = Counter((d.person, d.local.date()) for d in rows)
    days = Counter(who for (who, _), n in often.items() if TESTS[criterion](n, times))
    told = stickiness(scope(found), spec)
    assert told["periods"] == 14
    wanted = [sum(n >= k if cumulative else n == k for n in days.values()) for k in range(1, 15)]
    assert told["groups"][0]["values"] == wanted
    assert told["groups"][0]["people"] == len(days)
    behind = stickiness_people(scope(found), spec, {"periods": 1}).to_pyarrow()
    assert set(behind["person_id"].to_pylist()) == {
        who for who, n in days.items() if (n >= 1 if cumulative else n == 1)
    }


def state(person, monday, found):
    """Return someone's state in a week; None if they were never there."""
    weeks = sorted({week(d.local.date()) for d in found if d.person == person})
    before = monday - timedelta(weeks=1)
    if monday in weeks:
        if monday == weeks[0]:
            return "new"
        return "returning" if before in weeks else "resurrecting"
    return "dormant" if before in weeks else None


@settings(max_examples=15, deadline=None)
@given(deeds)
def test_states_per_week_are_those_of_a_loop(found):
    spec = read_lifecycle({"step": "view", "days": DAYS, "interval": "week"})
    views = [d for d in found if d.event == "view"]
    told = lifecycle(scope(found), spec)
    assert told["starts"] == [monday.isoformat() for monday in WEEKS]
    for n, monday in enumerate(WEEKS):
        states = {person: state(person, monday, views) for person in PEOPLE}
        for name in ("new", "returning", "resurrecting", "dormant"):
            wanted = {person for person, found_state in states.items() if found_state == name}
            assert told["groups"][0][name][n] == len(wanted)
    last = {"at": WEEKS[-1].isoformat(), "state": "dormant"}
    behind = lifecycle_people(scope(found), spec, last).to_pyarrow()["person_id"].to_pylist()
    assert sorted(behind) == [p for p in PEOPLE if state(p, WEEKS[-1], views) == "dormant"]


def test_a_message_that_arrives_is_nothing_that_people_do():
    found = [
        Deed("user:a", MONDAY + timedelta(days=3), "Email Delivered"),
        Deed("user:b", MONDAY + timedelta(days=3), "view"),
    ]
    told = stickiness(scope(found), read_stickiness({"days": DAYS}))
    assert told["groups"][0]["people"] == 1


def test_people_are_divided_by_what_is_known_of_them():
    found = [Deed(person, MONDAY + timedelta(days=3), "view") for person in PEOPLE]
    body = {
        "step": "view",
        "days": DAYS,
        "breakdown": {"kind": "person", "name": "city", "most": 1},
    }
    groups = lifecycle(scope(found), read_lifecycle(body))["groups"]
    # Leeds and York have one each, and so has nobody's city two: the largest group is named.
    assert [(g["group"], g["is_other"], g["people"]) for g in groups] == [
        (None, False, 2), (None, True, 2)
    ]  # fmt: skip


def test_people_have_no_channel():
    with pytest.raises(InvalidInput, match=r"People have no channel, their events do; divide by"):
        read_lifecycle({"step": "view", "breakdown": "channel"})


def test_a_point_that_is_none_is_refused():
    spec = read_lifecycle({"step": "view", "days": DAYS})
    with pytest.raises(InvalidInput, match=r"No week of this answer begins at '2020-01-01'"):
        lifecycle_people(scope([]), spec, {"at": "2020-01-01", "state": "new"})
    with pytest.raises(InvalidInput, match=r"point.state cannot be 'gone'; allowed: new, returnin"):
        lifecycle_people(scope([]), spec, {"at": "2024-03-18", "state": "gone"})
