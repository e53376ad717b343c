"""Month ends: what a run on the day after would have said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.core.clock import epoch_milliseconds, naive_utc
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.api import purchases, rfm
from zhiyin.profiles.value.api import ValuePolicy, migration, month_ends, stage_history
from zhiyin.profiles.value.tables import STAGE_HISTORY
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import local_midnight

ZONE = "Asia/Shanghai"
AS_OF = naive_utc(datetime(2025, 6, 17, tzinfo=UTC))
POLICY = ValuePolicy(history_months=4)

facts = st.lists(
    st.tuples(
        st.integers(0, 6),  # person
        st.integers(-4000, 300 * 24),  # hours before as_of; some lie after it
        st.integers(1, 500),  # amount
        st.booleans(),  # is a refund
    ),
    min_size=1,
    max_size=40,
)


def tables(rows):
    """Return orders, refunds and owners; two visitors make one person."""

    def fact(place, person, hours, amount, time):
        at = AS_OF - timedelta(hours=hours)
        return {
            "source_id": "s", "visitor_id": f"user:{person}", "amount": Decimal(amount),
            time: at, "ts_ms": epoch_milliseconds(at), "order_id": str(place),
            "refund_id": str(place), "line_number": 1, "currency": "CNY", "quantity": Decimal(1),
        }  # fmt: skip

    orders = [
        fact(place, who, hours, amount, "order_time")
        for place, (who, hours, amount, is_refund) in enumerate(rows)
        if not is_refund
    ]
    refunds = [
        fact(place, who, hours, amount, "refund_time")
        for place, (who, hours, amount, is_refund) in enumerate(rows)
        if is_refund
    ]
    people = [
        {"visitor_id": f"user:{who}", "person_id": f"user:{0 if who == 1 else who}"}
        for who in range(7)
    ]
    made = ((dw.ORDERS, orders), (dw.REFUNDS, refunds), (PERSON_OF, people))
    kept = (
        (spec, [{name: row[name] for name in row if name in spec.columns} for row in found])
        for spec, found in made
    )
    return [ibis.memtable(rows_of(spec, *found)) for spec, found in kept]


@settings(max_examples=10, deadline=None)
@given(facts)
def test_a_month_end_says_what_a_run_on_the_day_after_would_have_said(rows):
    orders, refunds, owners = tables(rows)
    told = stage_history(orders, refunds, owners, as_of=AS_OF, timezone=ZONE, policy=POLICY)
    found = {}
    for row in told.to_pyarrow().to_pylist():
        found.setdefault(row["month_end"], {})[row["person_id"]] = row
    lines, products = (ibis.memtable(rows_of(spec)) for spec in (dw.ORDER_LINES, dw.PRODUCTS))
    for end in month_ends(date(2025, 6, 17), 4):
        then = purchases(
            orders, lines, refunds, products, owners,
            as_of=local_midnight(end + timedelta(days=1), ZONE), timezone=ZONE,
        )  # fmt: skip
        scored = rfm(then, shares=POLICY.tiers, rule=POLICY.stages)
        both = scored.inner_join(then, "person_id").to_pyarrow().to_pylist()
        assert found.get(end, {}).keys() == {row["person_id"] for row in both}
        for row in both:
            mine = found[end][row["person_id"]]
            for name in ("stage", "value_tier", "order_days", "recency_days", "monetary"):
                assert mine[name] == row[name], (name, end)


def test_the_last_days_of_the_months_that_are_over():
    assert month_ends(date(2025, 3, 31), 3) == [
        date(2024, 12, 31), date(2025, 1, 31), date(2025, 2, 28),
    ]  # fmt: skip


def history(*rows):
    made = [
        {
            "person_id": who, "month_end": date(2025, month, 28), "stage": stage,
            "value_tier": "high", "order_days": 1, "recency_days": 1, "monetary": Decimal(amount),
        }
        for who, month, stage, amount in rows
    ]  # fmt: skip
    return ibis.memtable(rows_of(STAGE_HISTORY, *made))


def test_a_migration_counts_who_moved_and_who_is_new():
    stood = history(
        ("a", 1, "active", 5), ("a", 2, "dormant", 5),
        ("b", 1, "active", 7), ("b", 2, "active", 9),
        ("c", 2, "new", 3),
    )  # fmt: skip
    cells = migration(stood, "stage", since=date(2025, 1, 28), until=date(2025, 2, 28))
    assert [tuple(row.values()) for row in cells.to_pyarrow().to_pylist()] == [
        ("active", "active", 1, Decimal(9), 0.5),
        ("active", "dormant", 1, Decimal(5), 0.5),
        ("none", "new", 1, Decimal(3), 1.0),
    ]
