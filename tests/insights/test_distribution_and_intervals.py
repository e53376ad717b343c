"""How often and how far apart, against loops over the same deeds."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.insights.doings import MONDAY, Deed, deeds, scope

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.distribution import (
    distribution,
    distribution_people,
    read_distribution,
)
from zhiyin.insights.behavior.distribution_rfm import rfm_matrix, rfm_people
from zhiyin.insights.behavior.intervals import intervals, intervals_people, read_intervals
from zhiyin.profiles import tables as dm
from zhiyin.testing.rows import rows_of

SINCE, UNTIL = date(2024, 3, 20), date(2024, 4, 2)
DAYS = {"since": SINCE.isoformat(), "until": UNTIL.isoformat()}
EDGES = [2, 3, 8]


def amounts(found, measure):
    by_person = defaultdict(list)
    for one in found:
        if one.event == "buy" and SINCE <= one.local.date() <= UNTIL:
            by_person[one.person].append(one)
    told = {}
    for person, rows in by_person.items():
        money = [float(d.revenue) for d in rows if d.revenue is not None]
        if measure == "times":
            told[person] = len(rows)
        elif measure == "days":
            told[person] = len({d.local.date() for d in rows})
        elif money:
            told[person] = sum(money) if measure == "sum" else sum(money) / len(money)
    return told


@settings(max_examples=15, deadline=None)
@given(deeds, st.sampled_from(["times", "days", "sum", "average"]))
def test_people_per_bucket_are_those_of_a_loop(found, measure):
    spec = read_distribution({"step": "buy", "days": DAYS, "measure": measure, "edges": EDGES})
    told = distribution(scope(found), spec)
    wanted = amounts(found, measure)
    buckets = Counter(bisect_right(EDGES, amount) for amount in wanted.values())
    if not wanted:
        assert (told["groups"], told["buckets"]) == ([], [])
        return
    group = told["groups"][0]
    pairs = zip(told["buckets"], group["values"], strict=True)
    assert {bucket["bucket"]: people for bucket, people in pairs if people} == buckets
    assert group["people"] == len(wanted)
    assert group["mean"] == pytest.approx(sum(wanted.values()) / len(wanted))
    assert (group["least"], group["most"]) == (min(wanted.values()), max(wanted.values()))
    point = {"bucket": max(buckets)}
    behind = distribution_people(scope(found), spec, point).to_pyarrow()["person_id"].to_pylist()
    assert sorted(behind) == sorted(
        who for who, amount in wanted.items() if bisect_right(EDGES, amount) == max(buckets)
    )


def test_each_period_is_told_by_itself():
    found = [Deed("user:a", MONDAY + timedelta(days=n), "buy") for n in (2, 3, 9)]
    spec = read_distribution({"step": "buy", "days": DAYS, "interval": "week"})
    group = distribution(scope(found), spec)["groups"][0]
    assert [(one["start"], one["people"], one["mean"]) for one in group["periods"]] == [
        ("2024-03-18", 1, 2), ("2024-03-25", 1, 1), ("2024-04-01", 0, None)
    ]  # fmt: skip
    point = {"bucket": 2, "at": "2024-03-18"}
    assert distribution_people(scope(found), spec, point).count().execute() == 1


def gaps(found, start, end, longest):
    """Return (person, seconds) of each start whose next start or end is an end."""
    told = []
    for person in {d.person for d in found}:
        rows = [(n, d) for n, d in enumerate(found) if d.person == person
                and d.event in (start, end)]  # fmt: skip
        rows.sort(key=lambda pair: (pair[1].ms, pair[1].event, str(pair[0])))
        for (_, one), (_, after) in pairwise(rows):
            length = (after.ms - one.ms) / 1000
            in_days = SINCE <= one.local.date() <= UNTIL
            if one.event == start and after.event == end and in_days and length <= longest:
                told.append((person, length))
    return told


@settings(max_examples=15, deadline=None)
@given(deeds, st.sampled_from(["buy", "view"]))
def test_times_between_events_are_those_of_a_loop(found, end):
    body = {"start": "view", "end": end, "days": DAYS, "within": "3 days"}
    spec = read_intervals(body)
    told = intervals(scope(found), spec)
    wanted = gaps(found, "view", end, 3 * 86_400)
    if not wanted:
        assert told["groups"] == []
        return
    group = told["groups"][0]
    assert (group["intervals"], group["people"]) == (len(wanted), len({who for who, _ in wanted}))
    assert group["mean"] == pytest.approx(sum(length for _, length in wanted) / len(wanted))
    buckets = Counter(bisect_right(spec.edges, length) for _, length in wanted)
    pairs = zip(told["buckets"], group["values"], strict=True)
    assert {bucket["bucket"]: n for bucket, n in pairs if n} == buckets
    point = {"bucket": min(buckets)}
    behind = intervals_people(scope(found), spec, point).to_pyarrow()["person_id"].to_pylist()
    assert sorted(behind) == sorted(
        {who for who, length in wanted if bisect_right(spec.edges, length) == min(buckets)}
    )


def test_intervals_are_told_by_when_they_began():
    found = [Deed("user:a", MONDAY + timedelta(days=n), "view") for n in (2, 4, 10)]
    spec = read_intervals({"start": "view", "days": DAYS, "interval": "week"})
    periods = intervals(scope(found), spec)["groups"][0]["periods"]
    assert [(one["intervals"], one["mean"]) for one in periods] == [
        (2, 4 * 86_400), (0, None), (0, None)
    ]  # fmt: skip


def test_buyers_stand_in_the_cell_of_their_scores():
    scores = (("user:a", 5, 1), ("user:b", 5, 1), ("user:c", 1, None))
    rows = [{"person_id": name, "r": r, "f": f, "m": 3, "monetary": 10} for name, r, f in scores]
    customers = ibis.memtable(rows_of(dm.CUSTOMERS, *rows))
    assert rfm_matrix(customers).to_pyarrow().to_pylist() == [
        {"r": 5, "f": 1, "people": 2, "monetary": 20.0, "mean_m": 3.0}
    ]
    behind = rfm_people(customers, {"r": 5}).to_pyarrow()["person_id"].to_pylist()
    assert sorted(behind) == ["user:a", "user:b"]
    with pytest.raises(InvalidInput, match=r"point.f: must be 1 to 5, not 6"):
        rfm_people(customers, {"f": 6})


@pytest.mark.parametrize(
    ("read", "body", "sentence"),
    [
        (read_distribution, {"edges": [2, 1]}, r"edges\[1\]: 1 must be above 2 before it"),
        (read_distribution, {"edges": [float("nan")]}, r"edges\[0\]: must be a number"),
        (read_distribution, {"property": "revenue"}, "property: belongs to measure sum"),
        (read_distribution, {"measure": "mood"}, "measure cannot be 'mood'; allowed: times, days"),
        (read_intervals, {}, "start: say from which event"),
        (read_intervals, {"start": "a", "within": "7 moons"}, "within.unit cannot be 'moon'"),
        (read_intervals, {"start": {"event": "a", "first_ever": True}}, "first_ever: intervals"),
    ],
)
def test_a_mistake_in_a_question_is_said(read, body, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read(body)


def test_a_question_without_periods_has_no_point_in_one():
    spec = read_distribution({"step": "buy", "days": DAYS})
    with pytest.raises(InvalidInput, match="this question has no interval"):
        distribution_people(scope([]), spec, {"bucket": 1, "at": "2024-03-18"})
