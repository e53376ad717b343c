"""Trends, against loops over the same deeds."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.insights.doings import AS_OF, CITIES, MONDAY, Deed, deeds, scope

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.doings import unseen_events
from zhiyin.insights.behavior.trends_answer import smoothed, trends
from zhiyin.insights.behavior.trends_formula import read_formula
from zhiyin.insights.behavior.trends_reading import read_trends, trends_people

DAYS = {"since": "2024-03-20", "until": "2024-04-02"}
SINCE, UNTIL = date(2024, 3, 20), date(2024, 4, 2)


def asked(found, event, since=SINCE, until=UNTIL):
    return [one for one in found if one.event == event and since <= one.local.date() <= until]


def figure(kind, rows):
    amounts = [float(one.revenue) for one in rows if one.revenue is not None]
    people = {one.person for one in rows}
    return {
        "events": lambda: float(len(rows)),
        "people": lambda: float(len(people)),
        "per_person": lambda: len(rows) / len(people) if people else None,
        "sum": lambda: float(sum(amounts)),
        "average": lambda: fmean(amounts) if amounts else None,
        "median": lambda: percentile(amounts, 0.5),
        "percentile": lambda: percentile(amounts, 0.9),
        "minimum": lambda: min(amounts, default=None),
        "maximum": lambda: max(amounts, default=None),
    }[kind]()


def percentile(amounts, share):
    """Interpolate linearly between neighbors, as SQL's percentile_cont."""
    if not amounts:
        return None
    ranked = sorted(amounts)
    at = share * (len(ranked) - 1)
    low = int(at)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (at - low)


def days(since=SINCE, until=UNTIL):
    return [since + timedelta(days=n) for n in range((until - since).days + 1)]


KINDS = ("events", "people", "per_person", "sum", "average", "median", "percentile", "maximum")


@settings(max_examples=12, deadline=None)
@given(deeds, st.sampled_from(KINDS), st.sampled_from(KINDS))
def test_values_per_day_are_those_of_a_loop(found, first, second):
    def series(kind, event):
        return {"event": event, "count": kind} | (
            {"percentile": 90} if kind == "percentile" else {}
        )

    spec = read_trends(
        {
            "series": [series(first, "view"), series(second, "buy")],
            "days": DAYS,
            "formulas": ["A / B * 100"],
        }
    )
    answer = trends(scope(found), spec)
    assert answer["starts"] == [day.isoformat() for day in days()]
    one, two, formula = answer["series"]
    for told, kind, event in ((one, first, "view"), (two, second, "buy")):
        rows = asked(found, event)
        wanted = [figure(kind, [r for r in rows if r.local.date() == day]) for day in days()]
        assert told["values"] == pytest.approx(wanted)
        assert told["total"] == pytest.approx(figure(kind, rows))
    pairs = zip(one["values"], two["values"], strict=True)
    wanted = [a / b * 100 if a is not None and b else None for a, b in pairs]
    assert formula["values"] == pytest.approx(wanted)


@settings(max_examples=8, deadline=None)
@given(deeds)
def test_groups_beyond_the_largest_are_one_other(found):
    spec = read_trends(
        {
            "series": [{"event": "view", "count": "people"}],
            "days": DAYS,
            "breakdown": {"name": "channel", "most": 1},
            "interval": "week",
        }
    )
    rows = asked(found, "view")
    sizes = Counter(one.channel for one in rows)
    top = min(sizes, key=lambda name: (-sizes[name], name), default=None)
    told = {(one["group"], one["is_other"]): one for one in trends(scope(found), spec)["series"]}
    wanted = {}
    if top:
        wanted[top, False] = {one.person for one in rows if one.channel == top}
    if len(sizes) > 1:
        wanted[None, True] = {one.person for one in rows if one.channel != top}
    assert {key: one["total"] for key, one in told.items()} == {
        key: len(people) for key, people in wanted.items()
    }
    for (group, is_other), people in wanted.items():
        point = {"series": "A", "group": group, "is_other": is_other}
        behind = trends_people(scope(found), spec, point).to_pyarrow()["person_id"].to_pylist()
        assert sorted(behind) == sorted(people)


