"""Measurement's table functions on both engines."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import ibis
import pytest

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.windows import Window
from zhiyin.decisions.tables import DECISIONS
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.api import INPUTS
from zhiyin.measurement.attribution import attribution, spending
from zhiyin.measurement.campaigns import MeasuredCampaign
from zhiyin.measurement.funnel import campaign_funnel
from zhiyin.measurement.last_touch import order_credits
from zhiyin.measurement.outcomes import campaign_outcomes
from zhiyin.measurement.results import campaign_results, campaign_sums, results_expression
from zhiyin.measurement.tables import CAMPAIGN_FUNNEL, CAMPAIGN_OUTCOMES, ORDER_CREDITS
from zhiyin.measurement.weekly import weekly
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.tables import COSTS, ORDERS, REFUNDS, SESSIONS, TOUCHES

pytestmark = pytest.mark.spark

START = datetime.fromisoformat("2026-03-02")
AS_OF = START + timedelta(days=9, milliseconds=1)
CAMPAIGNS = (
    MeasuredCampaign("c1", "", Window(START, START + timedelta(days=7)), 0.2, {"s2": 0.5}),
    MeasuredCampaign("c2", "", Window(START, START + timedelta(days=30)), 0.0),
)
# Sub-second times, ties, both ends of the window, and a fact just before and after it.
TIMES = [
    START - timedelta(milliseconds=1),
    START,
    START,
    START + timedelta(seconds=1, milliseconds=1),
    START + timedelta(days=7),
    AS_OF,
]
PEOPLE = rows_of(
    PERSON_OF,
    {"visitor_id": "user:1", "person_id": "user:1", "ids": 2},
    {"visitor_id": "anon:a", "person_id": "user:1", "ids": 2},
    {"visitor_id": "user:2", "person_id": "user:2", "ids": 1},
)
VISITORS = ["user:1", "anon:a", "user:2", "user:3", None, "user:2"]
DECIDED = rows_of(
    DECISIONS,
    *(
        {
            "decision_id": f"{campaign}{n}",
            "campaign_id": campaign,
            "person_id": person,
            "strategy": f"s{n % 2 + 1}",
            "arm": ["treatment", "holdout", "suppressed", "treatment"][n],
            "offer_id": ["ten", None, "", "five"][n],
            "offer_cost": Decimal("1.25"),
            "channel": "email",
        }
        for campaign in ("c1", "c2")
        for n, person in enumerate(["user:1", "user:2", "anon:a", "user:3"])
    ),
)
ORDERED = rows_of(
    ORDERS,
    *(
        {
            "source_id": "till",
            "order_id": f"o{n}",
            "visitor_id": visitor,
            "order_time": at,
            "ts_ms": epoch_milliseconds(at),
            "order_date": at.date(),
            "amount": Decimal(n * 10) / 4,
            "coupon_code": [None, "TEN", "", None, "x", None][n],
            "channel": "web",
        }
        for n, (at, visitor) in enumerate(zip(TIMES, VISITORS, strict=True))
    ),
)
REFUNDED = rows_of(
    REFUNDS,
    *(
        {
            "source_id": "till",
            "refund_id": f"r{n}",
            "visitor_id": visitor,
            "refund_time": at,
            "ts_ms": epoch_milliseconds(at),
            "amount": None if n == 1 else Decimal("0.75"),
        }
        for n, (at, visitor) in enumerate(zip(TIMES, VISITORS, strict=True))
    ),
)
TOUCHED = rows_of(
    TOUCHES,
    *(
        {
            "touch_id": f"{kind}{n}",
            "visitor_id": visitor or "user:9",
            "touch_kind": kind,
            "channel": ["direct", "email", "ads"][(n + k) % 3],
            "campaign_id": [None, "c1", "c2", ""][(n + k) % 4],
            "message_id": [None, "m1"][n % 2],
            "touch_time": at,
            "ts_ms": epoch_milliseconds(at),
        }
        for k, kind in enumerate(["visit", "delivered", "opened", "clicked", "bounced"])
        for n, (at, visitor) in enumerate(zip(TIMES, VISITORS, strict=True))
    ),
)
SPENT = rows_of(
    COSTS,
    {"cost_date": date(2026, 3, 2), "channel": "ads", "campaign_id": "", "amount": Decimal(5)},
    {"cost_date": date(2026, 3, 3), "channel": "email", "campaign_id": "c2", "amount": Decimal(0)},
)
OUTCOMES = rows_of(
    CAMPAIGN_OUTCOMES,
    *(
        {
            "campaign_id": "c1",
            "person_id": f"user:{n}",
            "strategy": "s1",
            "arm": ["treatment", "holdout", "crossed"][n % 3],
            "channel": "email",
            "orders": n % 2,
            "revenue": Decimal(n) / 8 - 1,
            "is_converted": n % 2 == 1,
            "offer_cost": Decimal(n % 2),
        }
        for n in range(12)
    ),
)


def test_outcomes(both_engines):
    rows = both_engines.same_rows(
        campaign_outcomes, DECIDED, ORDERED, REFUNDED, PEOPLE, campaigns=CAMPAIGNS, as_of=AS_OF
    )
    assert len(rows) == 6
    assert any(row["offer_cost"] for row in rows)
    assert any(row["is_converted"] for row in rows)


def test_outcomes_without_campaigns(both_engines):
    rows = both_engines.same_rows(
        campaign_outcomes, DECIDED, ORDERED, REFUNDED, PEOPLE, campaigns=(), as_of=AS_OF
    )
    assert rows == []


def test_funnel(both_engines):
    costs = {"email": Decimal("0.05")}
    rows = both_engines.same_rows(
        campaign_funnel, OUTCOMES, TOUCHED, PEOPLE, message_costs=costs, as_of=AS_OF
    )
    assert [row["eligible"] for row in rows] == [12]


def test_sums_and_results(both_engines):
    rows = both_engines.same_rows(campaign_sums, OUTCOMES)
    assert len(rows) == 2

    fixed = campaign_results(
        both_engines.first.to_arrow(campaign_sums(ibis.memtable(OUTCOMES))), CAMPAIGNS, as_of=AS_OF
    )
    rows = both_engines.same_rows(results_expression, OUTCOMES, results=fixed)
    assert {row["why"] for row in rows if row["campaign_id"] == "c2"} == {"no_treatment"}


def test_order_credits(both_engines):
    rows = both_engines.same_rows(order_credits, ORDERED, TOUCHED, PEOPLE, as_of=AS_OF)
    assert len(rows) == 5
    assert len({row["channel"] for row in rows}) > 1


def test_attribution(both_engines):
    credit = rows_of(
        ORDER_CREDITS,
        *(
            {
                "order_id": f"o{n}",
                "channel": ["ads", "unattributed"][n % 2],
                "is_first": n == 0,
                "revenue": Decimal(n) / 4,
            }
            for n in range(5)
        ),
    )
    funnel = rows_of(
        CAMPAIGN_FUNNEL, {"campaign_id": "c1", "channel": "email", "cost": Decimal("2.5")}
    )

    def build(credited, costs, made):
        return attribution(credited, spending(costs, made, CAMPAIGNS, "Asia/Shanghai"))

    rows = both_engines.same_rows(build, credit, SPENT, funnel)
    assert len(rows) == 4


def test_weekly(both_engines):
    visits = rows_of(
        SESSIONS,
        *(
            {
                "visitor_id": visitor or "user:9",
                "session_index": n,
                "started_at": at,
                "start_ms": epoch_milliseconds(at),
                "channel": "ads",
            }
            for n, (at, visitor) in enumerate(zip(TIMES, VISITORS, strict=True))
        ),
    )

    def build(*tables):
        inputs = dict(zip(INPUTS, tables, strict=True))
        return weekly(inputs, [date(2026, 2, 23), date(2026, 3, 2)], "Asia/Shanghai")

    rows = both_engines.same_rows(build, visits, ORDERED, REFUNDED, TOUCHED, SPENT, PEOPLE)
    assert any(row["value"] for row in rows)
