"""Traffic, flags and open records on DuckDB and on Spark: the same rows."""

from __future__ import annotations

from datetime import datetime

import pytest

from zhiyin.collect.dead_letters.records import RecordFilter, by_reason, chosen, open_among
from zhiyin.collect.plan.api import blocked, flagged, sample, volumes
from zhiyin.collect.tables import EVENTS, PLAN_FLAGS, QUARANTINE, REPLAYS
from zhiyin.testing.rows import rows_of

pytestmark = pytest.mark.spark

START, END = datetime(2026, 3, 1), datetime(2026, 3, 2)
AT = datetime(2026, 3, 1, 23, 59, 59, 999999)


def arrived():
    return rows_of(
        EVENTS,
        *[
            {"event_id": f"e{n}", "kind": kind, "event": event, "received_at": at}
            for n, (kind, event, at) in enumerate(
                [
                    ("track", "A", START),
                    ("track", "A", AT),
                    ("track", "A", END),
                    ("track", "A", AT),
                    ("identify", None, AT),
                    ("page", "kept as null", AT),
                ]
            )
        ],
    )


def aside():
    rows = [
        ("plan_violation", "web", "A"),
        ("unknown_event", None, "B"),
        ("not_json", None, None),
        ("plan_violation", "web", "A"),
    ]
    return rows_of(
        QUARANTINE,
        *[
            {
                "origin_line": n,
                "reason": reason,
                "source_id": source,
                "event": event,
                "recipe": "shop" if reason == "not_json" else "collect",
                "target": "events",
                "quarantined_at": AT,
            }
            for n, (reason, source, event) in enumerate(rows)
        ],
    )


def dealt_with(outcome: str):
    row = aside().slice(0, 1).to_pylist()[0]
    grain = {name: row[name] for name in REPLAYS.grain}
    return rows_of(REPLAYS, {**grain, "outcome": outcome})


def test_volumes_of_a_period(both_engines):
    rows = both_engines.same_rows(volumes, arrived(), since=START, until=END)
    told = {(row["kind"], row["event"]): row["rows"] for row in rows}
    assert told == {("track", "A"): 3, ("identify", None): 1, ("page", None): 1}


def test_a_sample_holds_the_newest_of_each_event(both_engines):
    rows = both_engines.same_rows(sample, arrived(), since=START, until=END, most_per_event=2)
    assert sorted(row["event_id"] for row in rows) == ["e1", "e3", "e4", "e5"]


def test_flags_and_blocked_events_of_a_period(both_engines):
    flags = rows_of(
        PLAN_FLAGS,
        {"kind": "track", "event": "A", "rows": 3, "received_at": AT},
        {"kind": "track", "event": "A", "rows": 4, "received_at": END},
        {"kind": "track", "event": "A", "rows": 5, "received_at": START, "load_id": 9},
    )
    (row,) = both_engines.same_rows(flagged, flags, since=START, until=END)
    assert row["rows"] == 8
    for outcome, count in (("taken", 1), ("dismissed", 2)):
        rows = both_engines.same_rows(blocked, aside(), dealt_with(outcome), since=START, until=END)
        assert {row["event"]: row["rows"] for row in rows} == {"A": count, "B": 1}


def test_open_records_and_their_reasons(both_engines):
    def counted(aside, replays, **wanted):
        return by_reason(chosen(open_among(aside, replays), RecordFilter(**wanted)))

    rows = both_engines.same_rows(counted, aside(), dealt_with("taken"))
    assert [(r["reason"], r["source"], r["is_live"], r["rows"]) for r in rows] == [
        ("not_json", "shop", False, 1),
        ("plan_violation", "web", True, 1),
        ("unknown_event", "collect", True, 1),
    ]
    assert (
        both_engines.same_rows(counted, aside(), dealt_with("taken"), source="shop", since=END)
        == []
    )
    assert len(both_engines.same_rows(counted, aside(), dealt_with("taken"), source="shop")) == 1
