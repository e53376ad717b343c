"""Features and labels against plain loops over the same facts."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from math import isclose

import ibis
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.models.oracle_features import expected_features, expected_label

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.identity.tables import PERSON_OF
from zhiyin.models.api import FEATURES, ModelInputs, features, label
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

AS_OF = datetime.fromisoformat("2026-03-01T16:00")
DAY = 86_400_000
HORIZON = timedelta(days=60)
# One example is a query of half a second: shrinking a failure would take minutes.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
PEOPLE = {"user:1": "user:1", "anon:a": "user:1", "user:2": "user:2"}
VISITORS = st.sampled_from(["user:1", "anon:a", "user:2", "anon:unknown", None])
# On the edges of every window, a millisecond to either side, and both before and after AS_OF.
EDGES = st.builds(
    lambda days, ms: epoch_milliseconds(AS_OF) - days * DAY + ms,
    st.sampled_from([-61, -60, -1, 0, 1, 3, 4, 30, 31, 90, 91, 180, 365, 400]),
    st.sampled_from([-1, 0, 1, 7_200_000]),
)
MONEY = st.integers(0, 9999).map(lambda cents: Decimal(cents).scaleb(-2))
ORDER = st.fixed_dictionaries(
    {
        "visitor_id": VISITORS, "ts_ms": EDGES, "amount": MONEY, "discount": MONEY,
        "lines": st.integers(1, 3), "pieces": st.integers(1, 9).map(Decimal),
        "channel": st.sampled_from(["web", "store", None]),
        "coupon_code": st.sampled_from([None, "SPRING"]),
    }
)  # fmt: skip
LINE = st.fixed_dictionaries(
    {"visitor_id": VISITORS, "ts_ms": EDGES, "product_id": st.sampled_from(["a", "b", "c", None])}
)
REFUND = st.fixed_dictionaries(
    {"visitor_id": VISITORS, "ts_ms": EDGES, "amount": st.one_of(MONEY, st.none())}
)
NAMES = [
    "Product Viewed", "Product Added", "Products Searched", "Email Delivered", "Email Opened",
    "Email Link Clicked", "Unsubscribed", "Order Completed", "Message Delivered",
]  # fmt: skip
EVENT = st.fixed_dictionaries(
    {
        "visitor_id": VISITORS.filter(bool),
        "ts_ms": EDGES,
        "event": st.sampled_from(NAMES),
    }
)
FACTS = st.fixed_dictionaries(
    {
        "orders": st.lists(ORDER, min_size=1, max_size=25),
        "order_lines": st.lists(LINE, max_size=15),
        "refunds": st.lists(REFUND, max_size=10),
        "events": st.lists(EVENT, max_size=25),
    }
)


def instant(ms: int) -> datetime:
    return datetime.fromisoformat("1970-01-01") + timedelta(milliseconds=ms)


def completed(row: dict, kind: str, number: int) -> dict:
    """Fill in the columns that follow from the others."""
    at = instant(row["ts_ms"])
    more = {
        "orders": {"order_id": str(number), "order_time": at, "order_date": at.date()},
        "order_lines": {"order_id": str(number), "order_time": at, "order_date": at.date()},
        "refunds": {"refund_id": str(number), "refund_time": at},
        "events": {"event_id": str(number), "event_time": at, "event_date": at.date()},
    }
    return {**row, **more[kind]}


def inputs_of(facts: dict) -> ModelInputs:
    specs = {
        "orders": dw.ORDERS, "order_lines": dw.ORDER_LINES, "refunds": dw.REFUNDS,
        "events": dw.EVENTS,
    }  # fmt: skip
    tables = {
        name: ibis.memtable(
            rows_of(spec, *(completed(row, name, i) for i, row in enumerate(facts[name])))
        )
        for name, spec in specs.items()
    }
    people = [{"visitor_id": v, "person_id": p, "ids": 1} for v, p in PEOPLE.items()]
    return ModelInputs(**tables, person_of=ibis.memtable(rows_of(PERSON_OF, *people)))


def alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def by_person(table) -> dict[str, dict]:
    rows = table.to_pyarrow().to_pylist()
    return {row.pop("person_id"): row for row in rows}


@given(FACTS)
@settings(max_examples=8, deadline=None, phases=QUICK)
def test_features_are_what_a_loop_over_the_facts_finds(facts):
    found = by_person(features(inputs_of(facts), AS_OF))
    expected = expected_features(facts, PEOPLE, AS_OF)
    assert set(found) == set(expected)
    for person, row in expected.items():
        assert list(found[person]) == list(FEATURES)
        differing = {
            name: (found[person][name], row[name])
            for name in FEATURES
            if not alike(found[person][name], row[name])
        }
        assert differing == {}, person


@given(FACTS)
@settings(max_examples=6, deadline=None, phases=QUICK)
def test_labels_are_what_a_loop_over_the_facts_finds(facts):
    found = by_person(label(inputs_of(facts), AS_OF, HORIZON))
    expected = expected_label(facts, PEOPLE, AS_OF, HORIZON)
    assert set(found) == set(expected)
    for person, (orders, days, amount) in expected.items():
        assert found[person]["orders_ahead"] == orders
        assert found[person]["order_days_ahead"] == days
        assert found[person]["amount_ahead"] == pytest.approx(amount, abs=1e-9)


@given(FACTS, FACTS)
@settings(max_examples=2, deadline=None, phases=QUICK)
def test_what_happens_later_changes_no_feature(facts, later):
    now = epoch_milliseconds(AS_OF)
    after = {
        name: [{**row, "ts_ms": now + abs(row["ts_ms"] - now)} for row in rows]
        for name, rows in later.items()
    }
    longer = {name: facts[name] + after[name] for name in facts}
    assert by_person(features(inputs_of(longer), AS_OF)) == by_person(
        features(inputs_of(facts), AS_OF)
    )
