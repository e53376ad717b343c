"""Each event once: whatever the batches, partitions and restarts, and whoever else writes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import Loader, LoadRules
from zhiyin.collect.loading import judging, known, load
from zhiyin.collect.loading.known import KnownEvents, Run
from zhiyin.collect.tables import EVENTS, LOG_LOADS
from zhiyin.core.clock import FixedClock
from zhiyin.testing.event_log import MemoryEventLog

NOW = datetime(2026, 3, 1, 8)
CLOCK = FixedClock()
ITEM = st.tuples(st.sampled_from(["web", "app"]), st.integers(0, 9), st.integers(0, 20))
STEPS = st.lists(
    st.one_of(
        st.lists(ITEM, min_size=1, max_size=8),
        st.sampled_from(["load", "load", "restart", "one"]),
    ),
    max_size=8,
)


def body(source: str, name: int, day: int) -> bytes:
    event = {"type": "track", "event": "E", "userId": "u", "messageId": f"m{name}"}
    received = (NOW + timedelta(days=day)).isoformat() + "Z"
    return json.dumps({"source_id": source, "received_at": received, "event": event}).encode()


def stored(warehouse: DuckDBWarehouse) -> list[tuple[str, str, int]]:
    events = warehouse.read(EVENTS).select("source_id", "event_id", "origin_line")
    return sorted(tuple(row.values()) for row in warehouse.to_arrow(events).to_pylist())


def firsts(items: list[tuple[str, int, int]]) -> list[tuple[str, str, int]]:
    found: dict[tuple[str, str], int] = {}
    for place, (source, name, _) in enumerate(items):
        found.setdefault((source, f"m{name}"), place)
    return sorted((*key, place) for key, place in found.items())


@pytest.fixture(scope="module")
def engine():
    """One warehouse for many examples: preparing the query takes longer than an example."""
    made = DuckDBWarehouse(":memory:", threads=1)
    yield made
    made.close()


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(STEPS, st.integers(2, 5), st.booleans())
def test_whatever_the_batches_and_restarts_the_first_of_equal_events_is_there_once(
    engine, steps, batch, collide
):
    warehouse, log, items = engine, MemoryEventLog(), []
    for spec in (EVENTS, LOG_LOADS):
        warehouse.write(spec, spec.schema().to_pyarrow().empty_table())
    loader = Loader(log, warehouse, CLOCK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "BATCH_ROWS", batch)
        if collide:
            patch.setattr(load, "judged", all_alike)
            patch.setattr(known, "fingerprint", lambda *_: ibis.literal(7, "int64"))
        for step in [*steps, "load"]:
            if isinstance(step, list):
                items += step
                log.append([body(*one) for one in step])
            elif step == "restart":
                loader = Loader(log, warehouse, CLOCK)
            else:
                loader.load(1 if step == "one" else None)
        assert stored(warehouse) == firsts(items)


def all_alike(*arguments):
    """Judge with fingerprints that tell nothing; only the warehouse then knows."""
    told = judging.judged(*arguments)
    return replace(told, keys=np.full(len(told.keys), 7))


def test_a_load_that_fails_is_forgotten_and_done_again(warehouse, monkeypatch):
    log = MemoryEventLog()
    log.append([body("web", n, 0) for n in range(4)])
    loader = Loader(log, warehouse, CLOCK)
    monkeypatch.setattr(load, "BATCH_ROWS", 2)
    write, asked = warehouse.write, []

    def failing(spec, rows, how):
        asked.append(spec.name)
        if asked.count("ods.log_loads") == 2 and spec == LOG_LOADS:
            raise OSError("the disk is full")
        return write(spec, rows, how)

    monkeypatch.setattr(warehouse, "write", failing)
    with pytest.raises(OSError, match="disk is full"):
        loader.load()
    assert len(stored(warehouse)) == 2
    report = loader.load()
    assert (report.rows_kept, report.rows_repeated) == (2, 0)
    assert len(stored(warehouse)) == 4


def test_what_another_loader_brought_is_known_too(warehouse):
    log = MemoryEventLog()
    first, second = Loader(log, warehouse, CLOCK), Loader(log, warehouse, CLOCK)
    for number in range(3):
        log.append([body("web", number, 0)])
        first.load()
    log.append([body("web", 50, 0)])
    second.load()
    log.append([body("web", 50, 0), body("web", 51, 0)])
    report = first.load()
    assert (report.rows_kept, report.rows_repeated) == (1, 1)


def test_an_event_is_forgotten_after_the_window_and_not_before(warehouse):
    log = MemoryEventLog()
    loader = Loader(log, warehouse, CLOCK)
    rules = LoadRules(duplicate_days=8)
    repeated = []
    for day in (0, 1, 2, 8, 40):
        log.append([body("web", 1, day), body("web", 100 + day, day)])
        repeated.append(loader.load(rules=rules).rows_repeated)
    assert repeated == [0, 1, 1, 1, 0]
    assert sum(len(run.keys) for run in loader._known._runs) == 2


def test_runs_are_merged_so_that_few_are_searched():
    memory = KnownEvents(days=8)
    for number in range(100):
        memory._add(Run(0, np.array([number]), number, number))
    assert len(memory._runs) <= 8
    assert sum(len(run.keys) for run in memory._runs) == 100
    assert all(np.all(np.diff(run.keys) > 0) for run in memory._runs)
    asked = np.array([-1, 5, 99, 100])
    assert np.any([run.holds(asked) for run in memory._runs], axis=0).tolist() == [
        False, True, True, False,
    ]  # fmt: skip


def test_two_loads_at_once_load_every_item_once(warehouse, monkeypatch):
    log = MemoryEventLog()
    log.append([body("web", n, 0) for n in range(6)])
    monkeypatch.setattr(load, "BATCH_ROWS", 2)
    slow, fast = Loader(log, warehouse, CLOCK), Loader(log, warehouse, CLOCK)
    judged, calls = load.judged, []

    def overtaken(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            fast.load(2)
        return judged(*arguments)

    monkeypatch.setattr(load, "judged", overtaken)
    slow.load()
    assert stored(warehouse) == [("web", f"m{n}", n) for n in range(6)]
    loads = warehouse.to_arrow(warehouse.read(LOG_LOADS)).sort_by("load_id").to_pylist()
    assert [row["first_offset"] for row in loads] == [0, 2, 4]
    assert len({row["load_id"] for row in loads}) == 3
