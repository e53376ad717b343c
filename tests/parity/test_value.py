"""Value, month ends and personas, on DuckDB and on Spark."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.profiles.value.test_history import AS_OF, ZONE, tables

from zhiyin.profiles import tables as dm
from zhiyin.profiles.personas.api import newest_personas, persona_features
from zhiyin.profiles.personas.tables import PERSONA_FITS, PERSONAS
from zhiyin.profiles.similar import nearest_buyers
from zhiyin.profiles.tiers import TierShares
from zhiyin.profiles.value.api import (
    Thresholds,
    ValuePolicy,
    by_depth,
    by_tier,
    migration,
    month_ends,
    net_amounts,
    population,
    scored,
    stage_history,
)
from zhiyin.profiles.value.tables import STAGE_HISTORY
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw

pytestmark = pytest.mark.spark

HALF = timedelta(days=60)
SHARES = TierShares(at_risk=0.2, high=0.3)
# Orders and refunds of seven people over 300 days, on both sides of midnights and month ends.
FACTS = [
    (n % 7, 97 * n % 7200 - 50 + 2400 * (n % 7 // 5), 1 + 37 * n % 90, n % 5 == 4)
    for n in range(90)
]
PURCHASES = rows_of(
    dm.PURCHASES,
    *(
        {
            "person_id": f"user:{n}", "orders": 1 + n % 3, "order_days": 1 + n % 2,
            "recency_days": 9 * n, "tenure_days": 9 * n + 30 * (n % 2), "refunds": n % 2,
            "monetary": Decimal(n * n) - 4, "average_order": Decimal(n) / 4,
            "discount_share": n / 10,
            "favourite_category": (None, "tea", "cups")[n % 3],
        }
        for n in range(7)
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def facts():
    """Orders, refunds and owners, as the month ends are tested with."""
    return [table.to_pyarrow() for table in tables(FACTS)]


def test_month_ends_and_what_moved_between_them_are_the_same(both_engines, facts):
    policy = ValuePolicy(history_months=4)
    rows = both_engines.same_rows(stage_history, *facts, as_of=AS_OF, timezone=ZONE, policy=policy)
    assert {row["stage"] for row in rows} >= {"active", "dormant"}
    history = rows_of(STAGE_HISTORY, *rows)
    since, *_, until = month_ends(AS_OF.date(), 4)
    for of in ("stage", "value_tier"):
        moved = both_engines.same_rows(migration, history, of=of, since=since, until=until)
        assert sum(row["people"] for row in moved) == 6
        assert both_engines.same_rows(population, history, of=of)


def test_realized_value_and_how_deep_tiers_reach_are_the_same(both_engines, facts):
    tiers = rows_of(
        dm.RFM,
        *(
            {"person_id": f"user:{n}", "value_tier": ("high", "middle", "potential")[n % 3]}
            for n in range(7)
        ),
    )
    realized = both_engines.same_rows(net_amounts, *facts, start=AS_OF - HALF, end=AS_OF)
    assert 2 < len(realized) < 7

    def then(build):
        def told(rfm, *given):
            worth = net_amounts(*given, start=AS_OF - HALF, end=AS_OF)
            return build(rfm, worth, SHARES)

        return both_engines.same_rows(told, tiers, *facts)

    assert sum(row["top"] for row in then(by_tier)) == 2
    assert max(then(by_depth), key=lambda row: row["share"])["top"] == 2


def test_scores_by_thresholds_are_the_same(both_engines):
    def told(purchases):
        fetch = both_engines.first.to_arrow
        return scored(purchases, "thresholds", thresholds=Thresholds(), fetch=fetch)[0]

    assert len({row["r"] for row in both_engines.same_rows(told, PURCHASES)}) > 1


def test_how_buyers_buy_and_who_is_alike_are_the_same(both_engines, facts):
    orders, _, owners = facts
    now = (AS_OF - EPOCH) // timedelta(milliseconds=1)
    visits = [
        {"visitor_id": f"user:{n % 4}", "start_ms": now - n}
        for n in range(9)
    ]  # fmt: skip
    sessions = rows_of(dw.SESSIONS, *visits)
    given = (PURCHASES, orders, sessions, owners)
    rows = both_engines.same_rows(persona_features, *given, as_of=AS_OF, timezone=ZONE)
    assert len(rows) == 7
    assert len({row["weekend_share"] for row in rows}) > 3

    class Held:
        """Tables where the function expects a warehouse."""

        def __init__(self, people):
            self.people = people

        def read(self, spec):
            assert spec is dm.CUSTOMERS
            return self.people

    people = rows_of(
        dm.CUSTOMERS,
        *(
            {name: row[name] for name in row if name in dm.CUSTOMERS.columns} | {"is_buyer": True}
            for row in PURCHASES.to_pylist()
        ),
    )
    asked = people.select(["person_id"]).slice(0, 1)
    near = both_engines.same_rows(
        lambda table, one: nearest_buyers(Held(table), one), people, asked
    )
    assert len(near) == 6


def test_the_newest_personas_are_the_same(both_engines):
    fits = rows_of(
        PERSONA_FITS,
        {"fit_id": "old", "fitted_at": AS_OF - HALF},
        {"fit_id": "new", "fitted_at": AS_OF},
    )
    personas = rows_of(
        PERSONAS,
        *({"fit_id": one, "persona_id": f"p{n}"} for one in ("old", "new") for n in (1, 2)),
    )
    rows = both_engines.same_rows(newest_personas, personas, fits)
    assert [row["fit_id"] for row in rows] == ["new", "new"]
