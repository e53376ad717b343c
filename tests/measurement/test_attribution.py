from datetime import date
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.measurement.small_shop import CAMPAIGNS, START, START_MS, keyed, table

from zhiyin.measurement.attribution import attribution, spending
from zhiyin.measurement.tables import CAMPAIGN_FUNNEL, ORDER_CREDITS
from zhiyin.testing.rows import rows_of

CHANNEL = st.sampled_from(["ads", "email", "unattributed"])
CAMPAIGN = st.sampled_from(["", "c1"])


def credit_table(rows):
    arrow = rows_of(ORDER_CREDITS, *rows)
    return ibis.memtable(arrow, schema=ORDER_CREDITS.schema())


def funnel_table(rows):
    arrow = rows_of(CAMPAIGN_FUNNEL, *rows)
    return ibis.memtable(arrow, schema=CAMPAIGN_FUNNEL.schema())


@st.composite
def credited(draw):
    return [
        {
            "model": "last_touch",
            "source_id": "till",
            "order_id": f"o{n}",
            "ts_ms": START_MS,
            "channel": draw(CHANNEL),
            "campaign_id": draw(CAMPAIGN),
            "is_first": draw(st.booleans()),
            "revenue": Decimal(draw(st.integers(0, 99))),
        }
        for n in range(draw(st.integers(0, 8)))
    ]


@st.composite
def costs(draw):
    keys = draw(st.lists(st.tuples(CHANNEL, CAMPAIGN), unique=True, max_size=4))
    return [
        {
            "cost_date": date(2026, 3, 1),
            "channel": channel,
            "campaign_id": campaign,
            "amount": Decimal(draw(st.integers(0, 50))),
        }
        for channel, campaign in keys
    ]


@given(credited(), costs())
@settings(max_examples=15, deadline=None)
def test_attribution_adds_up_credits_and_costs(earned, paid):
    spent = spending(table("costs", paid), funnel_table([]), (), "UTC")
    found = keyed(attribution(credit_table(earned), spent), "channel", "campaign_id")
    keys = {(row["channel"], row["campaign_id"]) for row in earned + paid}
    assert set(found) == keys
    for key in keys:
        mine = [row for row in earned if (row["channel"], row["campaign_id"]) == key]
        cost = float(
            sum(row["amount"] for row in paid if (row["channel"], row["campaign_id"]) == key)
        )
        revenue = float(sum(row["revenue"] for row in mine))
        new = sum(row["is_first"] for row in mine)
        row = found[key]
        assert (row["orders"], row["new_customers"]) == (len(mine), new)
        assert (row["revenue"], row["cost"]) == pytest.approx((revenue, cost))
        assert row["cac"] == (pytest.approx(cost / new) if cost and new else None)
        assert row["roi"] == (pytest.approx((revenue - cost) / cost) if cost else None)


def test_own_campaigns_bring_their_cost_on_the_local_day_of_the_launch_unless_billed():
    funnel = funnel_table(
        [
            {"campaign_id": "c1", "channel": "email", "cost": Decimal(7)},
            {"campaign_id": "c2", "channel": "email", "cost": Decimal(9)},
        ]
    )
    billed = [
        {"cost_date": START.date(), "channel": "email", "campaign_id": "c2", "amount": Decimal(4)}
    ]
    spent = spending(table("costs", billed), funnel, CAMPAIGNS, "America/New_York")
    # Midnight UTC is still the evening before in New York.
    assert keyed(spent, "campaign_id") == {
        ("c1",): {"channel": "email", "day": date(2026, 2, 28), "amount": 7.0},
        ("c2",): {"channel": "email", "day": date(2026, 3, 1), "amount": 4.0},
    }
