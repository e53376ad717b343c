"""Decisions on DuckDB and on Spark: the same people held out, suppressed and chosen."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import ibis.expr.types as ir
import pytest

from zhiyin.core.ids import bucket
from zhiyin.decisions.api import (
    CampaignSpec,
    Cap,
    ChannelPolicy,
    ContactPolicy,
    Definitions,
    History,
    Offer,
    Strategy,
    assign_arm,
    plan,
    strategy_coverage,
)
from zhiyin.decisions.policy import GlobalHoldout
from zhiyin.decisions.tables import DECISIONS
from zhiyin.delivery.tables import MESSAGES
from zhiyin.profiles.api import SOURCE_SPECS, Sources
from zhiyin.profiles.tables import CONSENTS, CUSTOMERS
from zhiyin.testing.rows import rows_of

pytestmark = pytest.mark.spark

NOW = datetime(2026, 3, 1, 12, 0, 0, 1)
TITLE = {"zh-CN": "甲", "en": "A"}
HIGH = {"any": [{"attribute": "value_tier", "equals": "high"}, {"score": "churn", "above": 0.9}]}
STRATEGIES = (
    Strategy("high", TITLE, "t", 1, where=HIGH, offer="fixed", holdout=0.5, cap=Cap(1, 30)),
    Strategy("bought", TITLE, "t", 2, where={"did": "Order Completed", "within_days": 9}),
    Strategy("rest", TITLE, "t", 3, where={"everyone": True}, offer="tenth", channel="webhook"),
)
OFFERS = {
    "fixed": Offer("fixed", TITLE, "privilege", cost_per_use=Decimal("7.5")),
    "tenth": Offer("tenth", TITLE, "coupon", percent=Decimal("12.5"), min_spend=Decimal(30)),
}
POLICY = ContactPolicy(
    channels={
        "email": ChannelPolicy(True, (Cap(1, 7), Cap(3, 30))),
        "webhook": ChannelPolicy(False),
    },
    global_holdout=GlobalHoldout(0.2, "all"),
    conflict_days=2,
)
IDS = [*(f"user:{n}" for n in range(60)), "anon:é", "email:知@音.cn", "user:"]
CUSTOMER_ROWS = rows_of(
    CUSTOMERS,
    *(
        {
            "person_id": person,
            "stage": "active",
            "email": [f"{n}@x.test", "", None][n % 7 % 3],
            "value_tier": ["high", None, "middle"][n % 3],
            "average_order": [Decimal("33.3333"), None, Decimal("0.0004")][n % 5 % 3],
        }
        for n, person in enumerate(IDS)
    ),
)
CONSENT_ROWS = rows_of(
    CONSENTS,
    *(
        {"person_id": person, "channel": "email", "is_granted": n % 4 > 0, "basis": "record"}
        for n, person in enumerate(IDS)
        if n % 5
    ),
)
MESSAGE_ROWS = rows_of(
    MESSAGES,
    *(
        {"message_id": f"{n}", "person_id": person, "channel": "email", "state": "sent",
         "changed_at": NOW - timedelta(days=7, microseconds=n - 12)}
        for n, person in enumerate(IDS[:24])
    ),
)  # fmt: skip
DECISION_ROWS = rows_of(
    DECISIONS,
    *(
        {"decision_id": f"{n}", "campaign_id": "c0", "person_id": person, "strategy": "high",
         "arm": ["treatment", "holdout"][n % 2], "decided_at": NOW - timedelta(days=n % 4)}
        for n, person in enumerate(IDS[20:50])
    ),
)  # fmt: skip
OTHERS = [rows_of(spec) for spec in SOURCE_SPECS if spec is not CUSTOMERS]


def sources_of(customers: ir.Table, others: tuple[ir.Table, ...]) -> Sources:
    rest = iter(others)
    tables = [customers if spec is CUSTOMERS else next(rest) for spec in SOURCE_SPECS]
    return Sources(*tables, as_of=NOW)


def planned(
    customers: ir.Table, consents: ir.Table, messages: ir.Table, past: ir.Table, *others: ir.Table
) -> ir.Table:
    contacts = messages.select("person_id", "channel", sent_at="changed_at")
    return plan(
        CampaignSpec.parse({"name": "x", "strategies": "all"}),
        sources_of(customers, others),
        campaign_id="c1",
        decided_at=NOW,
        definitions=Definitions(STRATEGIES, OFFERS, POLICY),
        history=History(consents, contacts, past),
    )


def test_a_plan_is_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(
        planned, CUSTOMER_ROWS, CONSENT_ROWS, MESSAGE_ROWS, DECISION_ROWS, *OTHERS
    )
    assert len(rows) == len(IDS)
    assert {row["arm"] for row in rows} == {"treatment", "holdout", "suppressed"}
    assert {row["bucket"] == bucket("c1", row["person_id"]) for row in rows} == {True}


def test_a_draw_is_the_same_on_both_engines(both_engines):
    rows = both_engines.same_rows(assign_arm, CUSTOMER_ROWS, salt="盐", holdout=0.3)
    assert {row["person_id"]: row["bucket"] for row in rows} == {
        person: bucket("盐", person) for person in IDS
    }


def test_coverage_is_the_same_on_both_engines(both_engines):
    def covered(customers: ir.Table, *others: ir.Table) -> ir.Table:
        return strategy_coverage(STRATEGIES, sources_of(customers, others))

    rows = both_engines.same_rows(covered, CUSTOMER_ROWS, *OTHERS)
    assert {row["strategy"] for row in rows} == {"high", "rest"}
