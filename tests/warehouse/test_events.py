"""Events, whole and load by load, against plain loops."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock
from zhiyin.ports.warehouse import How
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.api import run_builds
from zhiyin.warehouse.events import BUILD, events
from zhiyin.warehouse.tables import EVENTS

START = datetime(2026, 1, 1)
KINDS = ["track", "page", "screen", "identify", "alias"]
CALL = st.fixed_dictionaries(
    {
        "source_id": st.sampled_from(["web", "app"]),
        "event_id": st.sampled_from(["1", "2", "3", "4"]),
        "kind": st.sampled_from(KINDS),
        "event": st.sampled_from(["Product Viewed", None]),
        "user_id": st.sampled_from(["u", "", None]),
        "anonymous_id": st.sampled_from(["d", "", None]),
        "event_time": st.integers(0, 72).map(lambda hours: START + timedelta(hours=hours)),
        "traffic": st.sampled_from(["customer", "customer", None, "bot", "internal"]),
    }
)
LOADS = st.lists(st.lists(CALL, max_size=6), min_size=1, max_size=4)


def events_by_loop(calls: list[dict]) -> dict[tuple[str, str], tuple]:
    first: dict[tuple[str, str], tuple] = {}
    for call in calls:
        name = {"page": "Page Viewed", "screen": "Screen Viewed"}.get(call["kind"], call["event"])
        visitor = (call["user_id"] and f"user:{call['user_id']}") or (
            call["anonymous_id"] and f"anon:{call['anonymous_id']}"
        )
        is_machine_or_ours = call.get("traffic") in ("bot", "internal")
        if (
            call["kind"] in ("track", "page", "screen")
            and name
            and visitor
            and not is_machine_or_ours
        ):
            key = (call["source_id"], call["event_id"])
            first.setdefault(key, (visitor, name, call["event_time"], call["event_time"].date()))
    return first


def shown(found: list[dict]) -> dict[tuple[str, str], tuple]:
    columns = ("visitor_id", "event", "event_time", "event_date")
    keys = [(row["source_id"], row["event_id"]) for row in found]
    assert len(set(keys)) == len(keys)
    return {key: tuple(row[name] for name in columns) for key, row in zip(keys, found, strict=True)}


def arrived(loads: list[list[dict]]) -> list[list[dict]]:
    """Number the loads; every other load comes in two parts under one number."""
    return [
        [
            {**call, "load_id": number // 2, "received_at": START + timedelta(days=number)}
            for call in load
        ]
        for number, load in enumerate(loads)
    ]


@settings(max_examples=30, deadline=None)
@given(loads=LOADS)
def test_each_event_is_there_once_as_first_received(rows, loads):
    calls = [call for load in arrived(loads) for call in load]
    assert shown(rows(events, rows_of(ods.EVENTS, *calls))) == events_by_loop(calls)


@settings(max_examples=8, deadline=None)
@given(loads=LOADS)
def test_load_by_load_gives_what_one_build_over_everything_gives(context, loads):
    warehouse = DuckDBWarehouse(":memory:")
    calls: list[dict] = []
    for number, load in enumerate(arrived(loads)):
        calls += load
        arriving = rows_of(ods.EVENTS, *calls).slice(len(calls) - len(load))
        warehouse.write(ods.EVENTS, arriving, How.APPEND)
        run_builds([BUILD], warehouse, context=context, clock=FixedClock(), run_id=str(number))
    found = warehouse.to_arrow(warehouse.read(EVENTS))
    warehouse.close()
    assert shown(found.to_pylist()) == events_by_loop(calls)


@pytest.mark.parametrize(
    ("call", "channel"),
    [
        ({"utm_source": " Google "}, "google"),
        ({"utm_source": "", "campaign_id": "k"}, "email"),
        ({"event": "Email Opened"}, "email"),
        ({"event": "Unsubscribed"}, "email"),
        ({"event": "Message Delivered", "platform": "wechat"}, "wechat"),
        ({"event": "Message Delivered"}, "webhook"),
        ({}, "direct"),
    ],
)
def test_the_channel_is_where_the_visitor_came_from(rows, call, channel):
    plain = {"kind": "track", "event": "Product Viewed", "user_id": "u", "event_time": START}
    (row,) = rows(events, rows_of(ods.EVENTS, {**plain, **call}))
    assert row["channel"] == channel
    assert row["event_date"] == date(2026, 1, 1)
