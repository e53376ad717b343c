"""What people did: events, orders and refunds in one table."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.activity import api as activity
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import event, line, order
from zhiyin.warehouse import tables as dw


def gathered(events=(), orders=(), refunds=(), aliases=()):
    tables = {
        dw.EVENTS.name: rows_of(dw.EVENTS, *events),
        dw.ORDERS.name: rows_of(dw.ORDERS, *orders),
        dw.REFUNDS.name: rows_of(dw.REFUNDS, *refunds),
        dw.PRODUCTS.name: rows_of(dw.PRODUCTS, {"product_id": "p", "category": "tea"}),
        PERSON_OF.name: rows_of(
            PERSON_OF, *({"visitor_id": one, "person_id": other} for one, other in aliases)
        ),
    }
    inputs = [ibis.memtable(tables[spec.name]) for spec in activity.INPUTS]
    names = activity.event_names(*inputs[:3])
    warehouse = DuckDBWarehouse(":memory:")
    rows = warehouse.to_arrow(activity.activity(*inputs, names)).to_pylist()
    called = {row["event_number"]: row["event"] for row in warehouse.to_arrow(names).to_pylist()}
    assert all(called[row["event_number"]] == row["event"] for row in rows)
    return sorted(rows, key=lambda row: (row["person_number"], row["ts_ms"], row["event"]))


def test_an_order_that_a_file_and_an_event_tell_of_is_one():
    told = event("e1", "user:ann", 2, "Order Completed", order_id="7", channel="ads")
    filed = order("7", "user:ann", 3, 100, channel="web")
    (row,) = gathered([told], [filed])
    assert (row["event"], row["revenue"], row["channel"]) == ("Order Completed", 100, "ads")
    assert row["event_time"] == told["event_time"]
    assert row["is_visit"]


def test_an_order_that_only_a_file_tells_of_is_no_visit():
    (row,) = gathered([], [order("7", "user:ann", 3, 100)])
    assert (row["is_visit"], row["channel"], row["fact_id"]) == (False, "unknown", "7")


def test_a_refund_counts_once_and_has_the_channel_of_its_order():
    lines = [
        {
            **line("7", "user:ann", 1, 0), "refund_id": "r", "line_number": n,
            "refund_time": order("7", "user:ann", 1, 0)["order_time"], "amount": Decimal(n),
            "product_id": "p",
        }
        for n in (1, 2)
    ]  # fmt: skip
    columns = dw.REFUNDS.columns
    lines = [{name: value for name, value in one.items() if name in columns} for one in lines]
    rows = gathered([], [order("7", "user:ann", 3, 100, channel="app")], lines)
    refund = next(row for row in rows if row["event"] == "Order Refunded")
    assert (refund["revenue"], refund["channel"], refund["category"]) == (3, "app", "tea")


def test_a_device_and_a_user_of_one_person_share_a_number():
    events = [
        event("e1", "anon:d", 5),
        event("e2", "user:ann", 4, "Product Viewed", product_id="p"),
        event("e3", "user:bob", 3, "Email Opened"),
    ]
    rows = gathered(events, aliases=[("anon:d", "user:ann")])
    assert [row["person_number"] for row in rows] == [0, 0, 1]
    assert [row["person_id"] for row in rows] == ["user:ann", "user:ann", "user:bob"]
    assert [row["category"] for row in rows] == [None, "tea", None]
    assert [row["is_visit"] for row in rows] == [True, True, False]


def test_facts_of_nobody_are_left_out():
    assert gathered([], [order("7", None, 3, 100)]) == []


def test_event_names_are_numbered_by_text_and_counted():
    tables = [
        rows_of(dw.EVENTS, event("e1", "user:a", 1, "View"), event("e2", "user:a", 1, "Cart")),
        rows_of(dw.ORDERS, order("7", "user:a", 3, 100), order("8", None, 3, 100)),
        rows_of(dw.REFUNDS),
    ]
    names = activity.event_names(*(ibis.memtable(table) for table in tables)).to_pyarrow()
    told = sorted(tuple(row.values()) for row in names.to_pylist())
    assert told == [(0, "Cart", 1), (1, "Order Completed", 1), (2, "Order Refunded", 0),
                    (3, "View", 1)]  # fmt: skip


@pytest.mark.parametrize("build", activity.builds(), ids=lambda build: build.spec.name)
def test_a_build_gives_the_columns_that_its_table_promises(build):
    specs = {activity.EVENT_NAMES.name: activity.EVENT_NAMES}
    inputs = [ibis.memtable(rows_of(specs.get(spec.name, spec))) for spec in build.inputs]
    from zhiyin.testing.small_shop import CONTEXT

    assert list(build.build(*inputs, context=CONTEXT).columns) == list(build.spec.columns)