@settings(max_examples=8, deadline=None)
@given(deeds)
def test_cumulative_people_count_once_and_people_behind_are_they(found):
    spec = read_trends(
        {"series": [{"event": "view", "count": "people"}], "days": DAYS, "cumulative": True}
    )
    told = trends(scope(found), spec)["series"][0]
    rows = asked(found, "view")
    wanted = [len({one.person for one in rows if one.local.date() <= day}) for day in days()]
    assert told["values"] == wanted
    at = days()[5]
    behind = trends_people(scope(found), spec, {"series": "A", "at": at.isoformat()})
    people = {one.person for one in rows if one.local.date() <= at}
    assert set(behind.to_pyarrow()["person_id"].to_pylist()) == people


@settings(max_examples=8, deadline=None)
@given(deeds)
def test_a_first_ever_event_counts_in_its_period_only(found):
    spec = read_trends({"series": [{"event": "buy", "first_ever": True}], "days": DAYS})
    first = {}
    for one in sorted(found, key=lambda one: one.ms):
        if one.event == "buy":
            first.setdefault(one.person, one.local.date())
    wanted = [sum(day == at for at in first.values()) for day in days()]
    assert trends(scope(found), spec)["series"][0]["values"] == wanted


def test_people_are_divided_by_what_is_known_of_them():
    found = [Deed(who, MONDAY, "view") for who in ("user:a", "user:a", "user:b", "user:c")]
    spec = read_trends({"series": ["view"], "days": {"last": 60}, "breakdown": "person:city"})
    told = trends(scope(found), spec)["series"]
    assert [(one["group"], one["total"]) for one in told] == [
        (CITIES["user:a"], 2.0), (CITIES["user:b"], 1.0), (None, 1.0)
    ]  # fmt: skip


def test_the_days_before_stand_beside_those_asked_for():
    found = [Deed("user:a", MONDAY + timedelta(days=n), "view") for n in (1, 1, 8)]
    body = {"series": ["view"], "days": {"since": "2024-03-25", "until": "2024-03-31"}}
    answer = trends(scope(found), read_trends(body | {"compare": "previous"}))
    assert answer["previous_starts"][0] == "2024-03-18"
    assert answer["series"][0]["previous"] == [0, 2, 0, 0, 0, 0, 0]
    assert answer["series"][0]["values"] == [0, 1, 0, 0, 0, 0, 0]
    point = {"series": "A", "at": "2024-03-19", "is_previous": True}
    spec = read_trends(body | {"compare": "previous"})
    behind = trends_people(scope(found), spec, point).to_pyarrow()
    assert behind["person_id"].to_pylist() == ["user:a"]


def test_a_sample_is_said_and_counts_are_estimates_for_all():
    found = [Deed("user:a", MONDAY, "view"), Deed("user:b", MONDAY, "view")]
    body = {"series": ["view", {"event": "view", "count": "per_person"}], "days": {"last": 60}}
    # user:a has number 0, which is in every sample, and user:b number 1 (617 of 1000).
    answer = trends(scope(found), read_trends(body | {"sample": 0.5}))
    assert answer["sample"] == 0.5
    assert [one["total"] for one in answer["series"]] == [2.0, 1.0]


def test_smoothing_is_the_mean_of_the_known_values_up_to_each():
    assert smoothed([2, None, 4, 6], 2) == [2, 2, 4, 5]


