"""Records that were set aside: found, mended, replayed exactly once, also when killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from tests.collect import shop
from tests.collect.test_plan import files

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import LoadRules, Rejected, accept, load_log
from zhiyin.collect.dead_letters.api import (
    RecordFilter,
    Replaying,
    by_reason,
    chosen,
    dismiss,
    obstacle,
    one_record,
    open_records,
    read_rule,
    record_id,
    rehearse,
    replay,
)
from zhiyin.collect.events import Arrival, accept_raw
from zhiyin.collect.plan.api import PlanInForce, read_plan
from zhiyin.collect.tables import EVENTS, LOG_LOADS, PLAN_FLAGS, QUARANTINE, REPLAYS
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.testing.event_log import MemoryEventLog

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9)
CLOCK = FixedClock(NOW)
RULES = LoadRules(plan=PlanInForce(read_plan(files())))
CAST = {
    "name": "revenue as a number",
    "where": {"reason": "plan_violation", "event": "Order Completed"},
    "changes": [{"do": "cast", "path": "properties.revenue", "to": "number"}],
}


def order(number: int, **properties) -> dict:
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": "u1",
        "messageId": f"m{number}",
        "properties": {"revenue": 10, "currency": "CNY", **properties},
    }


@pytest.fixture
def log():
    return MemoryEventLog()


def send(log, warehouse, *items, rules=RULES, source="web", **terms):
    taken = [accept(item, source_id=source, received_at=NOW, **terms) for item in items]
    log.append([one.body if isinstance(one, Rejected) else one for one in taken])
    return load_log(log, warehouse, CLOCK, rules=rules)


def replaying(warehouse, *fixes, **more) -> Replaying:
    return Replaying(warehouse, RULES, [read_rule(one) for one in fixes], **more)


def played(warehouse, *fixes, wanted=None, **more):
    going_by = replaying(warehouse, *fixes, **more)
    return replay(wanted or RecordFilter(), going_by, actor="ann", at=LATER)


def outcomes(report) -> dict:
    names = ("taken", "repeated", "open", "impossible")
    assert report.tried == sum(getattr(report, name) for name in names)
    return {name: getattr(report, name) for name in names if getattr(report, name)}


def left(warehouse) -> list[str]:
    return sorted(warehouse.to_arrow(open_records(warehouse))["reason"].to_pylist())


def test_a_violation_is_mended_by_a_rule_and_keeps_its_place_in_the_log(warehouse, log):
    send(log, warehouse, order(1), order(2, revenue="1,200.50"))
    assert left(warehouse) == ["plan_violation"]
    report = played(warehouse, CAST)
    assert outcomes(report) == {"taken": 1}
    events = {row["event_id"]: row for row in shop.rows(warehouse, EVENTS)}
    assert events["m2"]["revenue"] == Decimal("1200.5")
    assert (events["m2"]["origin"], events["m2"]["origin_line"]) == ("log", 1)
    assert events["m2"]["received_at"] == NOW.replace(tzinfo=None)
    (done,) = shop.rows(warehouse, REPLAYS)
    assert (done["outcome"], done["fix"], done["actor"]) == ("taken", CAST["name"], "ann")
    assert done["replay_load_id"] == events["m2"]["load_id"]
    assert left(warehouse) == []


def test_replaying_twice_changes_nothing(warehouse, log):
    send(log, warehouse, order(1, revenue="7"))
    played(warehouse, CAST)
    before = [shop.rows(warehouse, spec) for spec in (EVENTS, REPLAYS, QUARANTINE, LOG_LOADS)]
    assert outcomes(played(warehouse, CAST)) == {}
    after = [shop.rows(warehouse, spec) for spec in (EVENTS, REPLAYS, QUARANTINE, LOG_LOADS)]
    assert after == before


def test_an_event_that_arrived_meanwhile_counts_as_repeated(warehouse, log):
    send(log, warehouse, order(1, revenue="7"), order(2, revenue="8"), order(2, revenue="9"))
    send(log, warehouse, order(1))
    assert outcomes(played(warehouse, CAST)) == {"taken": 1, "repeated": 2}
    assert len(shop.rows(warehouse, EVENTS)) == 2
    told = {row["origin_line"]: row["outcome"] for row in shop.rows(warehouse, REPLAYS)}
    assert told == {0: "repeated", 1: "taken", 2: "repeated"}


def test_what_still_fails_stays_open_with_its_newest_reason(warehouse, log):
    send(log, warehouse, order(1, revenue="7", currency="RMB"))
    (before,) = shop.rows(warehouse, QUARANTINE)
    report = played(warehouse, CAST)
    assert (outcomes(report), report.reasons) == ({"open": 1}, {"plan_violation": 1})
    (after,) = shop.rows(warehouse, QUARANTINE)
    assert after["detail"] == 'currency: "RMB" is not one of "CNY" or "USD"'
    assert after["record"] == before["record"]
    assert shop.rows(warehouse, REPLAYS) == []


def test_a_load_after_a_replay_has_a_number_of_its_own(warehouse, log):
    send(log, warehouse, order(1, revenue="7"))
    played(warehouse, CAST)
    send(log, warehouse, order(2))
    loads = [row["load_id"] for row in shop.rows(warehouse, LOG_LOADS)]
    assert len(loads) == len(set(loads)) == 3


def test_a_refused_item_becomes_an_event_when_it_can_be_read(warehouse, log):
    late = {**order(1), "timestamp": "28/02/2026 10:30"}
    send(log, warehouse, late, {**order(2), "userId": None}, {"event": "Odd", "userId": "u"})
    read_time = {
        "name": "times of the till",
        "where": {"reason": "unreadable_time", "source": "web"},
        "changes": [
            {
                "do": "parse_time",
                "path": "timestamp",
                "formats": ["D/M/YYYY h:mm"],
                "timezone": "Asia/Shanghai",
            }
        ],
    }
    nobody = {
        "name": "somebody",
        "where": {"reason": "no_user_anon_id"},
        "changes": [{"do": "default", "path": "anonymousId", "value": "till-1"}],
    }
    report = played(warehouse, read_time, nobody, event_log=log)
    assert outcomes(report) == {"taken": 3}
    events = {row["event"] + str(row["origin_line"]): row for row in shop.rows(warehouse, EVENTS)}
    assert events["Order Completed0"]["event_time"] == datetime(2026, 2, 28, 2, 30)
    assert events["Order Completed0"]["received_at"] == NOW.replace(tzinfo=None)
    assert events["Order Completed1"]["anonymous_id"] == "till-1"
    assert events["Odd2"]["kind"] == "track"


def test_a_refused_item_keeps_what_its_path_and_its_batch_said_of_it(warehouse, log):
    shared = msgspec.Raw(b'{"campaign": {"source": "baidu"}, "locale": "zh-CN"}')
    arrival = Arrival(
        "till",
        NOW,
        sent_at="2026-03-01T07:00:00Z",  # its clock is an hour slow
        kind="identify",
        context=shared,
        source_type="app",
        ip="203.0.113.9",
        user_agent="till/1",
    )
    item = {"timestamp": "2026-03-01T06:30:00Z", "context": {"locale": "en"}}
    refused = [
        accept_raw(json.dumps(one).encode(), arrival) for one in (item, {**item, "userId": ["u"]})
    ]
    assert [one.reason for one in refused if isinstance(one, Rejected)] == [
        "no_user_anon_id",
        "wrong_type",
    ]
    log.append([one.body for one in refused if isinstance(one, Rejected)])
    load_log(log, warehouse, CLOCK, rules=RULES)
    somebody = {
        "name": "somebody",
        "where": {"source": "till"},
        "changes": [{"do": "set", "path": "userId", "value": "u1"}],
    }
    assert outcomes(played(warehouse, somebody, event_log=log)) == {"taken": 2}
    first, second = sorted(shop.rows(warehouse, EVENTS), key=lambda row: row["origin_line"])
    half_an_hour_ago = datetime(2026, 3, 1, 7, 30)
    for row in (first, second):
        assert (row["kind"], row["event_time"]) == ("identify", half_an_hour_ago)
        assert row["locale"] == "en"
    assert (first["utm_source"], first["ip"], first["user_agent"]) == (
        "baidu",
        "203.0.113.9",
        "till/1",
    )


def test_records_that_lost_something_say_why_they_cannot_come_back(warehouse, log):
    big = order(1, note="x" * 40_000)
    send(log, warehouse, big, b'{"type": "track"')
    log.append([b"\xff\xfe"])
    load_log(log, warehouse, CLOCK, rules=RULES)
    rows = warehouse.to_arrow(open_records(warehouse)).to_pylist()
    assert sorted(str(obstacle(row)) for row in rows) == ["broken_text", "broken_text", "cut"]
    assert outcomes(played(warehouse)) == {"impossible": 3}
    assert len(left(warehouse)) == 3


def test_a_record_in_which_nobody_could_look_for_consent_was_not_kept(warehouse, log):
    odd = {**order(1), "properties": ["diary"]}
    refused = accept_raw(json.dumps(odd).encode(), Arrival("web", NOW, required_consents=("ads",)))
    assert isinstance(refused, Rejected)
    log.append([refused.body])
    load_log(log, warehouse, CLOCK, rules=RULES)
    (row,) = warehouse.to_arrow(open_records(warehouse)).to_pylist()
    assert "diary" not in row["record"]
    assert obstacle(row) == "redacted"
    assert outcomes(played(warehouse)) == {"impossible": 1}


def test_consent_that_the_source_requires_is_asked_for_again(warehouse, log):
    send(log, warehouse, {**order(1), "userId": None, "properties": {"secret": "diary"}})
    somebody = {
        "name": "somebody",
        "where": {"source": "web"},
        "changes": [{"do": "set", "path": "userId", "value": "u9"}],
    }
    report = played(warehouse, somebody, consents={"web": ("analytics",)})
    assert report.reasons == {"no_consent": 1}
    (row,) = shop.rows(warehouse, QUARANTINE)
    assert row["reason"] == "no_consent"
    assert "diary" not in row["record"]
    (again,) = warehouse.to_arrow(open_records(warehouse)).to_pylist()
    assert obstacle(again) == "redacted"


def test_a_rehearsal_shows_before_and_after_and_writes_nothing(warehouse, log):
    send(log, warehouse, order(1, revenue="7"), order(2, revenue="seven"))
    tables = [shop.rows(warehouse, spec) for spec in (EVENTS, REPLAYS, QUARANTINE, LOG_LOADS)]
    attempts = rehearse(RecordFilter(), replaying(warehouse, CAST), at=LATER)
    told = {a.place[1]: (a.outcome, a.reason, a.by) for a in attempts}
    assert told[0] == ("taken", "", (CAST["name"],))
    assert told[1][:2] == ("open", "cannot_fix")
    assert attempts[0].before["properties"]["revenue"] == "7"
    assert attempts[0].envelope.event["properties"]["revenue"] == 7
    after = [shop.rows(warehouse, spec) for spec in (EVENTS, REPLAYS, QUARANTINE, LOG_LOADS)]
    assert after == tables


def test_only_the_records_that_are_meant_are_replayed_or_dismissed(warehouse, log):
    send(log, warehouse, order(1, revenue="7"), order(2, revenue="8"), b"[]")
    rows = warehouse.to_arrow(
        chosen(open_records(warehouse), RecordFilter(reason="plan_violation"))
    )
    first = record_id(rows.to_pylist()[0])
    assert outcomes(played(warehouse, CAST, wanted=RecordFilter(ids=(first,)))) == {"taken": 1}
    assert left(warehouse) == ["plan_violation", "wrong_type"]
    gone = RecordFilter(source="web", reason="wrong_type")
    assert dismiss(gone, warehouse, actor="ann", at=LATER) == 1
    assert dismiss(gone, warehouse, actor="ann", at=LATER) == 0
    assert left(warehouse) == ["plan_violation"]
    assert len(shop.rows(warehouse, QUARANTINE)) == 3
    future = RecordFilter(since=LATER + timedelta(days=9))
    assert outcomes(played(warehouse, CAST, wanted=future)) == {}


def test_records_of_files_are_listed_and_not_replayed(warehouse, tmp_path):
    shop.run(warehouse, shop.recipe(tmp_path), shop.lines(tmp_path, ["1,A,x,2,2026-01-01,u"]))
    counts = warehouse.to_arrow(by_reason(open_records(warehouse))).to_pylist()
    assert [(row["source"], row["is_live"], row["rows"]) for row in counts] == [("shop", False, 1)]
    (row,) = warehouse.to_arrow(open_records(warehouse)).to_pylist()
    assert obstacle(row) == "from_file"
    assert one_record(warehouse, record_id(row))["record"] == row["record"]
    assert outcomes(played(warehouse)) == {"impossible": 1}


def test_a_record_that_is_not_open_is_not_found(warehouse):
    with pytest.raises(NotFound, match="is open"):
        one_record(warehouse, "1:log:0:events")
    with pytest.raises(InvalidInput, match="no record's id"):
        one_record(warehouse, "first")


def test_events_that_are_only_flagged_are_kept_and_counted_once(warehouse, log):
    person = {"type": "identify", "userId": "u", "traits": {"email": "nobody"}}
    send(log, warehouse, *[{**person, "messageId": f"p{n % 3}"} for n in range(5)])
    (row,) = shop.rows(warehouse, PLAN_FLAGS)
    told = (row["source_id"], row["kind"], row["event"], row["reason"], row["rows"])
    assert told == ("web", "identify", "identify", "plan_violation", 3)
    assert row["example"] == 'email: "nobody" is not a "email"'
    assert len(shop.rows(warehouse, EVENTS)) == 3


KILLED = """
import sys
from datetime import datetime
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from tests.collect.test_dead_letters import CAST, Replaying, RULES, RecordFilter, read_rule, replay
from zhiyin.collect.dead_letters import replaying
replaying.BATCH = 20
warehouse = DuckDBWarehouse(sys.argv[1])
print("ready", flush=True)
going_by = Replaying(warehouse, RULES, [read_rule(CAST)])
replay(RecordFilter(), going_by, actor="ann", at=datetime(2026, 3, 2),
       on_progress=lambda text: print(text, flush=True))
