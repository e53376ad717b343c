"""A day's new evidence, worked out around what it touches, comes to what all evidence does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.clock import FixedClock
from zhiyin.identity import api
from zhiyin.identity.policy import Blocked, JoinUsers, Limit, Policy, load_policy
from zhiyin.identity.tables import DECISIONS, EDGES, HOUSEHOLDS, LINKS, MATCHES, PERSON_OF
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, run_builds

NOON = datetime(2025, 6, 1, 12)
STRICT = Policy(
    ids={**load_policy().ids, "phone": Limit(at_most=2), "anon": Limit(at_most=2, within_days=2)},
    join_users=JoinUsers(),
    blocked=Blocked(shared_by={"phone": 2, "email": 3, "anon": 2, "card": 2}),
)
EVIDENCE = ("customer_record", "identify", "login", "external_id", "alias")


@pytest.fixture(scope="module")
def warehouses():
    opened = DuckDBWarehouse(":memory:"), DuckDBWarehouse(":memory:")
    yield opened
    for warehouse in opened:
        warehouse.close()


ids = st.builds(
    lambda kind, n: f"{kind}:{n}",
    st.sampled_from(["user", "user", "anon", "phone", "email", "card", "unionid"]),
    st.integers(0, 5),
)
pairs = st.tuples(ids, ids).filter(lambda pair: pair[0] != pair[1]).map(sorted)
edges = st.tuples(pairs, st.sampled_from(EVIDENCE), st.integers(1, 9), st.integers(0, 5))
names = st.dictionaries(st.integers(0, 5), st.sampled_from(["Li Wei", "wei  LI", "Bo"]))
decisions = st.tuples(
    pairs, st.sampled_from(["join", "separate", "cut"]), st.booleans(), st.integers(0, 9)
)
matches = st.tuples(pairs, st.sampled_from([0.995, 0.6]))
days = st.lists(
    st.tuples(
        st.lists(edges, max_size=12),
        st.lists(decisions, max_size=1),
        st.lists(matches, max_size=1),
        names,
    ),
    min_size=2,
    max_size=4,
)


def builds():
    wanted = {LINKS.name, PERSON_OF.name, HOUSEHOLDS.name}
    return [build for build in api.builds_of(STRICT) if build.spec.name in wanted]


class World:
    """The tables as they stand at the end of each day."""

    def __init__(self):
        self.edges, self.decisions, self.matches, self.names = {}, {}, {}, {}

    def live(self, load, day):
        new_edges, new_decisions, new_matches, new_names = day
        for (left, right), evidence, seen, when in new_edges:
            old = self.edges.get((left, right, evidence), {"seen": 0, "last_seen": NOON})
            last = NOON + timedelta(days=when)
            self.edges[left, right, evidence] = {
                "left_id": left, "right_id": right, "evidence": evidence, "load_id": load,
                "seen": old["seen"] + seen, "last_seen": max(last, old["last_seen"]),
            }  # fmt: skip
        for (left, right), kind, holds, number in new_decisions:
            self.decisions[f"d{number}"] = {
                "decision_id": f"d{number}", "kind": kind, "left_id": left, "right_id": right,
                "revoked_at": None if holds else NOON,
            }  # fmt: skip
        for (left, right), probability in new_matches:
            if left.startswith("user:") and right.startswith("user:"):
                self.matches[left, right] = {
                    "left_id": left, "right_id": right, "probability": probability,
                    "verdict": "accepted",
                }  # fmt: skip
        self.names |= new_names

    def write(self, warehouse):
        people = [{"visitor_id": f"user:{n}", "name": name} for n, name in self.names.items()]
        tables = (
            (EDGES, self.edges.values()),
            (DECISIONS, self.decisions.values()),
            (MATCHES, self.matches.values()),
            (dw.CUSTOMERS, people),
            (dw.EVENTS, [{"visitor_id": "anon:0"}, {"visitor_id": "anon:99"}]),
        )
        for spec, rows in tables:
            warehouse.write(spec, rows_of(spec, *rows))


def run(warehouse, number, *, anew=False):
    clock = FixedClock(datetime(2025, 7, 1, tzinfo=UTC))
    context = BuildContext(NOON)
    run_builds(builds(), warehouse, context=context, clock=clock, run_id=f"r{number}", anew=anew)


def contents(warehouse, spec):
    rows = warehouse.to_arrow(warehouse.read(spec)).drop_columns("changed_at").to_pylist()
    kept = [row for row in rows if row.get("evidence") != "withdrawn"]
    return sorted((tuple(row.values()) for row in kept), key=repr)


@settings(max_examples=3, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(days)
def test_growing_day_by_day_comes_to_the_same_as_working_out_everything(warehouses, story):
    grow_and_compare(*warehouses, story)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(days)
def test_growing_comes_to_the_same_in_many_stories(warehouses, story):
    grow_and_compare(*warehouses, story)


def grow_and_compare(grown, anew, story):
    world = World()
    world.write(grown)
    run(grown, 0, anew=True)
    for number, day in enumerate(story, start=1):
        world.live(number, day)
        world.write(grown)
        run(grown, number)
    world.write(anew)
    run(anew, 0, anew=True)
    for spec in (LINKS, PERSON_OF, HOUSEHOLDS):
        assert contents(grown, spec) == contents(anew, spec)
