"""Retention, against loops over the same deeds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.insights.doings import AS_OF, MONDAY, NUMBERS, PEOPLE, Deed, deeds, scope, week

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.retention import cohort_periods, retention_table
from zhiyin.insights.behavior.retention_answer import retention
from zhiyin.insights.behavior.retention_masks import cells_of, has_masks, mask_table
from zhiyin.insights.behavior.retention_reading import read_retention, retention_people
from zhiyin.insights.behavior.retention_walk import kinds_by_number, walked_rows
from zhiyin.stats import loops

# The window begins and ends within weeks.
SINCE, UNTIL = date(2024, 3, 20), date(2024, 4, 2)
DAYS = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}
WEEKS = [week(SINCE) + timedelta(weeks=n) for n in range(3)]

questions = st.fixed_dictionaries(
    {
        "target": st.just("sign") | st.just({"events": ["sign", "buy"]}),
        "returning": st.sampled_from(["sign", "buy", "view"]),
        "kind": st.sampled_from(["first_time", "recurring"]),
        "mode": st.sampled_from(["calendar", "elapsed"]),
        "cumulative": st.booleans(),
        "at_least": st.integers(1, 2),
        "brackets": st.sampled_from([[], [1, 2]]),
        "interval": st.just("week"),
        "intervals": st.integers(1, 4),
        "days": st.just(DAYS),
    }
)


def names(step):
    return step["events"] if isinstance(step, dict) else [step]


def cohorts_of(found, body):
    """Return {Monday: {person: instant}} of those who belong to each cohort."""
    targets = sorted((d for d in found if d.event in names(body["target"])), key=lambda d: d.ms)
    if body["kind"] == "first_time":
        first = {}
        for one in targets:
            first.setdefault(one.person, one)
        targets = list(first.values())
    cohorts = defaultdict(dict)
    for one in targets:
        if SINCE <= one.local.date() <= UNTIL:
            cohorts[week(one.local.date())].setdefault(one.person, one)
    return cohorts


def spans_of(body):
    if not body["brackets"]:
        return [(n, n + 1) for n in range(body["intervals"])]
    found = [(0, 1)]
    for length in body["brackets"]:
        found.append((found[-1][1], found[-1][1] + length))
    return found


def later(start, one, body):
    """Return how many weeks after its start a deed lies; None if it cannot count."""
    if body["mode"] == "calendar":
        return (week(one.local.date()) - week(start.local.date())).days // 7
    passed = one.ms - start.ms
    return None if passed < 0 else passed // (7 * 86_400_000)


def matrix(found, body):
    """Return {Monday: (size, [people of each column])}."""
    told = {}
    spans = spans_of(body)
    for monday, members in cohorts_of(found, body).items():
        columns = [set() for _ in spans]
        for person, start in members.items():
            back = [d for d in found if d.event == body["returning"] and d.person == person
                    and d.at < AS_OF]  # fmt: skip
            for n, (low, high) in enumerate(spans):
                times = [d for d in back if (k := later(start, d, body)) is not None
                         and low <= k < high]  # fmt: skip
                if len(times) >= body["at_least"]:
                    columns[n].add(person)
        if body["cumulative"]:
            for n in reversed(range(len(spans) - 1)):
                columns[n] |= columns[n + 1]
        told[monday] = (set(members), columns)
    return told


def begun(monday, low, body):
    start = monday if body["mode"] == "calendar" else max(monday, SINCE)
    wall = datetime.combine(start, datetime.min.time()) + timedelta(weeks=low)
    # Summer time begins on 31 March; elapsed weeks are of 168 hours.
    summer = timedelta(hours=1) if wall.date() > date(2024, 3, 31) else timedelta(0)
    at = wall - summer if body["mode"] == "calendar" else wall
    return at < AS_OF


@settings(max_examples=25, deadline=None)
@given(deeds, questions)
def test_the_matrix_is_that_of_a_loop(found, body):
    spec = read_retention(body)
    told = retention(scope(found), spec)["groups"][0]["cohorts"]
    wanted = matrix(found, body)
    assert [one["start"] for one in told] == [monday.isoformat() for monday in WEEKS]
    for one, monday in zip(told, WEEKS, strict=True):
        size, columns = wanted.get(monday, (set(), [set() for _ in spec.spans]))
        assert one["size"] == len(size)
        assert one["values"] == [
            len(people) if begun(monday, low, body) else None
            for people, (low, _) in zip(columns, spec.spans, strict=True)
        ]


@settings(max_examples=10, deadline=None)
@given(deeds, questions, st.integers(0, 2), st.booleans())
def test_the_people_behind_a_cell_are_those_of_a_loop(found, body, place, returned):
    spec = read_retention(body)
    column = min(place, len(spec.spans) - 1)
    point = {"cohort": WEEKS[place].isoformat(), "column": column, "returned": returned}
    behind = retention_people(scope(found), spec, point).to_pyarrow()["person_id"].to_pylist()
    size, columns = matrix(found, body).get(WEEKS[place], (set(), [set() for _ in spec.spans]))
    assert sorted(behind) == sorted(columns[column] if returned else size - columns[column])


def plain(rows):
    return sorted((row["cohort"], row["col"], row["people"]) for row in rows if row["people"])


@settings(max_examples=12, deadline=None)
@given(deeds, questions)
def test_one_number_per_person_tells_the_same_as_all_pairs(found, body):
    spec = read_retention(body | {"mode": "calendar", "at_least": 1})
    asked = scope(found)
    periods = cohort_periods(asked, spec)
    assert has_masks(spec, periods)
    by_mask = cells_of(mask_table(asked, spec, periods).to_pyarrow().to_pylist(), spec)
    by_pairs = retention_table(asked, spec, periods).to_pyarrow().to_pylist()
    assert plain(by_mask) == plain(by_pairs)


@settings(max_examples=25, deadline=None)
@given(deeds, questions, st.booleans())
def test_a_walk_through_events_tells_the_same_as_one_query(found, body, anything):
    if anything:
        body = body | {"target": {}, "returning": {}}
    spec = read_retention(body | {"mode": "calendar", "at_least": 1})
    asked = replace(scope(found), numbers=NUMBERS)
    periods = cohort_periods(asked, spec)
    kinds = kinds_by_number(spec, NUMBERS)
    by_query = mask_table(asked, spec, periods).order_by("cohort").to_pyarrow().to_pylist()
    assert walked_rows(asked, spec, periods, kinds) == by_query
    assert retention(asked, spec) == retention(replace(asked, is_embedded=False), spec)


def test_compiled_loops_count_who_came_back_as_plain_ones_do(monkeypatch):
    rng = np.random.default_rng(5)
    found = [
        Deed(PEOPLE[person], MONDAY + timedelta(hours=int(hour)), str(event))
        for person, hour, event in zip(
            rng.integers(0, 4, 80), rng.integers(40, 500, 80), rng.choice(list(NUMBERS), 80),
            strict=True,
        )
    ]  # fmt: skip
    asked = replace(scope(found), numbers=NUMBERS)
    for target in ("sign", {}):
        for kind in ("first_time", "recurring"):
            body = {"target": target, "kind": kind, "days": DAYS, "brackets": [1, 2]}
            spec = read_retention(body)
            with monkeypatch.context() as patch:
                patch.setattr(loops, "COMPILED_FROM", 0)
                compiled = retention(asked, spec)
            assert compiled == retention(asked, spec)
            assert sum(one["size"] for one in compiled["groups"][0]["cohorts"]) > 0


def test_what_returning_people_bring_is_summed_and_averaged_per_event():
    found = [
        Deed("user:a", MONDAY + timedelta(days=3), "sign"),
        Deed("user:b", MONDAY + timedelta(days=3), "sign"),
        Deed("user:a", MONDAY + timedelta(days=8), "buy", revenue=10),
        Deed("user:b", MONDAY + timedelta(days=9), "buy", revenue=20),
        Deed("user:b", MONDAY + timedelta(days=9), "buy", revenue=30),
    ]
    body = {"target": "sign", "returning": "buy", "intervals": 3, "days": DAYS}
    for measure, wanted in (("sum", [0, 60, 0]), ("average", [None, 20, None])):
        spec = read_retention(body | {"measure": measure})
        cohort = retention(scope(found), spec)["groups"][0]["cohorts"][0]
        assert cohort["values"] == wanted


def test_cohorts_are_divided_by_what_the_first_target_was():
    found = [
        Deed("user:a", MONDAY + timedelta(days=3), "sign", channel="mail"),
        Deed("user:a", MONDAY + timedelta(days=4), "sign", channel="web"),
        Deed("user:b", MONDAY + timedelta(days=4), "sign", channel="web"),
        Deed("user:a", MONDAY + timedelta(days=8), "sign", channel="app"),
    ]
    spec = read_retention({"target": "sign", "days": DAYS, "breakdown": "channel", "intervals": 2})
    groups = {one["group"]: one for one in retention(scope(found), spec)["groups"]}
    assert {name: one["size"] for name, one in groups.items()} == {"mail": 1, "web": 1}
    assert groups["mail"]["cohorts"][0]["values"] == [1, 1]


def test_means_leave_out_what_is_not_over():
    found = [Deed(person, MONDAY + timedelta(days=3), "sign") for person in ("user:a", "user:b")]
    found += [Deed("user:c", MONDAY + timedelta(days=8), "sign")]
    found += [Deed("user:a", MONDAY + timedelta(days=8), "sign")]
    found += [Deed("user:c", MONDAY + timedelta(days=15), "sign")]
    # The third week is not over: who comes in it counts in its cell and in no mean.
    found += [Deed("user:c", MONDAY + timedelta(days=21), "sign")]
    body = {"target": "sign", "days": DAYS, "intervals": 3}
    by = {mean: retention(scope(found), read_retention(body | {"mean": mean}))["groups"][0]["mean"]
          for mean in ("simple", "weighted")}  # fmt: skip
    assert by == {"simple": [1, 0.75, 0], "weighted": [1, pytest.approx(2 / 3), 0]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "target: say which event begins"),
        ({"target": "a", "interval": "month", "mode": "elapsed"}, "Months differ in length"),
        ({"target": "a", "cumulative": True, "measure": "sum"}, "drop cumulative"),
        ({"target": "a", "property": "revenue"}, "belongs to measure sum or average"),
        ({"target": "a", "intervals": 0}, "intervals: must be 1 to 366, not 0"),
        ({"target": "a", "brackets": [0]}, r"brackets\[0\]: must be 1 to 366"),
        ({"target": "a", "brackets": [300, 300]}, "they join 600 periods; 365 are allowed"),
        ({"target": "a", "kind": "second_time"}, "kind cannot be 'second_time'"),
    ],
)
def test_a_mistake_in_a_question_is_said(change, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read_retention(change)


@pytest.mark.parametrize(
    ("body", "last"),
    [
        ({}, 56),
        ({"interval": "month", "intervals": 6}, 186),
        ({"interval": "hour", "intervals": 30}, 2),
        ({"interval": "month", "days": {"until": "2026-03-01"}}, 248),
        ({"interval": "month", "days": {"last": 20}}, 20),
    ],
)
def test_unless_told_there_are_as_many_cohorts_as_columns(body, last):
    assert read_retention({"target": "Order Completed", **body}).days.last == last
