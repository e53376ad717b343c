"""Sessions against a plain loop."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.sessions import sessions
from zhiyin.warehouse.tables import EVENTS

START = datetime(2026, 1, 1)
MINUTE = 60_000
NAMES = ["Page Viewed", "Order Completed", "Email Opened"]
# Steps around the limit of 30 minutes, to the millisecond, and ties.
STEPS = st.sampled_from([0, 1, 29 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1, 90 * MINUTE])
CLICKS = st.lists(st.tuples(st.sampled_from("ab"), STEPS, st.sampled_from(NAMES)), max_size=12)


def event(number: int, visitor: str, at_ms: int, name: str) -> dict:
    return {
        "source_id": "web",
        "event_id": f"e{number:03}",
        "visitor_id": visitor,
        "event": name,
        "event_time": START + timedelta(milliseconds=at_ms),
        "ts_ms": at_ms,
        "channel": f"channel{number}",
        "campaign_id": None if number % 2 else f"k{number}",
    }


def sessions_by_loop(events: list[dict]) -> list[dict]:
    found: list[list[dict]] = []
    for one in sorted(events, key=lambda e: (e["visitor_id"], e["ts_ms"], e["event_id"])):
        last = found[-1][-1] if found else None
        is_same = last and last["visitor_id"] == one["visitor_id"]
        if is_same and one["ts_ms"] - last["ts_ms"] <= 30 * MINUTE:
            found[-1].append(one)
        else:
            found.append([one])
    index: dict[str, int] = {}
    result = []
    for run in found:
        visitor = run[0]["visitor_id"]
        index[visitor] = index.get(visitor, -1) + 1
        result.append(
            {
                "visitor_id": visitor,
                "session_index": index[visitor],
                "started_at": run[0]["event_time"],
                "start_ms": run[0]["ts_ms"],
                "ended_at": run[-1]["event_time"],
                "end_ms": run[-1]["ts_ms"],
                "events": len(run),
                "channel": run[0]["channel"],
                "campaign_id": run[0]["campaign_id"],
                "has_order": any(one["event"] == "Order Completed" for one in run),
            }
        )
    return result


@settings(max_examples=30, deadline=None)
@given(clicks=CLICKS)
def test_sessions_are_those_that_a_loop_finds(rows, clicks):
    at, events = 0, []
    for number, (visitor, step, name) in enumerate(clicks):
        at += step
        events.append(event(number, visitor, at, name))
    expected = sessions_by_loop([one for one in events if one["event"] != "Email Opened"])
    found = rows(sessions, rows_of(EVENTS, *events))
    assert sorted(found, key=lambda s: (s["visitor_id"], s["session_index"])) == expected
