"""From facts in a warehouse to the built tables and the written page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.tables import IMPORTS
from zhiyin.core.clock import FixedClock, epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.decisions.tables import DECISIONS
from zhiyin.identity.tables import PERSON_OF
from zhiyin.measurement.api import MeasuredCampaign, Plan, builds, render_review, weekly_review
from zhiyin.measurement.tables import ALL, WEEKLY
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.api import BuildContext, run_builds
from zhiyin.warehouse.tables import COSTS, ORDERS, TOUCHES

WEEK = date(2026, 6, 22)
MONDAY = datetime.fromisoformat("2026-06-22")
AS_OF = datetime.fromisoformat("2026-06-30 09:00")
NOW = datetime.fromisoformat("2026-06-30 10:00")
CAMPAIGN = MeasuredCampaign("c1", "Spring", Window(MONDAY, MONDAY + timedelta(days=5)), 0.2)
PLAN = Plan((CAMPAIGN,), {"email": Decimal("0.01")})
CONTEXT = BuildContext(AS_OF, "UTC", "CNY")


def order(person: int, at: datetime, amount: int) -> dict:
    return {
        "source_id": "till", "order_id": f"{person}@{at:%m%d}", "visitor_id": f"user:{person}",
        "order_time": at, "ts_ms": epoch_milliseconds(at), "order_date": at.date(),
        "amount": Decimal(amount), "currency": "CNY", "lines": 1, "channel": "web",
    }  # fmt: skip


def touch(person: int, kind: str, at: datetime, channel: str, campaign: str | None) -> dict:
    return {
        "touch_id": f"{kind}{person}", "visitor_id": f"user:{person}", "touch_kind": kind,
        "channel": channel, "campaign_id": campaign, "touch_time": at,
        "ts_ms": epoch_milliseconds(at),
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    """Fifty people; ten held out, of whom one buys in the week; of the others twenty do."""
    warehouse = DuckDBWarehouse(":memory:")
    people = range(50)
    buyers = [1, *range(10, 30)]
    tuesday, before = MONDAY + timedelta(days=1), MONDAY - timedelta(days=3)
    warehouse.write(
        PERSON_OF,
        rows_of(
            PERSON_OF,
            *({"visitor_id": f"user:{n}", "person_id": f"user:{n}", "ids": 1} for n in people),
        ),
    )
    warehouse.write(
        DECISIONS,
        rows_of(
            DECISIONS,
            *(
                {
                    "decision_id": f"d{n}", "campaign_id": "c1", "person_id": f"user:{n}",
                    "strategy": "s", "arm": "holdout" if n < 10 else "treatment",
                    "channel": "email", "decided_at": MONDAY,
                }
                for n in people
            ),
        ),
    )  # fmt: skip
    warehouse.write(
        ORDERS,
        rows_of(
            ORDERS,
            *(order(n, tuesday, 100) for n in buyers),
            *(order(n, before, 80) for n in range(5, 15)),
        ),
    )
    warehouse.write(
        TOUCHES,
        rows_of(
            TOUCHES,
            *(touch(n, "delivered", MONDAY, "email", "c1") for n in range(10, 50)),
            *(touch(n, "clicked", MONDAY, "email", "c1") for n in range(10, 20)),
            *(touch(n, "visit", MONDAY, "ads", None) for n in range(20, 25)),
        ),
    )
    cost = {"cost_date": WEEK, "channel": "ads", "campaign_id": "", "amount": Decimal(50)}
    warehouse.write(COSTS, rows_of(COSTS, cost))
    loaded = {"load_id": 1, "rows_read": 31, "rows_kept": 30, "rows_quarantined": 1}
    warehouse.write(IMPORTS, rows_of(IMPORTS, {**loaded, "imported_at": NOW - timedelta(days=1)}))
    made = builds(PLAN, warehouse.to_arrow)
    run_builds(made, warehouse, context=CONTEXT, clock=FixedClock(), run_id="r1")
    yield warehouse
    warehouse.close()


def written(shop, **changes):
    options = {"as_of": AS_OF, "now": NOW, "timezone": "UTC", **changes}
    return weekly_review(shop, PLAN, **options)


def test_every_promised_table_is_built(shop):
    assert {spec.name for spec in ALL} <= set(shop.tables())


def test_a_second_run_builds_nothing(shop):
    made = builds(PLAN, shop.to_arrow)
    reports = run_builds(made, shop, context=CONTEXT, clock=FixedClock(), run_id="r2")
    assert {report.outcome for report in reports} == {"unchanged"}


def test_the_review_is_of_the_last_complete_week_with_the_one_before(shop):
    found = written(shop)
    assert found.week == WEEK
    orders, revenue = found.figure("orders"), found.figure("revenue")
    assert (orders.value, orders.previous) == (21, 10)
    assert (revenue.value, revenue.previous) == (2100, 800)
    # Weeks before the first sale would read as zero; they are left out.
    assert orders.weeks == (date(2026, 6, 15), WEEK)


def test_weekly_table_and_review_say_the_same(shop):
    table = shop.to_arrow(shop.read(WEEKLY)).to_pylist()
    of_week = {row["metric"]: row["value"] for row in table if row["week"] == WEEK}
    assert of_week == written(shop).values


def test_channels_hold_the_weeks_orders_and_all_cost(shop):
    lines = {line.channel: line for line in written(shop).channels}
    assert sum(line.orders for line in lines.values()) == 21
    assert (lines["email"].orders, lines["ads"].orders) == (10, 5)
    # Forty messages at 0.01; the people who had bought before are not new.
    assert lines["email"].cost == pytest.approx(0.4)
    assert lines["email"].new_customers == 5
    assert lines["ads"].roi == pytest.approx((500 - 50) / 50)


def test_a_campaign_that_ended_in_the_week_is_concluded(shop):
    (line,) = written(shop).campaigns
    assert (line.conversion.treated, line.conversion.held_out) == (40, 10)
    assert line.conversion.difference == pytest.approx(20 / 40 - 1 / 10)
    assert line.conversion.verdict == "works"
    assert line.is_final
    assert line.funnel["delivered"] == 40
    assert line.roi == pytest.approx((40 * 40.0 - 0.4) / 0.4)


def test_groups_are_counted_at_both_ends_of_the_week(shop):
    tiers = written(shop).tiers
    assert sum(line.people for line in tiers) == 26
    assert sum(line.previous for line in tiers) == 10


def test_imports_of_the_last_days_make_the_data_line(shop):
    quality = written(shop).quality
    assert (quality.read, quality.kept, quality.quarantined) == (31, 30, 1)
    assert written(shop, now=NOW + timedelta(days=9)).quality.read == 0


def test_a_week_that_is_not_over_is_refused(shop):
    with pytest.raises(InvalidInput, match="2026-06-29 is not over"):
        written(shop, week=date(2026, 7, 1))


def test_any_day_names_its_week(shop):
    assert written(shop, week=date(2026, 6, 18)).week == date(2026, 6, 15)


def test_an_empty_warehouse_gives_an_empty_review_that_renders():
    warehouse = DuckDBWarehouse(":memory:")
    found = weekly_review(warehouse, Plan(), as_of=AS_OF, now=NOW)
    assert (found.channels, found.campaigns, found.tiers, found.findings) == ((), (), (), ())
    assert "每周复盘" in render_review(found, "zh-CN")
    warehouse.close()
