"""A customer's whole history, page by page."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import whole_timeline
from zhiyin.profiles.api import customer_timeline
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.testing.small_shop import AS_OF
from zhiyin.warehouse import tables as dw

VIEWS = 30


def at(hours: float) -> dict:
    """Return an instant before the shop is looked at, as a fact holds it."""
    moment = AS_OF - timedelta(hours=hours)
    return {"ts_ms": (moment - EPOCH) // timedelta(milliseconds=1), "moment": moment}


@pytest.fixture(scope="module")
def history():
    """Thirty views of a person, one an hour; an order at each tenth, of which the events tell."""
    warehouse = DuckDBWarehouse(":memory:")
    events, orders = [], []
    for n in range(VIEWS):
        when = at(n + 1)
        common = {"source_id": "web", "visitor_id": "anon:d", "event_time": when["moment"]}
        events.append({**common, "event_id": f"v{n}", "event": "Page Viewed"})
        if n % 10 == 0:
            late = at(n + 0.5)
            told = {"event_id": f"o{n}", "event": "Order Completed", "order_id": str(n)}
            events.append({**common, **told, "event_time": late["moment"]})
            orders.append(
                {"source_id": "web", "order_id": str(n), "visitor_id": "user:x",
                 "order_time": late["moment"], "ts_ms": late["ts_ms"], "amount": Decimal(5)}
            )  # fmt: skip
    touches = [
        {"touch_id": "t1", "visitor_id": "user:x", "touch_kind": "redeemed", "channel": "email",
         "touch_time": at(4.2)["moment"], "ts_ms": at(4.2)["ts_ms"]},
        {"touch_id": "t2", "visitor_id": "user:x", "touch_kind": "opened", "channel": "email",
         "message_id": "m", "touch_time": at(4.3)["moment"], "ts_ms": at(4.3)["ts_ms"]},
    ]  # fmt: skip
    ids = [{"visitor_id": one, "person_id": "user:x"} for one in ("user:x", "anon:d")]
    for spec, rows in (
        (PERSON_OF, ids),
        (dw.EVENTS, events),
        (dw.ORDERS, orders),
        (dw.TOUCHES, touches),
        (dw.REFUNDS, []),
        (dw.ORDER_LINES, []),
    ):
        warehouse.write(spec, rows_of(spec, *rows))
    yield warehouse
    warehouse.close()


def names(page):
    return [(item["kind"], item["name"]) for item in page.items]


def test_pages_follow_each_other_without_gap_or_repetition(history):
    whole = customer_timeline("x", history, size=100)
    assert len(whole.items) == VIEWS + 3 + 1
    assert (whole.has_more, whole.is_cut) == (False, False)
    pages = [customer_timeline("x", history, offset=n, size=7) for n in range(0, 35, 7)]
    assert [item for page in pages for item in page.items] == whole.items
    assert [page.has_more for page in pages] == [True, True, True, True, False]
    times = [item["ts_ms"] for item in whole.items]
    assert times == sorted(times, reverse=True)


def test_what_two_tables_tell_is_told_once(history):
    whole = names(customer_timeline("x", history, size=100))
    assert whole.count(("order", "Order Completed")) == 3
    assert ("event", "Order Completed") not in whole
    assert ("touch", "redeemed") in whole
    assert ("touch", "opened") not in whole  # a receipt, which the messages show


def test_kinds_are_chosen_before_pages_are_cut(history):
    page = customer_timeline("user:x", history, kinds=("order", "touch"), size=3)
    assert names(page) == [
        ("order", "Order Completed"),
        ("touch", "redeemed"),
        ("order", "Order Completed"),
    ]
    assert page.has_more
    rest = customer_timeline("anon:d", history, kinds=("order", "touch"), offset=3, size=3)
    assert (names(rest), rest.has_more) == ([("order", "Order Completed")], False)


def test_beyond_what_is_looked_through_nothing_is_told_and_the_page_says_so(history, monkeypatch):
    whole = customer_timeline("x", history, size=100).items
    monkeypatch.setattr(whole_timeline, "DEPTHS", (4, 12))
    few = customer_timeline("x", history, size=3)
    assert (few.items, few.has_more, few.is_cut) == (whole[:3], True, True)
    more = customer_timeline("x", history, size=100)
    assert (more.has_more, more.is_cut) == (False, True)
    assert 3 < len(more.items) < 14
    assert more.items == whole[: len(more.items)]


def test_an_unknown_kind_and_an_unknown_person_are_refused(history):
    with pytest.raises(InvalidInput, match="'visits' is no kind; choose of event, order"):
        customer_timeline("x", history, kinds=("visits",))
    with pytest.raises(NotFound):
        customer_timeline("nobody", history)
