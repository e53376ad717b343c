"""Quintiles, segments, tiers and stages."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiyin.profiles.api import rfm
from zhiyin.profiles.rfm import SEGMENTS
from zhiyin.profiles.stages import GAP_WITHOUT_REPEATS, STAGE_RULE
from zhiyin.profiles.tables import PURCHASES
from zhiyin.testing.rows import EPOCH, rows_of

buyers = st.lists(
    st.tuples(
        st.integers(0, 400),  # recency
        st.integers(0, 300),  # days between first and last order
        st.integers(1, 12),  # order days
        st.integers(0, 3),  # further orders on the same days
        st.integers(-50, 5000),  # net amount
    ),
    min_size=1,
    max_size=60,
)


def bought(place, *numbers):
    recency, span, days, more, amount = numbers
    days = min(days, span + 1) if span else 1
    return {
        "person_id": f"user:{place:03}",
        "orders": days + more,
        "order_days": days,
        "recency_days": recency,
        "tenure_days": recency + (span if days > 1 else 0),
        "monetary": amount,
        "first_order_at": EPOCH,
        "last_order_at": EPOCH + timedelta(days=1),
    }


def computed(rows):
    table = rfm(ibis.memtable(rows_of(PURCHASES, *rows)))
    return {row["person_id"]: row for row in table.to_pyarrow().to_pylist()}


def quintile(rows, row, worse):
    return 1 + 5 * sum(worse(other, row) for other in rows) // len(rows)


def overdue(rows, row):
    gaps = sum(other["order_days"] - 1 for other in rows)
    spans = sum(other["tenure_days"] - other["recency_days"] for other in rows)
    typical = spans / gaps if gaps else GAP_WITHOUT_REPEATS
    own = row["tenure_days"] - row["recency_days"]
    return row["recency_days"] / ((typical + own) / row["order_days"])


def stage(rows, row):
    late, silence = overdue(rows, row), row["recency_days"]
    if row["tenure_days"] <= STAGE_RULE.new_days:
        return "new"
    if late <= STAGE_RULE.active_gaps or silence <= STAGE_RULE.active_days:
        return "active"
    if late <= STAGE_RULE.dormant_gaps or silence <= STAGE_RULE.dormant_days:
        return "dormant"
    return "churned"


def tiers(rows):
    def half_up(share):
        return (len(rows) * share + 500) // 1000

    latest_first = sorted(rows, key=lambda row: (-overdue(rows, row), row["person_id"]))
    at_risk, others = latest_first[: half_up(180)], latest_first[half_up(180) :]
    others.sort(key=lambda row: (-row["monetary"], row["person_id"]))
    found = {row["person_id"]: "at_risk" for row in at_risk}
    for place, row in enumerate(others):
        name = "high" if place < half_up(125) else "middle" if place < half_up(450) else "potential"
        found[row["person_id"]] = name
    return found


@settings(max_examples=12, deadline=None)
@given(buyers)
def test_rfm_is_that_of_a_loop(people):
    rows = [bought(place, *person) for place, person in enumerate(people)]
    found, tier = computed(rows), tiers(rows)
    for row in rows:
        got = found[row["person_id"]]
        assert got["r"] == quintile(rows, row, lambda a, b: a["recency_days"] > b["recency_days"])
        assert got["f"] == quintile(rows, row, lambda a, b: a["orders"] < b["orders"])
        assert got["m"] == quintile(rows, row, lambda a, b: a["monetary"] < b["monetary"])
        assert got["segment"] == SEGMENTS[got["r"]][(got["f"] + got["m"] + 1) // 2 - 1]
        assert got["stage"] == stage(rows, row)
        assert got["value_tier"] == tier[row["person_id"]]


def test_equal_values_share_a_quintile():
    rows = [bought(place, 10, 0, 1, 0, 7) for place in range(10)]
    assert {(row["r"], row["f"], row["m"]) for row in computed(rows).values()} == {(1, 1, 1)}


def test_tier_shares_hold_for_twenty_buyers_who_are_all_alike():
    rows = [bought(place, 10, 0, 1, 0, 7) for place in range(200)]
    count = Counter(row["value_tier"] for row in computed(rows).values())
    assert count == {"at_risk": 36, "high": 25, "middle": 65, "potential": 74}


def test_a_frequent_buyer_falls_silent_sooner_than_a_rare_one():
    often = bought(0, 60, 300, 61, 0, 10) | {"order_days": 61}
    rarely = bought(1, 60, 300, 3, 0, 10)
    found = computed([often, rarely])
    assert (found["user:000"]["stage"], found["user:001"]["stage"]) == ("dormant", "active")


def test_tiers_have_the_promised_shares_on_a_year_of_real_sales(shared_data):
    import duckdb

    # A table test of its own, not the import: buyers, days and net amounts straight from the file.
    path = shared_data / "online_retail_uci" / "parquet" / "online_retail.parquet"
    rows = duckdb.sql(
        f"""
        select 'user:' || CustomerID::int as person_id,
            count(distinct InvoiceNo) as orders,
            count(distinct InvoiceDate::timestamp::date) as order_days,
            date '2011-12-10' - max(InvoiceDate::timestamp)::date as recency_days,
            date '2011-12-10' - min(InvoiceDate::timestamp)::date as tenure_days,
            sum(Quantity * UnitPrice)::decimal(18, 4) as monetary
        from '{path}' where CustomerID is not null and Quantity > 0 and UnitPrice > 0 group by 1
        """
    ).to_arrow_table()
    found = computed(rows.to_pylist())
    assert len(found) == 4338
    share = {
        tier: count / len(found)
        for tier, count in Counter(row["value_tier"] for row in found.values()).items()
    }
    assert share["high"] == pytest.approx(0.125, abs=0.001)
    assert share["middle"] == pytest.approx(0.325, abs=0.001)
    assert share["potential"] == pytest.approx(0.37, abs=0.001)
    assert share["at_risk"] == pytest.approx(0.18, abs=0.001)
    stages = Counter(row["stage"] for row in found.values())
    assert min(stages[name] for name in ("new", "active", "dormant", "churned")) > 200
