"""Order lines, orders, products and refunds."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.collect import tables as ods
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.orders import order_lines, orders
from zhiyin.warehouse.products import products
from zhiyin.warehouse.refunds import refunds

NOON = datetime(2026, 1, 5, 12)
NO_EVENTS = rows_of(ods.EVENTS)
NO_LINES = rows_of(ods.ORDER_LINES)
NO_PRODUCTS = rows_of(dw.PRODUCTS)
CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents) / 100)
ITEM = st.fixed_dictionaries({"price": CENTS, "quantity": st.integers(1, 5)})


def completed(order_id: str | None = "o1", items: list[dict] | None = None, **more) -> dict:
    properties = {} if items is None else {"products": items}
    return {
        "source_id": "web",
        "event_id": f"event of {order_id}",
        "kind": "track",
        "event": "Order Completed",
        "anonymous_id": "d",
        "event_time": NOON,
        "order_id": order_id,
        "properties": json.dumps(properties, default=float),
        **more,
    }


def sold(order_id: str, amount: int, **more) -> dict:
    return {
        "source_id": "shop",
        "origin": "file",
        "order_id": order_id,
        "line_kind": "sale",
        "quantity": Decimal(1),
        "unit_price": Decimal(amount),
        "amount": Decimal(amount),
        "currency": "CNY",
        "order_time": NOON,
        **more,
    }


def lines_of(rows, lines=NO_LINES, events=NO_EVENTS, known=NO_PRODUCTS) -> list[dict]:
    found = rows(order_lines, lines, events, known)
    return sorted(found, key=lambda line: (line["order_id"], line["line_number"]))


def test_lines_of_a_file_are_numbered_as_they_stand_there(rows):
    listed = [sold("1", 3), sold("2", 9), sold("1", 4), sold("1", 5, line_kind="adjustment")]
    found = lines_of(rows, rows_of(ods.ORDER_LINES, *listed))
    shown = [(line["order_id"], line["line_number"], line["amount"]) for line in found]
    assert shown == [("1", 1, 3), ("1", 2, 4), ("2", 1, 9)]


def test_an_order_known_from_file_and_event_counts_once_and_is_the_files(rows):
    events = rows_of(ods.EVENTS, completed("1", revenue=Decimal(7)), completed("2"))
    found = lines_of(rows, rows_of(ods.ORDER_LINES, sold("1", 3)), events)
    assert [(line["source_id"], line["order_id"]) for line in found] == [
        ("shop", "1"),
        ("web", "2"),
    ]


def test_an_order_told_twice_by_events_counts_once_as_first_received(rows):
    again = completed("1", revenue=Decimal(9), event_id="z", source_id="app", load_id=2)
    events = rows_of(ods.EVENTS, completed("1", revenue=Decimal(7), load_id=1), again)
    assert [line["amount"] for line in lines_of(rows, events=events)] == [7]


def test_orders_of_machines_and_of_our_own_people_are_no_sales(rows):
    told = [completed(name, traffic=name) for name in ("customer", "bot", "internal")]
    found = lines_of(rows, events=rows_of(ods.EVENTS, *told))
    assert [line["order_id"] for line in found] == ["customer"]


def test_an_order_without_products_is_one_line_for_its_revenue(rows):
    events = rows_of(ods.EVENTS, completed(None, revenue=Decimal("7.5")))
    (line,) = lines_of(rows, events=events)
    assert (line["product_id"], line["quantity"], line["amount"]) == (None, 1, Decimal("7.5"))
    assert line["order_id"] == "event of None"
    assert line["visitor_id"] == "anon:d"


def test_coupon_channel_and_cost_come_along(rows):
    items = [{"product_id": "p", "price": 5, "quantity": 2, "coupon": "C"}, {"price": 1}]
    events = rows_of(ods.EVENTS, completed(items=items, platform="app"))
    known = rows_of(dw.PRODUCTS, {"product_id": "p", "cost": Decimal("1.5")})
    one, two = lines_of(rows, events=events, known=known)
    assert (one["coupon_code"], one["cost"], one["channel"]) == ("C", 3, "app")
    assert (two["coupon_code"], two["cost"], two["amount"]) == (None, None, 1)


@settings(max_examples=15, deadline=None)
@given(items=st.lists(ITEM, min_size=1, max_size=5), paid=st.one_of(st.none(), CENTS))
def test_a_discount_on_the_order_is_shared_out_to_the_last_cent(rows, items, paid):
    found = lines_of(rows, events=rows_of(ods.EVENTS, completed(items=items, revenue=paid)))
    gross = sum(item["price"] * item["quantity"] for item in items)
    expected = gross if paid is None else min(gross, paid)
    assert sum(line["amount"] for line in found) == expected
    for line, item in zip(found, items, strict=True):
        assert line["amount"] == item["price"] * item["quantity"] - line["discount"]
        fair = item["price"] * item["quantity"] * (expected / gross if gross else 1)
        # Each of up to five lines is rounded by at most 0.00005.
        assert abs(line["amount"] - fair) <= Decimal("0.0003")


@settings(max_examples=15, deadline=None)
@given(
    listed=st.lists(
        st.fixed_dictionaries(
            {
                "source_id": st.sampled_from(["a", "b"]),
                "order_id": st.sampled_from(["1", "2"]),
                "amount": CENTS,
                "customer_id": st.sampled_from(["7", "", None]),
                "channel": st.sampled_from(["web", None]),
            }
        ),
        max_size=8,
    )
)
def test_orders_add_up_their_lines(rows, listed):
    lines = rows_of(ods.ORDER_LINES, *(sold(**{**row, "amount": 1}) | row for row in listed))
    found = rows(lambda table, context: orders(
        order_lines(table, *map(_empty, (NO_EVENTS, NO_PRODUCTS)), context=context),
        context=context,
    ), lines)  # fmt: skip
    expected = {}
    for row in listed:
        order = expected.setdefault(
            (row["source_id"], row["order_id"]), {"lines": 0, "amount": 0, "who": None, "by": None}
        )
        order["lines"] += 1
        order["amount"] += row["amount"]
        order["who"] = order["who"] or (row["customer_id"] and "user:7") or None
        order["by"] = order["by"] or row["channel"]
    assert {
        (row["source_id"], row["order_id"]): {
            "lines": row["lines"],
            "amount": row["amount"],
            "who": row["visitor_id"],
            "by": row["channel"],
        }
        for row in found
    } == expected


def _empty(table):
    import ibis

    return ibis.memtable(table)


def test_a_product_without_a_record_has_its_commonest_name_and_median_price(rows):
    lines = rows_of(
        ods.ORDER_LINES,
        *(
            sold("1", price, product_id="p", product_name=name)
            for price, name in [(1, "Mug"), (2, "Cup"), (9, "Cup"), (4, "Mug"), (3, None)]
        ),
    )
    records = rows_of(ods.PRODUCTS, {"product_id": "q", "name": "Pot", "price": Decimal(8)})
    found = {row["product_id"]: row for row in rows(products, records, lines, NO_EVENTS)}
    assert (found["p"]["name"], found["p"]["price"]) == ("Cup", 3)
    assert (found["q"]["name"], found["q"]["price"]) == ("Pot", 8)


def test_refunds_of_files_records_and_events_are_positive_and_numbered(rows):
    back = sold("C1", -4, line_kind="refund", quantity=Decimal(-2), customer_id="7")
    records = rows_of(
        ods.REFUNDS,
        {"refund_id": "C1", "source_id": "shop", "quantity": Decimal(1), "refund_time": NOON},
        {"source_id": "shop", "origin": "r", "quantity": Decimal(1), "refund_time": NOON},
    )
    items = [{"product_id": "p", "price": 2, "quantity": 3}, {"product_id": "q"}]
    events = rows_of(
        ods.EVENTS,
        completed("o", items, event="Order Refunded", event_id="r1"),
        completed("o", event="Order Refunded", event_id="r2", revenue=Decimal(-5)),
        completed("o", event="Order Refunded", event_id="r2", revenue=Decimal(-6)),
    )
    found = rows(refunds, rows_of(ods.ORDER_LINES, back, back), records, events)
    shown = {
        (row["refund_id"], row["line_number"]): (row["quantity"], row["amount"]) for row in found
    }
    assert shown == {
        ("C1", 1): (2, 4),
        ("C1", 2): (2, 4),
        ("C1", 3): (1, None),
        ("r:0:2", 1): (1, None),
        ("r1", 1): (3, 6),
        ("r1", 2): (1, None),
        ("r2", 1): (1, 5),
    }


def refunded(order_id: str | None, product_id: str | None = None, **more) -> dict:
    told = {"refund_id": more.pop("refund_id", None)}
    event_id = more.pop("event_id", f"refund of {order_id} {product_id}")
    return completed(
        order_id,
        event="Order Refunded",
        event_id=event_id,
        product_id=product_id,
        properties=json.dumps(told),
        **more,
    )


def test_a_refund_names_its_order_where_its_number_is_that_of_a_sale(rows):
    lines = rows_of(
        ods.ORDER_LINES,
        sold("o1", 5),
        sold("o1", -5, line_kind="refund", quantity=Decimal(-1)),
        sold("C9", -5, line_kind="refund", quantity=Decimal(-1)),
        sold("o2", -5, line_kind="refund", quantity=Decimal(-1)),
    )
    records = rows_of(
        ods.REFUNDS,
        {"refund_id": "r1", "order_id": "o3", "quantity": Decimal(1), "refund_time": NOON},
        {"refund_id": "r2", "order_id": "", "quantity": Decimal(1), "refund_time": NOON},
    )
    found = rows(refunds, lines, records, rows_of(ods.EVENTS, completed("o2")))
    named = {row["refund_id"]: row["order_id"] for row in found}
    assert named == {"o1": "o1", "C9": None, "o2": "o2", "r1": "o3", "r2": None}


@pytest.mark.parametrize(
    ("event", "is_told"),
    [
        (refunded("o1", "p"), True),
        (refunded("o1"), True),
        (refunded("o1", "q"), False),
        (refunded("o2", "p"), False),
        (refunded(None, "p"), False),
        (refunded(None, refund_id="r1"), True),
        (refunded("o1", "q", refund_id="r1"), True),
        (refunded("o3", "q"), True),
    ],
)
def test_a_return_that_a_file_and_an_event_tell_of_counts_once(rows, event, is_told):
    records = rows_of(
        ods.REFUNDS,
        *(
            {"quantity": Decimal(1), "refund_time": NOON, **told}
            for told in (
                {"refund_id": "r1", "order_id": "o1", "product_id": "p"},
                {"refund_id": "r3", "order_id": "o3"},
            )
        ),
    )
    found = rows(refunds, NO_LINES, records, rows_of(ods.EVENTS, event))
    assert len(found) == (2 if is_told else 3)
