"""Visits, paths and touch paths, against plain loops over one person's events."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior import api as behavior
from zhiyin.insights.behavior.paths_spec import fits
from zhiyin.insights.behavior.visits import visit_table, visits

MINUTE = 60_000
BEGIN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
AS_OF = datetime(2026, 3, 20)
NAMES = ("A", "B", "C", "Order Completed")
NUMBERS = {name: n for n, name in enumerate(NAMES)}
CHANNELS = ("ads", "email", None)

# Minutes within three days, so that visits are cut and last over midnight.
ROWS = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(0, 3 * 24 * 60), st.sampled_from(NAMES),
        st.sampled_from(CHANNELS),
    ),
    max_size=60,
    unique_by=lambda row: row[:2],
)  # fmt: skip


def activity_of(rows):
    rows = sorted(rows, key=lambda row: row[:3])
    columns = {
        "person_number": pa.array([row[0] for row in rows], pa.int64()),
        "ts_ms": pa.array([BEGIN + row[1] * MINUTE for row in rows], pa.int64()),
        "event": pa.array([row[2] for row in rows], pa.string()),
        "event_number": pa.array([NUMBERS[row[2]] for row in rows], pa.int64()),
        "person_id": pa.array([f"user:{row[0]}" for row in rows], pa.string()),
        "fact_id": pa.array([str(n) for n in range(len(rows))], pa.string()),
        "is_visit": pa.array([True] * len(rows), pa.bool_()),
        "channel": pa.array([row[3] for row in rows], pa.string()),
        "revenue": pa.array([10.0] * len(rows), pa.float64()),
    }
    return ibis.memtable(pa.table(columns))


def scope_of(rows):
    return behavior.Scope(activity_of(rows), SimpleNamespace(as_of=AS_OF), "UTC", NUMBERS)


def cut(rows, gap):
    """Return the visits of all people, each a list of rows."""
    found = []
    for row in sorted(rows, key=lambda row: row[:3]):
        last = found[-1][-1] if found else None
        if last and last[0] == row[0] and row[1] - last[1] <= gap:
            found[-1].append(row)
        else:
            found.append([row])
    return found


@settings(max_examples=30, deadline=None)
@given(ROWS, st.integers(1, 240))
def test_visits_are_cut_where_a_person_is_silent_for_too_long(rows, gap):
    wanted = [
        (one[0][0], BEGIN + one[0][1] * MINUTE, BEGIN + one[-1][1] * MINUTE, len(one))
        for one in cut(rows, gap)
    ]
    found = [
        (int(p), int(s), int(e), int(n))
        for part in visits(activity_of(rows), gap * MINUTE)
        for p, s, e, n in zip(part.person, part.start, part.end, part.events, strict=True)
    ]
    assert found == wanted
    table = visit_table(activity_of(rows), gap * MINUTE).to_pyarrow().to_pylist()
    assert sorted(tuple(row.values()) for row in table) == sorted(wanted)


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_figures_of_visits_are_those_of_the_visits_that_began_on_the_days(rows):
    scope = scope_of(rows)
    asked = behavior.read_sessions(
        {"days": {"since": "2026-03-02", "until": "2026-03-02"}, "breakdown": "channel"}
    )
    first = 24 * 60
    meant = [one for one in cut(rows, 30) if first <= one[0][1] < first + 24 * 60]
    found = behavior.sessions(scope, asked)
    assert found["visits"] == len(meant)
    assert found["events"] == sum(map(len, meant))
    assert found["bounces"] == sum(len(one) == 1 for one in meant)
    assert found["people"] == len({one[0][0] for one in meant})
    entries = Counter(one[0][2] for one in meant)
    assert {row["event"]: row["visits"] for row in found["entries"]} == dict(entries)
    exits = Counter(one[-1][2] for one in meant)
    assert {row["event"]: row["visits"] for row in found["exits"]} == dict(exits)
    lines = Counter(one[0][3] for one in meant)
    assert {row["value"]: row["visits"] for row in found["breakdown"]} == dict(lines)
    for name in entries:
        people = behavior.sessions_people(scope, asked, {"entry": name}).to_pyarrow()
        wanted = {f"user:{one[0][0]}" for one in meant if one[0][2] == name}
        assert set(people["person_id"].to_pylist()) == wanted


def without_repeats(visit):
    return [row for n, row in enumerate(visit) if not n or row[2] != visit[n - 1][2]]


def trimmed(path, start, end, steps):
    """Return the part of a path that counts."""
    names = [row[2] for row in path]
    if start:
        path = path[names.index(start) :] if start in names else []
    names = [row[2] for row in path]
    if end:
        path = path[: names.index(end) + 1] if end in names else []
        return path[-steps:]
    return path[:steps]


@settings(max_examples=30, deadline=None)
@given(ROWS, st.sampled_from([None, "A", "C"]), st.sampled_from([None, "B"]), st.integers(2, 4))
def test_links_are_those_of_visits_walked_one_by_one(rows, start, end, steps):
    scope = scope_of(rows)
    asked = {"days": {"since": "2026-03-01", "until": "2026-03-10"}, "gap": "60 minutes"}
    spec = behavior.read_paths(asked | {"start": start, "end": end, "steps": steps})
    ways = [trimmed(without_repeats(one), start, end, steps) for one in cut(rows, 60)]
    ways = [one for one in ways if one]
    wanted, seconds, people = Counter(), Counter(), {}
    for way in ways:
        for place, (one, other) in enumerate(pairwise(way)):
            link = (place + 1, one[2], other[2])
            wanted[link] += 1
            seconds[link] += (other[1] - one[1]) * 60
            people.setdefault(link, set()).add(f"user:{one[0]}")
    found = behavior.paths(scope, spec)
    assert found["paths"] == len(ways)
    told = {(row["place"], row["source"], row["target"]): row for row in found["links"]}
    assert {link: row["times"] for link, row in told.items()} == dict(wanted)
    for link, row in told.items():
        assert row["people"] == len(people[link])
        assert row["average_seconds"] == pytest.approx(seconds[link] / wanted[link])
    for link in list(told)[:1]:
        point = dict(zip(("place", "source", "target"), link, strict=True))
        behind = behavior.paths_people(scope, spec, point).to_pyarrow()
        assert set(behind["person_id"].to_pylist()) == people[link]


@settings(max_examples=30, deadline=None)
@given(ROWS, st.integers(1, 30))
def test_touch_paths_are_the_channels_before_each_goal(rows, hours):
    scope = scope_of(rows)
    asked = {"days": {"since": "2026-03-01", "until": "2026-03-10"}, "window": f"{hours} hours"}
    wanted: Counter = Counter()
    since: dict[int, list] = {}
    for row in sorted(rows, key=lambda row: row[:3]):
        before = since.setdefault(row[0], [])
        before.append(row)
        if row[2] == "Order Completed":
            near = [one[3] for one in before if row[1] - one[1] <= hours * 60 and one[3]]
            path = [one for n, one in enumerate(near) if not n or one != near[n - 1]]
            wanted[tuple(path[-7:])] += 1
            since[row[0]] = []
    found = behavior.touches(scope, behavior.read_touches(asked))
    assert {tuple(row["path"]): row["goals"] for row in found["paths"]} == dict(wanted)
    assert found["revenue"] == 10.0 * sum(wanted.values())


@given(st.text("ab/", max_size=8), st.lists(st.sampled_from(["a", "b", "/", "*"]), max_size=6))
def test_stars_stand_for_anything(text, parts):
    from fnmatch import fnmatchcase

    assert fits(text, "".join(parts)) == fnmatchcase(text, "".join(parts))


def test_pages_are_grouped_and_renamed_before_they_are_linked():
    rows = [(0, 0, "A", "ads"), (0, 1, "B", "ads"), (0, 2, "C", "ads")]
    asked = {
        "days": {"since": "2026-03-01", "until": "2026-03-10"},
        "groups": ["A*"],
        "replacements": [{"pattern": "B", "name": "A2"}],
    }
    found = behavior.paths(scope_of(rows), behavior.read_paths(asked))
    assert [(row["source"], row["target"]) for row in found["links"]] == [("A*", "C")]


def test_only_what_happened_around_a_step_of_a_funnel_counts():
    rows = [
        (0, 0, "C", "ads"), (0, 1, "A", "ads"), (0, 2, "C", "ads"), (0, 3, "B", "ads"),
        (0, 4, "C", "ads"), (1, 0, "A", "ads"), (1, 5, "C", "ads"),
    ]  # fmt: skip
    asked = {
        "days": {"since": "2026-03-01", "until": "2026-03-10"},
        "funnel": {
            "steps": ["A", "B"],
            "window": "1 hour",
            "days": {"since": "2026-03-01", "until": "2026-03-10"},
        },
        "funnel_step": 2,
    }
    links = {}
    for place in ("before", "between", "after"):
        spec = behavior.read_paths(asked | {"funnel_place": place})
        found = behavior.paths(scope_of(rows), spec)["links"]
        links[place] = [row["source"] + row["target"] for row in found]
    assert links == {"before": ["CA", "AC", "CB"], "between": ["AC", "CB"], "after": ["BC"]}


@pytest.mark.parametrize(
    ("spec", "mistake"),
    [
        ({"groups": ["*" * 11]}, "more than 10 stars"),
        ({"steps": 1}, "steps: must be 2 to 20"),
        ({"item": "revenue"}, "item cannot be"),
        ({"start": ""}, "start: must be a text"),
        ({"funnel": {"steps": ["A", "B"]}, "funnel_step": 3}, "funnel_step: must be 1 to 2"),
    ],
)
def test_a_mistaken_question_about_paths_is_told(spec, mistake):
    with pytest.raises(InvalidInput, match=mistake.replace("*", r"\*")):
        behavior.read_paths(spec)
