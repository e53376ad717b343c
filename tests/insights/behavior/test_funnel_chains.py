"""How far people get, against a loop that follows every attempt of one person."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.insights.behavior import funnel_by_hand as by_hand

from zhiyin.insights.behavior.funnel_chains import chains, walked
from zhiyin.insights.behavior.funnel_query import funnel_levels
from zhiyin.insights.behavior.funnel_rows import Entry
from zhiyin.insights.behavior.funnel_spec import Exclusion, FunnelSpec
from zhiyin.insights.behavior.vocabulary import Span, Step
from zhiyin.stats import loops

MINUTE = 60_000
NAMES = ("A", "B", "C", "D", "X", "-")

# Few instants, so that ties are common; C fits two steps of the funnels below.
EVENTS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 12), st.sampled_from(NAMES)), max_size=40
)
STEPS = st.sampled_from(
    [("A", "B"), ("A", "B", "C"), ("A", "A", "B"), ("AC", "C", "D"), ("A", "B", "C", "D")]
)
EXCLUDED = st.sampled_from([(), ((0, 1),), ((0, 99),), ((0, 1), (1, 2))])
ENTRY = Entry(1 * MINUTE, 9 * MINUTE, 12 * MINUTE)


def spec_of(steps, order, window, exclusions=()):
    last = len(steps) - 1
    asked = tuple(
        Exclusion(Step(("X", "D") if n else ("X",)), after + 1, min(before, last) + 1)
        for n, (after, before) in enumerate(exclusions)
        if after < last
    )
    named = tuple(Step(tuple(names)) for names in steps)
    return FunnelSpec(named, order=order, window=Span(window, "minute"), exclusions=asked)


def mask_of(name, spec):
    bits = sum(1 << n for n, step in enumerate(spec.steps) if name in step.events)
    return bits + sum(
        1 << 20 + n for n, one in enumerate(spec.exclusions) if name in one.step.events
    )


def people_of(events, spec):
    """Return {person: [(instant, mask)]} of what is seen from the first day on."""
    seen = [(p, t * MINUTE, mask_of(n, spec)) for p, t, n in events]
    seen = [one for one in seen if ENTRY.start <= one[1] < ENTRY.unseen]
    return {p: [one[1:] for one in seen if one[0] == p] for p in range(3)}


def activity_of(events):
    rows = sorted(events)
    return ibis.memtable(
        pa.table(
            {
                "person_number": pa.array([p for p, _, _ in rows], pa.int64()),
                "ts_ms": pa.array([t * MINUTE for _, t, _ in rows], pa.int64()),
                "event": pa.array([n for _, _, n in rows], pa.string()),
                "event_number": pa.array([NAMES.index(n) for _, _, n in rows], pa.int64()),
            }
        )
    )


def arrays_of(people):
    rows = [(p, t, m) for p, found in people.items() for t, m in sorted(found)]
    return pa.table(
        {
            "person_number": pa.array([p for p, _, _ in rows], pa.int64()),
            "ts_ms": pa.array([t for _, t, _ in rows], pa.int64()),
            "mask": pa.array([m for _, _, m in rows], pa.int32()),
        }
    )


def told(found):
    """Return {person: times of the steps done}."""
    return {
        int(person): [int(t) for t in at[:level]]
        for person, level, at in zip(found.person, found.level, found.at, strict=True)
    }


def by_loop(people, spec):
    exclusions = [(one.after - 1, one.before - 1) for one in spec.exclusions]
    times = {
        person: by_hand.ordered(
            events,
            steps=len(spec.steps),
            window=spec.window.milliseconds,
            entry=(ENTRY.start, ENTRY.end),
            exclusions=exclusions,
            is_strict=spec.order == "strict",
        )
        for person, events in people.items()
    }
    return {person: found for person, found in times.items() if found}


@settings(max_examples=60, deadline=None)
@given(EVENTS, STEPS, EXCLUDED, st.integers(1, 8))
def test_an_ordered_funnel_is_what_following_every_attempt_finds(events, steps, excluded, window):
    spec = spec_of(steps, "ordered", window, excluded)
    people = people_of(events, spec)
    assert told(walked(arrays_of(people), spec, ENTRY, {})) == by_loop(people, spec)


@settings(max_examples=40, deadline=None)
@given(EVENTS, STEPS, st.integers(1, 8))
def test_a_strict_funnel_ends_at_any_other_event(events, steps, window):
    spec = spec_of(steps, "strict", window)
    people = people_of(events, spec)
    assert told(walked(arrays_of(people), spec, ENTRY, {})) == by_loop(people, spec)


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.integers(1, 8))
def test_an_unordered_funnel_counts_the_steps_within_one_window(events, window):
    spec = spec_of(("A", "B", "C"), "unordered", window)
    people = people_of(events, spec)
    found = told(walked(arrays_of(people), spec, ENTRY, {}))
    for person, rows in people.items():
        asked = [(t, m) for t, m in rows if m]
        wanted = by_hand.unordered(
            asked, steps=3, window=spec.window.milliseconds, entry=(ENTRY.start, ENTRY.end)
        )
        times = found.get(person, [])
        assert len(times) == wanted
        assert times == sorted(times)
        assert not times or times[-1] - times[0] <= spec.window.milliseconds


@settings(max_examples=12, deadline=None)
@given(EVENTS, STEPS, EXCLUDED, st.integers(1, 8))
def test_the_engine_finds_the_same_attempts_by_a_query(events, steps, excluded, window):
    spec = spec_of(steps, "ordered", window, excluded)
    rows = funnel_levels(activity_of(events), spec, ENTRY).to_pyarrow().to_pylist()
    found = {row["person_number"]: [row[f"at_{n}"] for n in range(row["level"])] for row in rows}
    assert found == by_loop(people_of(events, spec), spec)


@settings(max_examples=30, deadline=None)
@given(EVENTS, STEPS, st.sampled_from(["ordered", "strict", "unordered"]), st.integers(1, 8))
def test_names_compared_as_numbers_find_what_names_find(events, steps, order, window):
    if order == "unordered":
        steps = tuple(dict.fromkeys(steps))
    spec = spec_of(steps, order, window)
    numbers = {name: n for n, name in enumerate(NAMES) if name != "-"}
    by_number = chains(activity_of(events), spec, ENTRY, numbers)
    assert told(by_number) == told(chains(activity_of(events), spec, ENTRY))


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
def test_compiled_loops_find_what_plain_ones_do(order, monkeypatch):
    rng = np.random.default_rng(7)
    events = list(
        zip(rng.integers(0, 3, 300), rng.integers(0, 12, 300), rng.choice(NAMES, 300), strict=True)
    )
    excluded = ((0, 1), (1, 2)) if order == "ordered" else ()
    spec = spec_of(("A", "B", "C"), order, 5, excluded)
    rows = arrays_of(people_of([(int(p), int(t), n) for p, t, n in events], spec))
    plain = told(walked(rows, spec, ENTRY, {}))
    monkeypatch.setattr(loops, "COMPILED_FROM", 0)
    assert told(walked(rows, spec, ENTRY, {})) == plain
    assert plain