def test_events_that_have_not_happened_yet_are_not_seen():
    found = [Deed("user:a", AS_OF + timedelta(hours=1), "view")]
    answer = trends(scope(found), read_trends({"series": ["view"], "days": {"last": 3}}))
    assert answer["series"][0]["total"] == 0
    assert answer["whole"] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "values", "result"),
    [
        ("A / B * 100", {"A": 1.0, "B": 4.0}, 25),
        ("A / B", {"A": 1.0, "B": 0.0}, None),
        ("-(A - 2) ÷ 4", {"A": 1.0, "B": 0.0}, 0.25),
        ("A + B", {"A": 1.0, "B": None}, None),
        ("A * 1e308 * 1e308", {"A": 1.0, "B": 1.0}, None),
        ("A × 2.5", {"A": 2.0, "B": None}, 5),
    ],
)
def test_a_formula_is_computed_and_unknown_where_it_cannot_be(text, values, result):
    assert read_formula(text, "formula", ("A", "B")).value(values) == result


@pytest.mark.parametrize(
    "text", ["__import__('os')", "A.b", "A ** 9", "A if B else A", "A / ", "", "[A]", "A" * 300,
             "(" * 150 + "A" + ")" * 150, "1 + 1", "C / A", "True * A", "A // B", "lambda: A"]
)  # fmt: skip
def test_nothing_but_arithmetic_is_a_formula(text):
    with pytest.raises(InvalidInput, match="formula"):
        read_formula(text, "formula", ("A", "B"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"series": []}, "series: needs a list of 1 to 26"),
        ({"series": ["view"], "interval": "year"}, "interval cannot be 'year'"),
        ({"series": [{"event": "view", "count": "kinds"}]}, "count cannot be 'kinds'"),
        ({"series": [{"event": "view", "count": "percentile"}]}, "percentile: must be a number"),
        ({"series": [{"event": "view", "property": "revenue"}]}, "events looks at no property"),
        ({"series": [{"event": "v", "count": "sum", "property": "age"}]}, "cannot be 'age'"),
        ({"series": [{"metric": "revenue", "count": "sum"}]}, "give its name and nothing else"),
        ({"series": [{"metric": "revenue"}], "interval": "hour"}, "known per day"),
        ({"series": [{"metric": "revenue"}], "sample": 0.1}, "drop the sample"),
        ({"series": [{"metric": "revenue"}], "breakdown": "platform"}, "by platform; choose chan"),
        ({"series": [{"metric": "revenue"}], "cumulative": True}, "cannot be cumulative"),
        ({"series": ["a", {"key": "A", "event": "b"}]}, "two are called A"),
        ({"series": ["a"], "sample": 0}, "sample: must be a share from 0.001 to 1"),
        ({"series": ["a"], "days": {"since": "2024-02-02", "until": "2024-01-01"}}, "swap the two"),
        ({"series": ["a"], "when": 1}, "A key of trends cannot be 'when'"),
    ],
)
def test_a_mistake_in_a_question_is_said(change, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        read_trends(change)


def test_an_event_that_nobody_did_is_answered_with_the_nearest():
    with pytest.raises(InvalidInput, match=r"did you mean Order Completed\? known: Cart, Order"):
        unseen_events(["Order Complete"], ["Order Completed", "Cart"])


def test_an_event_that_is_planned_and_nobody_did_yet_is_no_mistake():
    seen, planned = ["Cart", "Order Completed"], ["Gift Sent", "Cart"]
    assert unseen_events(["Cart", "Gift Sent", "Gift Sent"], seen, planned) == ["Gift Sent"]
    assert unseen_events(["Cart"], seen, planned) == []
    with pytest.raises(InvalidInput, match=r"did you mean Gift Sent\?"):
        unseen_events(["Gift Snt"], seen, planned)


def test_nobody_stands_behind_a_formula():
    spec = read_trends({"series": ["view"], "formulas": ["A * 2"]})
    with pytest.raises(InvalidInput, match=r"Nobody stands behind 'A \* 2' itself"):
        trends_people(scope([]), spec, {"series": "A * 2"})


def test_money_is_summed_to_the_cent():
    found = [Deed("user:a", MONDAY, "buy", revenue=Decimal("0.1")) for _ in range(3)]
    spec = read_trends({"series": [{"event": "buy", "count": "sum"}], "days": {"last": 60}})
    assert trends(scope(found), spec)["series"][0]["total"] == pytest.approx(0.3, abs=1e-12)
