"""Evidence of new loads is added to what there is, also where a load was published late."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock
from zhiyin.identity.api import builds_of, load_policy
from zhiyin.identity.tables import EDGES
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse.api import BuildContext, run_builds

EXTERNAL = '{"externalIds": [{"id": "o1", "type": "openid"}]}'


def event(rng: random.Random, load: int, number: int):
    return {
        "event_id": f"{load}-{number}",
        "source_id": rng.choice(["web", "app"]),
        "load_id": load,
        "kind": rng.choice(["track", "identify", "alias"]),
        "user_id": rng.choice(["1", "2", "3", None]),
        "anonymous_id": rng.choice(["d", "e", None]),
        "previous_id": rng.choice(["2", "9"]),
        "email": rng.choice(["a@b.c", None]),
        "context": rng.choice([EXTERNAL, None]),
        "event_time": EPOCH + timedelta(hours=rng.randrange(99)),
    }


def record(rng: random.Random, load: int):
    return {
        "customer_id": rng.choice("123"),
        "phone": rng.choice(["13912345670", "+86 139 1234 5671"]),
        "source_id": "crm",
        "load_id": load,
    }


def edges_after(warehouse, loads, *, anew=False):
    events = [row for rows, _ in loads for row in rows]
    records = [row for _, rows in loads for row in rows]
    warehouse.write(ods.EVENTS, rows_of(ods.EVENTS, *events))
    warehouse.write(ods.CUSTOMERS, rows_of(ods.CUSTOMERS, *records))
    build = [build for build in builds_of(load_policy()) if build.spec.name == EDGES.name]
    context = BuildContext(EPOCH)
    run_builds(build, warehouse, context=context, clock=FixedClock(), run_id="r", anew=anew)
    return warehouse.to_arrow(warehouse.read(EDGES)).to_pylist()


def rows_by_key(rows, *, with_load=True):
    left_out = set() if with_load else {"load_id"}
    return {
        tuple(row[name] for name in EDGES.grain): {
            k: v for k, v in row.items() if k not in left_out
        }
        for row in rows
    }


@pytest.fixture
def warehouse():
    opened = DuckDBWarehouse(":memory:")
    yield opened
    opened.close()


def loads_of(seed, numbers):
    rng = random.Random(seed)
    return [
        ([event(rng, load, n) for n in range(8)], [record(rng, load) for _ in range(2)])
        for load in numbers
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_load_after_load_comes_to_the_same_as_all_at_once(warehouse, seed):
    loads = loads_of(seed, [1, 2, 4])
    for count in (1, 2, 3):
        grown = edges_after(warehouse, loads[:count])
    assert rows_by_key(grown) == rows_by_key(edges_after(warehouse, loads, anew=True))


def test_a_load_published_late_is_counted_and_seen_as_new(warehouse):
    first, late, last = loads_of(3, [1, 2, 3])
    late[0].append({**event(random.Random(4), 2, 99), "kind": "track", "user_id": "late",
                    "anonymous_id": "late"})  # fmt: skip
    before = rows_by_key(edges_after(warehouse, [first, last]))
    grown = edges_after(warehouse, [first, late, last])
    whole = rows_by_key(edges_after(warehouse, [first, late, last], anew=True), with_load=False)
    assert rows_by_key(grown, with_load=False) == whole
    changed = {key: row for key, row in rows_by_key(grown).items() if row != before.get(key)}
    assert {row["load_id"] for row in changed.values()} == {4}
