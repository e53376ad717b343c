"""Purchase histories, against a loop over the same facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.api import purchases
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw

AS_OF = datetime(2024, 6, 30, 23)
PEOPLE = {"user:1": "user:1", "anon:1": "user:1", "user:2": "user:2", "user:3": "user:3"}
CATEGORY = {"p": "tea", "q": "cups", "r": None}

times = st.integers(0, 240).map(lambda n: AS_OF - timedelta(hours=9 * n - 20, milliseconds=n))
visitors = st.sampled_from([*PEOPLE, None])
money = st.integers(0, 500).map(lambda n: Decimal(n) / 4)
orders = st.lists(
    st.fixed_dictionaries(
        {
            "visitor_id": visitors,
            "order_time": times,
            "amount": money,
            "discount": money,
            "channel": st.sampled_from(["web", "app", None]),
        }
    ),
    max_size=12,
).map(lambda rows: [{"order_id": str(n), "source_id": "s", **row} for n, row in enumerate(rows)])
refunds = st.lists(
    st.fixed_dictionaries(
        {
            "visitor_id": visitors,
            "refund_id": st.sampled_from(["r1", "r2"]),
            "refund_time": times,
            "amount": st.none() | money,
        }
    ),
    max_size=6,
)


def stamped(rows, column):
    return [{**row, "ts_ms": (row[column] - EPOCH) // timedelta(milliseconds=1)} for row in rows]


def lines_of(rows):
    """Give every order two lines that share its amount."""
    products = ("p", "q", "r")
    return [
        {**{key: row[key] for key in ("order_id", "visitor_id", "order_time", "ts_ms")},
         "line_number": n, "product_id": products[(place + n) % 3], "amount": row["amount"] * n / 4}
        for place, row in enumerate(rows) for n in (1, 3)
    ]  # fmt: skip


def computed(order_rows, refund_rows, timezone="Europe/London"):
    order_rows, refund_rows = stamped(order_rows, "order_time"), stamped(refund_rows, "refund_time")
    for n, row in enumerate(refund_rows):
        row["line_number"] = n
    people = [{"visitor_id": name, "person_id": person} for name, person in PEOPLE.items()]
    products = [{"product_id": name, "category": category} for name, category in CATEGORY.items()]
    inputs = (
        rows_of(dw.ORDERS, *order_rows),
        rows_of(dw.ORDER_LINES, *lines_of(order_rows)),
        rows_of(dw.REFUNDS, *refund_rows),
        rows_of(dw.PRODUCTS, *products),
        rows_of(PERSON_OF, *people),
    )
    table = purchases(*map(ibis.memtable, inputs), as_of=AS_OF, timezone=timezone)
    return {row.pop("person_id"): row for row in table.to_pyarrow().to_pylist()}


def favorite(weights):
    known = sorted((-weight, name) for name, weight in weights.items() if name is not None)
    return known[0][1] if known else None


def add(weights, name, weight):
    weights[name] = weights.get(name, 0) + weight


def expected(order_rows, refund_rows, person):
    place = ZoneInfo("Europe/London")
    mine = [
        row for row in stamped(order_rows, "order_time")
        if PEOPLE.get(row["visitor_id"]) == person and row["order_time"] < AS_OF
    ]  # fmt: skip
    back = [
        row for row in refund_rows
        if PEOPLE.get(row["visitor_id"]) == person and row["refund_time"] < AS_OF
    ]  # fmt: skip
    if not mine:
        return None

    def wall(moment):
        return moment.replace(tzinfo=UTC).astimezone(place).date()

    days = sorted({wall(row["order_time"]) for row in mine})
    gross = sum(row["amount"] for row in mine)
    discount = sum(row["discount"] for row in mine)
    refunded = sum((row["amount"] or 0) for row in back)
    recent = [row for row in mine if row["order_time"] >= AS_OF - timedelta(days=90)]
    channels, categories = {}, {}
    for row in mine:
        add(channels, row["channel"], 1)
    for line in lines_of(stamped(order_rows, "order_time")):
        if PEOPLE.get(line["visitor_id"]) == person and line["order_time"] < AS_OF:
            add(categories, CATEGORY[line["product_id"]], line["amount"])
    return {
        "orders": len(mine),
        "order_days": len(days),
        "first_order_at": min(row["order_time"] for row in mine),
        "last_order_at": max(row["order_time"] for row in mine),
        "recency_days": (wall(AS_OF) - days[-1]).days,
        "tenure_days": (wall(AS_OF) - days[0]).days,
        "mean_gap_days": (days[-1] - days[0]).days / (len(days) - 1) if len(days) > 1 else None,
        "gross": gross,
        "refunded": refunded,
        "monetary": gross - refunded,
        "average_order": pytest.approx(gross / len(mine), abs=Decimal("0.0001")),
        "refunds": len({row["refund_id"] for row in back}),
        "discount_share": pytest.approx(
            float(discount / (gross + discount)) if gross + discount else 0
        ),
        "orders_90d": len(recent),
        "amount_90d": sum(row["amount"] for row in recent),
        "favourite_category": favorite(categories),
        "favourite_channel": favorite(channels),
    }


@settings(max_examples=10, deadline=None)
@given(orders, refunds)
def test_purchases_are_those_of_a_loop(order_rows, refund_rows):
    found = computed(order_rows, refund_rows)
    wanted = {person: expected(order_rows, refund_rows, person) for person in set(PEOPLE.values())}
    assert found == {person: row for person, row in wanted.items() if row is not None}


def order(name, moment, **columns):
    plain = {"source_id": "s", "order_id": name, "visitor_id": "user:1", "amount": Decimal(4)}
    return {**plain, "discount": Decimal(0), "order_time": moment, **columns}


def test_an_order_at_the_instant_itself_is_not_seen():
    rows = [order("a", AS_OF), order("b", AS_OF - timedelta(milliseconds=1))]
    assert computed(rows, [])["user:1"]["orders"] == 1


def test_days_are_those_of_the_zone():
    # 23:30 UTC on 30 May is 31 May in London in summer; both orders fall on one London day.
    rows = [order("a", datetime(2024, 5, 30, 23, 30)), order("b", datetime(2024, 5, 31, 12))]
    assert computed(rows, [])["user:1"]["order_days"] == 1
    assert computed(rows, [], timezone="UTC")["user:1"]["order_days"] == 2
