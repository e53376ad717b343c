"""What a funnel answers, and who is behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest

from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.insights.behavior import api as behavior
from zhiyin.insights.behavior import funnel_query

BEGIN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
MARCH = {"since": "2026-03-01", "until": "2026-03-10"}

# person, hour, event, channel
ROWS = [
    ("ann", 0, "View", "ads"), ("ann", 1, "Help", "ads"), ("ann", 2, "Cart", "email"),
    ("ann", 5, "Pay", "email"), ("bob", 0, "View", "email"), ("bob", 1, "Cart", "email"),
    ("cy", 30, "View", None), ("cy", 31, "Pay", None), ("di", 40, "View", "ads"),
    ("di", 41, "View", "ads"), ("di", 44, "Cart", "ads"), ("di", 45, "Pay", "ads"),
]  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """What is known of people."""

    customers: Any
    tags: Any
    as_of: datetime = datetime(2026, 3, 20)


def scope_of(rows=ROWS):
    people = sorted({row[0] for row in rows})
    rows = sorted(rows, key=lambda row: (row[0], row[1]))
    columns = {
        "person_number": pa.array([people.index(row[0]) for row in rows], pa.int64()),
        "ts_ms": pa.array([BEGIN + row[1] * HOUR for row in rows], pa.int64()),
        "event": pa.array([row[2] for row in rows], pa.string()),
        "person_id": pa.array([f"user:{row[0]}" for row in rows], pa.string()),
        "channel": pa.array([row[3] for row in rows], pa.string()),
    }
    cities = {
        "person_id": [f"user:{one}" for one in people],
        "city": [("北京", "上海")[n % 2] for n in range(len(people))],
    }
    tags = {"person_id": ["user:ann"], "tag": ["vip"], "value": pa.array(["gold"])}
    sources = Sources(ibis.memtable(pa.table(cities)), ibis.memtable(pa.table(tags)))
    return behavior.Scope(ibis.memtable(pa.table(columns)), sources, "UTC")


def asked(**options):
    body = {"steps": ["View", "Cart", "Pay"], "window": "1 day", "days": MARCH}
    return behavior.read_funnel(body | options)


def people(scope, spec, **point):
    found = behavior.funnel_people(scope, spec, point).to_pyarrow()
    return sorted(found["person_id"].to_pylist())


def test_steps_tell_people_shares_and_times():
    found = behavior.funnel(scope_of(), asked())
    steps = found["steps"]
    assert [step["people"] for step in steps] == [4, 3, 2]
    assert [step["share_of_total"] for step in steps] == [1.0, 0.75, 0.5]
    assert [step["share_of_previous"] for step in steps] == [1.0, 0.75, pytest.approx(2 / 3)]
    assert [step["dropped"] for step in steps] == [0, 1, 1]
    # Of ann 2 h, bob 1 h, di 3 h, since the latest view before the cart counts.
    assert steps[1]["average_seconds"] == 2 * 3600
    assert steps[2]["median_seconds"] == 2 * 3600
    assert (found["converted"], found["rate"], found["is_complete"]) == (2, 0.5, True)
    assert sum(one["people"] for one in found["times"]["bins"]) == 2


def test_a_point_is_the_people_it_counts():
    scope, spec = scope_of(), asked()
    assert people(scope, spec, step=3) == ["user:ann", "user:di"]
    assert people(scope, spec, step=3, outcome="dropped") == ["user:bob"]
    assert people(scope, spec, step=2, outcome="dropped") == ["user:cy"]
    with pytest.raises(InvalidInput, match="must be 1 to 3"):
        people(scope, spec, step=4)


@pytest.mark.parametrize(
    ("attribution", "step", "wanted"),
    [
        ("first_touch", None, {"ads": (2, 2), "email": (1, 0), None: (1, 0)}),
        ("last_touch", None, {"email": (2, 1), "ads": (1, 1), None: (1, 0)}),
        ("step", 2, {"email": (2, 1), "ads": (1, 1), None: (1, 0)}),
        ("all_events", None, {"ads": (2, 1), "email": (1, 0)}),
    ],
)
def test_a_breakdown_is_by_the_value_that_the_attribution_names(attribution, step, wanted):
    spec = asked(breakdown="channel", attribution=attribution, attribution_step=step)
    found = behavior.funnel(scope_of(), spec)
    lines = {row["value"]: (row["people"], row["converted"]) for row in found["breakdown"]}
    assert lines == wanted


def test_a_breakdown_by_what_is_known_of_people_counts_everybody_once():
    scope = scope_of()
    spec = asked(breakdown="person:city")
    found = behavior.funnel(scope, spec)["breakdown"]
    assert {row["value"]: row["people"] for row in found} == {"上海": 2, "北京": 2}
    assert people(scope, spec, step=3, value="上海") == ["user:di"]
    with pytest.raises(NotFound, match="上海"):
        people(scope, spec, step=1, value="广州")
    tagged = behavior.funnel(scope, asked(breakdown="tag:vip"))["breakdown"]
    assert [(row["kind"], row["value"], row["people"]) for row in tagged] == [
        ("value", "gold", 1),
        ("unknown", None, 3),
    ]


def test_values_beyond_the_most_frequent_are_told_together():
    spec = asked(breakdown={"kind": "event", "name": "channel", "most": 1})
    found = behavior.funnel(scope_of(), spec)["breakdown"]
    assert [(row["kind"], row["people"]) for row in found] == [
        ("value", 2),
        ("other", 1),
        ("unknown", 1),
    ]


def test_a_property_held_constant_must_be_the_same_at_all_steps():
    found = behavior.funnel(scope_of(), asked(hold="channel"))
    assert [step["people"] for step in found["steps"]] == [3, 2, 1]


def test_an_exclusion_ends_an_attempt():
    found = behavior.funnel(scope_of(), asked(exclusions=["Help"]))
    assert [step["people"] for step in found["steps"]] == [4, 2, 1]
    after = [{"event": "Help", "after": 2, "before": 3}]
    found = behavior.funnel(scope_of(), asked(exclusions=after))
    assert [step["people"] for step in found["steps"]] == [4, 3, 2]


def test_only_the_first_event_ever_counts_where_that_is_asked():
    steps = [{"event": "View", "first_ever": True}, "Cart", "Pay"]
    found = behavior.funnel(scope_of(), asked(steps=steps, window="3 hours"))
    assert [step["people"] for step in found["steps"]] == [4, 2, 0]


def test_conditions_on_properties_narrow_a_step():
    steps = [{"event": "View", "where": [{"property": "channel", "equals": "ads"}]}, "Cart"]
    found = behavior.funnel(scope_of(), asked(steps=steps))
    assert [step["people"] for step in found["steps"]] == [2, 2]


def test_the_trend_is_by_when_attempts_began_and_knows_what_is_not_over():
    scope, spec = scope_of(), asked(interval="day", window="14 days")
    found = behavior.funnel(scope, spec)
    told = [(row["start"], row["people"], row["converted"]) for row in found["trend"][:3]]
    assert told == [("2026-03-01", 2, 1), ("2026-03-02", 2, 1), ("2026-03-03", 0, 0)]
    assert [row["is_complete"] for row in found["trend"]] == [True] * 5 + [False] * 5
    assert found["is_complete"] is False
    assert people(scope, spec, step=1, start="2026-03-02") == ["user:cy", "user:di"]


def test_days_before_are_asked_alike():
    days = {"since": "2026-03-02", "until": "2026-03-02"}
    found = behavior.funnel(scope_of(), asked(days=days, compare="previous"))
    assert (found["people"], found["compared"]["people"]) == (2, 2)
    assert found["compared"]["converted"] == 1


def test_what_goes_with_converting_has_an_odds_ratio_above_one():
    rows = [
        (f"p{n:02d}", hour, event, "ads")
        for n in range(40)
        for hour, event in ((0, "View"), (1, "Help" if n % 2 else "Search"), (2, "Cart"))
    ]
    rows += [(f"p{n:02d}", 3, "Pay", "ads") for n in range(1, 40, 2) if n > 4]
    scope = scope_of(rows)
    scope = behavior.Scope(scope.activity, scope_of().sources, "UTC")
    marks = behavior.funnel(scope, asked(correlation=True))["correlation"]["marks"]
    told = {row["name"]: row for row in marks if row["kind"] == "event"}
    assert told["Help"]["converted"] == 18
    assert told["Help"]["low"] > 1 > told["Search"]["high"]


def test_nobody_gives_an_empty_answer():
    found = behavior.funnel(scope_of(), asked(steps=["Fly", "Swim"], interval="day"))
    assert (found["people"], found["rate"], found["times"]["bins"]) == (0, None, [])


@pytest.mark.parametrize(
    ("options", "mistake"),
    [
        ({"steps": ["View"]}, "2 to 20 steps"),
        ({"window": "0 days"}, "window.n"),
        ({"window": "soon"}, "'soon' is no length of time"),
        ({"window": "900000days"}, "longer than ten years"),
        ({"window": "99999999999999 days"}, "longer than ten years"),
        ({"days": {"since": "0001-01-01"}}, "days.since: '0001-01-01' is too far away"),
        ({"window": "3 fortnights"}, "window.unit cannot be 'fortnight'"),
        ({"order": "any"}, "order cannot be 'any'"),
        ({"order": "strict", "exclusions": ["X"]}, "order must be ordered"),
        ({"order": "unordered", "steps": ["A", "A"]}, "Two steps are the same"),
        ({"attribution": "step", "breakdown": "channel"}, "attribution_step"),
        ({"from_step": 3}, "must come before to_step"),
        ({"breakdown": "colour"}, "breakdown.name cannot be 'colour'"),
        ({"days": {"since": "2026-03-05", "until": "2026-03-01"}}, "swap the two"),
        ({"speed": 1}, "A key of funnel cannot be 'speed'"),
        ({"exclusions": [{"event": "X", "after": 3}]}, r"exclusions\[0\].after: must be 1 to 2"),
    ],
)
def test_a_mistaken_question_is_told(options, mistake):
    with pytest.raises(InvalidInput, match=mistake):
        asked(**options)


@pytest.mark.parametrize("more", [{}, {"breakdown": "person:city"}, {"interval": "day"}])
def test_a_warehouse_elsewhere_is_asked_one_query_with_the_same_answer(more, monkeypatch):
    scope, spec = scope_of(), asked(**more)
    here = behavior.funnel(scope, spec)

    def refuse(*_):
        raise AssertionError("rows were read")

    monkeypatch.setattr(funnel_query, "chains", refuse)
    elsewhere = replace(scope, is_embedded=False)
    assert behavior.funnel(elsewhere, spec) == here
    assert here["people"] > here["converted"] > 0
    point = {"step": 2, "outcome": "reached"}
    behind = behavior.funnel_people(elsewhere, spec, point).to_pyarrow()
    assert behind.num_rows == here["steps"][1]["people"]
