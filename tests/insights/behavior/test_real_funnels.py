"""Funnels and visits of real shops, against a computation that shares no code with ours."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhiyin.insights.behavior import api as behavior

PAGES = ("home_page", "search_page", "payment_page", "payment_confirmation")
DAY = 86_400_000
NAMES = {1: "view", 2: "cart", 3: "uncart", 4: "order", 5: "favorite", 6: "click"}


@dataclass(frozen=True)
class Sources:
    """What is known of people."""

    customers: Any
    as_of: datetime


def scope_of(rows, customers, as_of):
    """Return a scope over (person, milliseconds, event), people being numbers."""
    rows = sorted(rows)
    names = sorted({row[2] for row in rows})
    people = {person: n for n, person in enumerate(dict.fromkeys(row[0] for row in rows))}
    numbers = {name: n for n, name in enumerate(names)}
    columns = {
        "person_number": pa.array([people[row[0]] for row in rows], pa.int64()),
        "ts_ms": pa.array([row[1] for row in rows], pa.int64()),
        "event": pa.array([row[2] for row in rows]),
        "event_number": pa.array([numbers[row[2]] for row in rows], pa.int64()),
        "person_id": pa.array([f"user:{row[0]}" for row in rows]),
        "is_visit": pa.array([True] * len(rows)),
    }
    sources = Sources(ibis.memtable(customers), as_of)
    return behavior.Scope(ibis.memtable(pa.table(columns)), sources, "UTC", numbers)


@pytest.fixture(scope="module")
def pages(shared_data):
    folder = shared_data / "ecommerce_funnel" / "parquet"
    users = pq.read_table(folder / "user_table.parquet").to_pylist()
    seen = {
        page: set(pq.read_table(folder / f"{page}_table.parquet")["user_id"].to_pylist())
        for page in PAGES
    }
    return users, seen


def test_the_shop_that_knows_only_days_has_the_counts_of_its_pages(pages):
    users, seen = pages
    day = {
        row["user_id"]: int(datetime.fromisoformat(f"{row['date']}T00:00+00:00").timestamp())
        for row in users
    }
    rows = [(user, day[user] * 1000, page) for page in PAGES for user in seen[page]]
    customers = pa.table(
        {
            "person_id": [f"user:{row['user_id']}" for row in users],
            "device": [row["device"] for row in users],
        }
    )
    scope = scope_of(rows, customers, datetime(2016, 1, 1))
    days = {"since": "2015-01-01", "until": "2015-12-31"}
    asked = {"steps": list(PAGES), "window": "1 day", "days": days, "breakdown": "person:device"}
    found = behavior.funnel(scope, behavior.read_funnel(asked))
    left = set.intersection
    wanted = [len(left(*(seen[page] for page in PAGES[: n + 1]))) for n in range(len(PAGES))]
    assert [step["people"] for step in found["steps"]] == wanted == [90400, 45200, 6030, 452]
    devices = {row["user_id"]: row["device"] for row in users}
    for line in found["breakdown"]:
        own = {user for user in devices if devices[user] == line["value"]}
        assert [step["people"] for step in line["steps"]] == [
            len(left(own, *(seen[page] for page in PAGES[: n + 1]))) for n in range(len(PAGES))
        ]
    assert len(found["breakdown"]) == 2


@pytest.fixture(scope="module")
def actions(shared_data):
    folder = shared_data / "jdata_behavior" / "parquet"
    rows = []
    for file in sorted(folder.glob("JData_Action_*.parquet")):
        table = pq.read_table(file, columns=["user_id", "time", "type"])
        for user, time, kind in zip(*(column.to_pylist() for column in table), strict=True):
            at = datetime.fromisoformat(f"{time}+00:00")
            rows.append((int(float(user)), int(at.timestamp()) * 1000, NAMES[int(kind)]))
    return rows


@pytest.mark.slow
def test_people_of_a_large_shop_go_from_view_to_order_as_a_loop_counts(actions):
    nobody = pa.table({"person_id": pa.array([], pa.string())})
    scope = scope_of(actions, nobody, datetime(2016, 5, 1))
    days = {"since": "2016-01-01", "until": "2016-04-30"}
    asked = {"steps": ["view", "cart", "order"], "window": "7 days", "days": days}
    found = behavior.funnel(scope, behavior.read_funnel(asked))
    times = {name: defaultdict(list) for name in ("view", "cart", "order")}
    for user, at, name in sorted(actions):
        if name in times:
            times[name][user].append(at)

    def begun(user: int, cart: int) -> int:
        """Return the last view up to a cart; long ago if there is none."""
        place = bisect_right(times["view"][user], cart)
        return times["view"][user][place - 1] if place else -(10**15)

    def carted(user: int, order: int) -> int:
        """Return the last view up to the last cart up to an order."""
        place = bisect_right(times["cart"][user], order)
        return begun(user, times["cart"][user][place - 1]) if place else -(10**15)

    week = 7 * DAY
    wanted = [
        len(times["view"]),
        sum(any(at - begun(user, at) <= week for at in c) for user, c in times["cart"].items()),
        sum(any(at - carted(user, at) <= week for at in o) for user, o in times["order"].items()),
    ]
    assert [step["people"] for step in found["steps"]] == wanted
    assert wanted[2] > 0


@pytest.mark.slow
def test_visits_of_a_large_shop_are_as_many_as_silences_and_people(actions):
    nobody = pa.table({"person_id": pa.array([], pa.string())})
    scope = scope_of(actions, nobody, datetime(2016, 5, 1))
    days = {"since": "2016-01-01", "until": "2016-04-30"}
    found = behavior.sessions(scope, behavior.read_sessions({"days": days}))
    last, visits = {}, 0
    for user, at, _ in sorted(actions):
        visits += user not in last or at - last[user] > 30 * 60_000
        last[user] = at
    assert (found["visits"], found["people"]) == (visits, len(last))
    assert found["events"] == len(actions)