"""


@pytest.mark.parametrize(
    "batches", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(4, marks=pytest.mark.slow)]
)
def test_a_replay_that_is_killed_leaves_whole_batches_and_goes_on(tmp_path, log, batches):
    path = tmp_path / "warehouse.duckdb"
    warehouse = DuckDBWarehouse(path)
    send(log, warehouse, *[order(n, revenue=str(n)) for n in range(200)])
    warehouse.close()
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True, cwd="."
    )
    assert child.stdout is not None
    for _ in range(batches + 1):
        child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    warehouse = DuckDBWarehouse(path)
    taken = {row["event_id"] for row in shop.rows(warehouse, EVENTS)}
    assert len(taken) == len(shop.rows(warehouse, REPLAYS)) == 200 - len(left(warehouse))
    assert len(taken) >= 20 * batches
    assert len(taken) % 20 == 0
    played(warehouse, CAST)
    events = shop.rows(warehouse, EVENTS)
    assert sorted(row["event_id"] for row in events) == sorted(f"m{n}" for n in range(200))
    assert left(warehouse) == []
    warehouse.close()


def test_records_of_several_partitions_keep_theirs(warehouse):
    log = MemoryEventLog(partitions=2)
    log.append([_body(order(n, revenue=str(n))) for n in range(8)], [b"%d" % n for n in range(8)])
    load_log(log, warehouse, CLOCK, rules=RULES)
    aside = {(row["origin"], row["origin_line"]) for row in shop.rows(warehouse, QUARANTINE)}
    assert outcomes(played(warehouse, CAST)) == {"taken": 8}
    assert {(r["origin"], r["origin_line"]) for r in shop.rows(warehouse, EVENTS)} == aside


def _body(item: dict) -> bytes:
    taken = accept(json.dumps(item).encode(), source_id="web", received_at=NOW)
    assert isinstance(taken, bytes)
    return taken
