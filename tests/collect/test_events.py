"""Live events: what is accepted, how it lands in the warehouse, and that it lands once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.collect import shop

from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import Rejected, accept, event_body, load_log, log_event
from zhiyin.collect.loading.judging import judged
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.collect.tables import EVENTS, LOG_LOADS, QUARANTINE
from zhiyin.core.clock import FixedClock
from zhiyin.ports.event_log import MAIN, Chunk
from zhiyin.testing.event_log import MemoryEventLog

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
CLOCK = FixedClock(NOW)


def track(**fields) -> dict:
    return {"type": "track", "event": "Product Viewed", "userId": "u1", "messageId": "m1", **fields}


def taken(item, **named) -> bytes:
    accepted = accept(item, **{"source_id": "web", "received_at": NOW, **named})
    assert isinstance(accepted, bytes), accepted
    return accepted


def loaded(warehouse, *items, **named) -> list[dict]:
    log = MemoryEventLog()
    log.append([taken(item, **named) for item in items])
    load_log(log, warehouse, CLOCK)
    return [dict(row) for row in shop.rows(warehouse, EVENTS)]


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"type": "track", "event": "x"}, "no_user_anon_id"),
        (track(userId=None, anonymousId=" "), "no_user_anon_id"),
        (track(event=None), "no_event"),
        (track(event=""), "no_event"),
        ({"type": "alias", "userId": "u"}, "no_previousid"),
        ({"type": "group", "userId": "u"}, "no_groupid"),
        ({"type": "buy", "userId": "u"}, "unknown_type"),
        ({"userId": "u"}, "unknown_type"),
        (track(messageId="x" * 101), "long_message_id"),
        (track(timestamp="yesterday"), "unreadable_time"),
        (track(properties=[1]), "wrong_type"),
        (track(userId={"a": 1}), "wrong_type"),
        (b'{"type": "track"', "not_json"),
        (b"[1]", "wrong_type"),
        (b'{"type": "track", "x": "\xff"}', "not_json"),
        (track(properties={"big": "x" * 40_000}), "too_large"),
    ],
)
def test_what_is_not_an_event_is_rejected_with_a_reason_and_kept_as_it_came(
    warehouse, item, reason
):
    refused = accept(item, source_id="web", received_at=NOW)
    assert isinstance(refused, Rejected)
    assert refused.reason == reason
    log = MemoryEventLog()
    log.append([refused.body])
    report = load_log(log, warehouse, CLOCK)
    assert report.rows_quarantined == {reason: 1}
    (row,) = shop.rows(warehouse, QUARANTINE)
    raw = item if isinstance(item, bytes) else json.dumps(item, separators=(",", ":")).encode()
    assert row["record"] == raw[: 32 * 1024].decode(errors="replace")
    assert (row["reason"], row["origin"], row["origin_line"]) == (reason, "log", 0)


def test_reserved_properties_become_columns_and_the_rest_stays_json(warehouse):
    properties = {
        "product_id": "p1", "order_id": 77, "quantity": 2, "revenue": "19.90", "currency": "CNY",
        "query": "茶", "path": "/tea", "campaign_id": "c1", "message_id": "msg", "color": "green",
        "products": [{"sku": "s", "price": 1.5}],
    }  # fmt: skip
    context = {
        "campaign": {"source": "baidu", "medium": "cpc", "name": "spring"},
        "page": {"path": "/other"},
        "traits": {"email": "A@B.cn", "phone": 138},
    }
    (row,) = loaded(warehouse, track(properties=properties, context=context))
    expected = {
        "event_id": "m1", "kind": "track", "event": "Product Viewed", "user_id": "u1",
        "anonymous_id": None, "product_id": "p1", "order_id": "77", "quantity": Decimal(2),
        "revenue": Decimal("19.9"), "currency": "CNY", "search_query": "茶", "page_path": "/tea",
        "campaign_id": "c1", "message_id": "msg", "utm_source": "baidu", "utm_medium": "cpc",
        "utm_campaign": "spring", "platform": "web", "email": "a@b.cn", "phone": "138",
        "source_id": "web", "origin": "log", "origin_line": 0,
        "received_at": NOW.replace(tzinfo=None),
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert json.loads(row["properties"]) == properties
    assert json.loads(row["context"]) == context
    assert json.loads(row["traits"]) == context["traits"]


@pytest.mark.parametrize(
    ("properties", "context", "platform"),
    [
        ({"platform": "Mini_Program"}, {}, "mini_program"),
        ({}, {"device": {"type": "iOS"}}, "app"),
        ({}, {"page": {"path": "/"}}, "web"),
        ({"channel": "email"}, {}, "email"),
        ({}, {}, None),
        ({"platform": 7}, {"device": "odd", "page": 3}, "7"),
    ],
)
def test_the_platform_is_told_or_found_out(warehouse, properties, context, platform):
    (row,) = loaded(warehouse, track(properties=properties, context=context))
    assert row["platform"] == platform


@pytest.mark.parametrize("value", ["two", True, {"a": 1}, [1], 1e300, None])
def test_a_reserved_property_of_a_wrong_type_is_left_in_the_json(warehouse, value):
    (row,) = loaded(warehouse, track(properties={"quantity": value, "revenue": 1}))
    assert row["quantity"] is None
    assert row["revenue"] == Decimal(1)
    assert json.loads(row["properties"])["quantity"] == value


def test_identify_reads_traits_of_the_call_first(warehouse):
    context = {"traits": {"email": "old@x.cn"}}
    item = {"type": "identify", "userId": 7.0, "messageId": "m", "context": context}
    item["traits"] = {"email": "New@x.cn"}
    (row,) = loaded(warehouse, item)
    assert (row["user_id"], row["email"], row["event"]) == ("7", "new@x.cn", None)


@pytest.fixture(scope="module")
def engine():
    """A warehouse that only reads items."""
    made = DuckDBWarehouse(":memory:", threads=2)
    yield made
    made.close()


moments = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1))
offsets = st.sampled_from(["Z", "+08:00", "-05:30", ""])


@settings(max_examples=40, deadline=None)
@given(moments, moments, offsets, st.booleans())
def test_the_time_is_corrected_by_the_difference_of_the_clocks(
    engine, happened, sent, offset, has_sent
):
    happened, sent = sorted((happened, sent))
    item = {**track(), "timestamp": happened.isoformat() + offset}
    envelope = {"source_id": "web", "received_at": "2026-01-01T12:00:00Z", "event": item}
    if has_sent:
        envelope["sent_at"] = sent.isoformat() + offset
    chunk = Chunk(MAIN, [0], [json.dumps(envelope).encode()], 1)
    (row,) = judged(chunk, LoadRules(), engine, 1, NOW).events.to_pylist()
    received = NOW.replace(tzinfo=None)
    shift = {"Z": 0, "": 0, "+08:00": -480, "-05:30": 330}[offset]
    by_our_clock = happened + timedelta(minutes=shift)
    if has_sent:
        by_our_clock = received - (sent - happened)
    if not datetime(1990, 1, 1) <= by_our_clock <= received + timedelta(days=1):
        by_our_clock = received
    assert row["event_time"] == by_our_clock
    assert row["ts_ms"] == (by_our_clock - datetime(1970, 1, 1)) // timedelta(milliseconds=1)


def test_an_item_s_own_sending_time_comes_first(warehouse):
    item = track(timestamp="2026-01-01T09:00:00Z", sentAt="2026-01-01T10:00:00Z")
    (row,) = loaded(warehouse, item, sent_at="2000-01-01T00:00:00Z")
    assert row["event_time"] == NOW.replace(tzinfo=None) - timedelta(hours=1)


def test_a_time_beside_the_original_one_was_set_on_purpose_and_stays(warehouse):
    item = track(
        timestamp="2026-01-01T00:00:00Z",
        originalTimestamp="2026-01-01T09:00:00Z",
        sentAt="2026-01-01T10:00:00Z",
    )
    (row,) = loaded(warehouse, item)
    assert row["event_time"] == datetime(2026, 1, 1)
    assert row["original_time"] == datetime(2026, 1, 1, 9)


def test_an_event_without_id_or_time_gets_them_on_arrival(warehouse):
    (row,) = loaded(warehouse, track(messageId=None))
    assert row["event_id"].startswith("evt_")
    assert row["event_time"] == NOW.replace(tzinfo=None)


def test_our_own_events_go_the_same_way(warehouse):
    log = MemoryEventLog()
    at = NOW - timedelta(hours=1)
    named = {"source_id": "delivery", "at": at, "user_id": "u1", "message_id": "r1"}
    log_event(log, "Email Opened", properties={"campaign_id": "c", "message_id": "m"}, **named)
    log.append([event_body("Email Opened", **named)])
    report = load_log(log, warehouse, CLOCK)
    assert (report.rows_read, report.rows_kept, report.rows_repeated) == (2, 1, 1)
    (row,) = shop.rows(warehouse, EVENTS)
    assert (row["event"], row["campaign_id"], row["message_id"]) == ("Email Opened", "c", "m")
    assert row["event_time"] == at.replace(tzinfo=None)


def test_an_item_that_nobody_can_read_is_set_aside(warehouse):
    log = MemoryEventLog()
    log.append([b"\xff\x00", b"{}", b'{"source_id": "x", "received_at": "soon", "event": {}}'])
    report = load_log(log, warehouse, CLOCK)
    assert report.rows_quarantined == {"unreadable_item": 3}


def test_events_load_once_whatever_the_batches(warehouse):
    log = MemoryEventLog()
    log.append([taken(track(messageId=f"m{n % 7}")) for n in range(10)])
    assert load_log(log, warehouse, CLOCK, limit=4).rows_kept == 4
    report = load_log(log, warehouse, CLOCK)
    assert (report.rows_read, report.rows_kept, report.rows_repeated) == (6, 3, 3)
    again = load_log(log, warehouse, CLOCK)
    assert (again.rows_read, again.next_offset) == (0, 10)
    assert log.committed("warehouse") == {"main": 10}
    assert len(shop.rows(warehouse, EVENTS)) == 7


def test_two_sources_may_use_the_same_id(warehouse):
    log = MemoryEventLog()
    log.append([taken(track()), taken(track(), source_id="app")])
    assert load_log(log, warehouse, CLOCK).rows_kept == 2


def test_loads_of_files_and_of_the_log_are_numbered_in_one_series(warehouse, tmp_path):
    shop.run(warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, ["1,A,1,1,2025-01-01,"]))
    loaded(warehouse, track())
    assert [row["load_id"] for row in shop.rows(warehouse, LOG_LOADS)] == [2]


LOADER = """
import sys
from pathlib import Path
from tests.collect.test_events import CLOCK
from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.loading import load
load.BATCH_ROWS = 50
folder = Path(sys.argv[1])
log = FileEventLog(folder / "log")
warehouse = DuckDBWarehouse(folder / "w.duckdb")
write = warehouse.write
def loudly(*args, **named):
    print("write", flush=True)
    return write(*args, **named)
warehouse.write = loudly
load.load_log(log, warehouse, CLOCK)
"""


def test_kill_9_during_a_load_neither_loses_nor_repeats_an_event(tmp_path):
    log = FileEventLog(tmp_path / "log")
    log.append([taken(track(messageId=f"m{n}")) for n in range(1000)])
    log.close()
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", LOADER, str(tmp_path)]
    loader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert loader.stdout is not None
    for _ in range(8):
        assert loader.stdout.readline() == "write\n"
    loader.send_signal(signal.SIGKILL)
    loader.wait()
    log = FileEventLog(tmp_path / "log")
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    before = len(shop.rows(warehouse, EVENTS))
    assert 0 < before < 1000
    assert load_log(log, warehouse, CLOCK).rows_kept == 1000 - before
    ids = [row["event_id"] for row in shop.rows(warehouse, EVENTS)]
    assert sorted(ids) == sorted(f"m{n}" for n in range(1000))
    warehouse.close()
    log.close()
