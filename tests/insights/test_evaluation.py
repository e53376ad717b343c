"""Figures of periods, days and channels, against loops over the same facts."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.windows import Window
from zhiyin.insights.api import INPUTS, METRIC_INPUTS, Period, daily, facts, long, metric_values
from zhiyin.testing.rows import EPOCH, rows_of

ZONE = "Europe/London"
# The clocks go forward on 31 March.
START, END = datetime(2024, 3, 28), datetime(2024, 4, 3)
PEOPLE = {"user:1": "user:1", "anon:1": "user:1", "user:2": "user:2", "user:3": "user:3"}
PERIODS = [
    Period("all", date(2024, 3, 28), date(2024, 4, 4)),
    Period("early", date(2024, 3, 28), date(2024, 3, 31)),
    Period("late", date(2024, 3, 31), date(2024, 4, 4)),
]
NAMES = (
    "visitors",
    "sessions",
    "active_customers",
    "buyers",
    "visiting_buyers",
    "new_buyers",
    "repeat_buyers",
    "orders",
    "revenue",
    "refunded",
    "cost",
    "conversion_rate",
    "repurchase_rate",
    "average_order_value",
    "refund_rate",
    "cac",
    "roi",
)

moments = st.integers(-30, 150).map(lambda n: START + timedelta(hours=n, milliseconds=n % 7))
visitors = st.sampled_from(list(PEOPLE))
money = st.integers(1, 400).map(lambda n: Decimal(n) / 4)
sessions = st.lists(st.tuples(visitors, moments, st.sampled_from(["ads", "direct"])), max_size=8)
orders = st.lists(
    st.tuples(st.none() | visitors, moments, money, st.sampled_from(["web", "store", None])),
    max_size=8,
)
refunds = st.lists(st.tuples(moments, st.none() | money, st.integers(0, 8)), max_size=3)
costs = st.lists(st.tuples(st.integers(0, 8), money), max_size=3)


def ms(moment):
    return (moment - EPOCH) // timedelta(milliseconds=1)


def wall(moment):
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()


def inputs(session_rows=(), order_rows=(), refund_rows=(), cost_rows=(), touch_rows=()):
    rows = {
        "sessions": [
            {"visitor_id": v, "session_index": n, "started_at": t, "start_ms": ms(t), "channel": c}
            for n, (v, t, c) in enumerate(session_rows)
        ],
        "orders": [
            {
                "order_id": str(n),
                "visitor_id": v,
                "order_time": t,
                "ts_ms": ms(t),
                "amount": a,
                "channel": c,
            }
            for n, (v, t, a, c) in enumerate(order_rows)
        ],
        "refunds": [
            {"refund_id": str(n), "refund_time": t, "ts_ms": ms(t), "amount": a, "order_id": str(o)}
            for n, (t, a, o) in enumerate(refund_rows)
        ],
        "costs": [
            {
                "cost_date": START.date() + timedelta(days=d),
                "channel": "ads",
                "campaign_id": str(n),
                "amount": a,
            }
            for n, (d, a) in enumerate(cost_rows)
        ],
        "touches": list(touch_rows),
        "person_of": [{"visitor_id": v, "person_id": p} for v, p in PEOPLE.items()],
    }
    return {name: ibis.memtable(rows_of(spec, *rows[name])) for name, spec in INPUTS.items()}


def seen(moment):
    return START <= moment < END


class World:
    """The same facts, told in plain Python."""

    def __init__(self, session_rows, order_rows, refund_rows, cost_rows):
        self.visits = [(PEOPLE[v], wall(t), c, t) for v, t, c in session_rows if seen(t)]
        self.orders = []
        for visitor, moment, amount, own in order_rows:
            if seen(moment):
                person = PEOPLE.get(visitor)
                firsts = [t for v, t, _, _ in order_rows if v and PEOPLE[v] == person]
                credit = self.credit(person, moment) if own != "store" else None
                self.orders.append(
                    {
                        "person": person, "day": wall(moment), "amount": amount,
                        "channel": credit or own or "unknown", "has_visit": credit is not None,
                        "is_first": person is not None and moment == min(firsts),
                        "is_repeat": person is not None and moment > min(firsts),
                    }
                )  # fmt: skip
        channels = {str(n): row[3] for n, row in enumerate(order_rows)}
        self.refunds = [
            (wall(t), channels.get(str(o)) or "unknown", a or 0)
            for t, a, o in refund_rows
            if seen(t)
        ]
        last = wall(END - timedelta(microseconds=1))
        days = [(START.date() + timedelta(days=d), a) for d, a in cost_rows]
        self.costs = [(day, amount) for day, amount in days if day <= last]

    def credit(self, person, moment):
        before = [
            (-ms(t), channel)
            for who, day, channel, t in self.visits
            if who == person and day == wall(moment) and ms(t) <= ms(moment)
        ]
        return min(before)[1] if before else None

    def figures(self, days):
        orders = [row for row in self.orders if row["day"] in days]
        visitors = {who for who, day, *_ in self.visits if day in days}

        def people(flag=None):
            return {
                row["person"] for row in orders if row["person"] and (flag is None or row[flag])
            }

        found = {
            "visitors": len(visitors),
            "sessions": sum(day in days for _, day, *_ in self.visits),
            "active_customers": len(visitors | people()),
            "buyers": len(people()),
            "visiting_buyers": len(people("has_visit")),
            "new_buyers": len(people("is_first")),
            "repeat_buyers": len(people("is_repeat")),
            "orders": len(orders),
            "revenue": float(sum(row["amount"] for row in orders)),
            "refunded": float(sum(a for day, _, a in self.refunds if day in days)),
            "cost": float(sum(a for day, a in self.costs if day in days)),
        }
        found["conversion_rate"] = ratio(found["visiting_buyers"], found["visitors"])
        found["repurchase_rate"] = ratio(found["repeat_buyers"], found["buyers"])
        found["average_order_value"] = ratio(found["revenue"], found["orders"])
        found["refund_rate"] = ratio(found["refunded"], found["revenue"])
        found["cac"] = ratio(found["cost"], found["new_buyers"])
        found["roi"] = ratio(found["revenue"] - found["refunded"] - found["cost"], found["cost"])
        return found


def ratio(top, bottom):
    return top / bottom if bottom else None


@settings(max_examples=10, deadline=None)
@given(st.tuples(sessions, orders, refunds, costs))
def test_figures_of_periods_are_those_of_a_loop(rows):
    known = facts(inputs(*rows), Window(START, END), ZONE)
    table = metric_values(NAMES, known, PERIODS).to_pyarrow().to_pylist()
    found = {row.pop("period"): row for row in table}
    world = World(*rows)
    for period in PERIODS:
        assert found[period.name] == pytest.approx(world.figures(set(period.days())))


@settings(max_examples=10, deadline=None)
@given(st.tuples(sessions, orders, refunds, costs))
def test_the_daily_table_is_that_of_a_loop(rows):
    # From the beginning on, because `daily` sees all of the past.
    past = tuple([row for row in kind if not isinstance(row[1], datetime) or row[1] >= START]
                 for kind in rows[:2])  # fmt: skip
    back = [row for row in rows[2] if row[0] >= START]
    table = daily(inputs(*past, back, rows[3]), as_of=END, timezone=ZONE).to_pyarrow().to_pylist()
    found = {(row["day"], row["channel"]): row for row in table}
    assert len(found) == len(table)
    wanted: dict = defaultdict(
        lambda: {"revenue": 0, "orders": 0, "refunded": 0, "cost": 0, "visitors": set()}
    )
    world = World(*past, back, rows[3])
    for row in world.orders:
        wanted[row["day"], row["channel"]]["revenue"] += row["amount"]
        wanted[row["day"], row["channel"]]["orders"] += 1
    for day, channel, amount in world.refunds:
        wanted[day, channel]["refunded"] += amount
    for day, amount in world.costs:
        wanted[day, "ads"]["cost"] += amount
    for who, day, channel, _ in world.visits:
        wanted[day, channel]["visitors"].add(who)
    assert set(found) == set(wanted)
    for key, row in wanted.items():
        same = {name: found[key][name] for name in row}
        assert same == {**row, "visitors": len(row["visitors"])}


def test_a_period_without_facts_has_zeros_and_no_ratios():
    known = facts(inputs(), Window(START, END), ZONE)
    table = metric_values(["revenue", "average_order_value"], known, PERIODS[:1])
    assert table.to_pyarrow().to_pylist() == [
        {"period": "all", "revenue": 0.0, "average_order_value": None}
    ]


def test_an_order_takes_the_channel_of_the_last_visit_before_it_that_day():
    noon = datetime(2024, 4, 1, 12)
    visits = [("anon:1", noon, "ads"), ("user:1", noon + timedelta(hours=2), "mail")]
    bought = [
        ("user:1", noon + timedelta(hours=1), Decimal(8), "web"),
        ("user:1", noon + timedelta(hours=1), Decimal(4), "store"),
        ("user:1", noon - timedelta(hours=1), Decimal(2), "app"),
        (None, noon, Decimal(1), None),
    ]
    known = facts(inputs(visits, bought), Window(START, END), ZONE)
    table = metric_values(["revenue"], known, PERIODS[:1], by=["channel"]).to_pyarrow().to_pylist()
    assert {row["channel"]: row["revenue"] for row in table} == {
        "ads": 8,
        "store": 4,
        "app": 2,
        "unknown": 1,
    }


def test_a_message_opened_twice_is_opened_once():
    def touch(name, kind, hours):
        moment = START + timedelta(hours=hours)
        return {"touch_id": name, "visitor_id": "user:1", "touch_kind": kind, "channel": "email",
                "message_id": "m", "touch_time": moment, "ts_ms": ms(moment)}  # fmt: skip

    touches = [touch("1", "delivered", 1), touch("2", "opened", 2), touch("3", "opened", 60)]
    known = facts(inputs(touch_rows=touches), Window(START, END), ZONE)
    names = ["delivered", "opened", "open_rate", "click_rate"]
    found = metric_values(names, known, PERIODS[:1]).to_pyarrow().to_pylist()[0]
    assert [found[name] for name in names] == [1, 1, 1, 0]


def test_long_rows_name_the_metric():
    known = facts(inputs(), Window(START, END), ZONE)
    names = ["orders", "cac"]
    rows = long(metric_values(names, known, PERIODS[:1]), names).to_pyarrow().to_pylist()
    assert sorted(rows, key=lambda row: row["metric"]) == [
        {"period": "all", "metric": "cac", "value": None},
        {"period": "all", "metric": "orders", "value": 0.0},
    ]


def test_what_people_said_is_counted_by_day_and_channel():
    noon = datetime(2024, 4, 1, 12)
    said = [
        ("user:1", noon, "negative", 0.1, "app"),
        ("anon:1", noon + timedelta(hours=1), "negative", 0.2, "app"),
        ("user:2", noon, "positive", 0.9, None),
        (None, noon + timedelta(days=1), "neutral", 0.5, "app"),
        # After midnight in London's summer, and therefore on the next day.
        ("user:3", datetime(2024, 4, 1, 23, 30), "positive", 1.0, "app"),
        ("user:3", START - timedelta(hours=1), "negative", 0.0, "app"),
        ("user:3", None, "negative", 0.0, "app"),
    ]
    rows = [
        {
            "feedback_id": str(place), "visitor_id": who, "person_id": "user:old",
            "channel": channel, "feedback_time": at, "ts_ms": ms(at) if at else None,
            "sentiment": sentiment, "score": score,
        }
        for place, (who, at, sentiment, score, channel) in enumerate(said)
    ]  # fmt: skip
    feedback = ibis.memtable(rows_of(METRIC_INPUTS["feedback"], *rows))
    known = facts({**inputs(), "feedback": feedback}, Window(START, END), ZONE)
    names = ["feedback", "unhappy_customers", "negative_feedback_share", "average_feedback_score"]
    period = Period("april", date(2024, 4, 1), date(2024, 4, 4))
    table = metric_values(names, known, [period], by=["day", "channel"])
    found = {
        (row["day"].day, row["channel"]): tuple(row[name] for name in names)
        for row in table.to_pyarrow().to_pylist()
    }
    assert found == {
        (1, "app"): (2, 1, 1.0, pytest.approx(0.15)),
        (1, "unknown"): (1, 0, 0.0, 0.9),
        (2, "app"): (2, 0, 0.0, 0.75),
    }
