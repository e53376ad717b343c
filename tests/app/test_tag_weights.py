"""Weights of tags: what was known at the launch, proposed, approved, turned down."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.app import tag_weighing
from zhiyin.app.commands import tag_weights
from zhiyin.core.clock import FixedClock
from zhiyin.core.errors import NotFound
from zhiyin.identity.tables import PEOPLE, PERSON_OF
from zhiyin.measurement.tables import CAMPAIGN_OUTCOMES, CAMPAIGN_RESULTS
from zhiyin.profiles.tagging.api import load_tags
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.warehouse import tables as dw

LAUNCH = datetime(2025, 6, 1, 2)
PEOPLE_MEASURED = 240
REPEAT = "{family: behavior, where: {attribute: orders, at_least: 2}}"
ORDERS = "{family: value, statistic: {of: orders, take: count}}"
RISK = "{family: value, model: {score: churn}}"


def order(person: str, number: int, at: datetime) -> dict:
    ms = (at - EPOCH) // timedelta(milliseconds=1)
    return {
        "source_id": "s", "order_id": f"{person}-{number}", "visitor_id": person, "ts_ms": ms,
        "order_time": at, "order_date": at.date(), "amount": Decimal(10), "channel": "web",
    }  # fmt: skip


@pytest.fixture
def shop(tmp_path):
    """A campaign that moved those who had bought twice before, and nobody else."""
    names = [f"user:{n}" for n in range(PEOPLE_MEASURED)]
    orders, outcomes = [], []
    for n, person in enumerate(names):
        had = 2 if n % 2 else 1
        orders += [order(person, k, LAUNCH - timedelta(days=10 + k)) for k in range(had)]
        is_treated = n % 4 < 3
        is_moved = n % 20 == 0 or (is_treated and had == 2 and n % 3 > 0)
        if is_moved:
            orders.append(order(person, 9, LAUNCH + timedelta(days=1)))
        arm = "treatment" if is_treated else "holdout"
        row = {"campaign_id": "c", "person_id": person, "arm": arm, "is_converted": is_moved}
        outcomes.append(row)
    result = {
        "campaign_id": "c", "metric": "conversion", "treated": 180, "held_out": 60,
        "is_final": True, "window_start": LAUNCH,
    }  # fmt: skip
    (tmp_path / "tags").mkdir()
    for name, text in (("repeat", REPEAT), ("orders", ORDERS), ("risk", RISK)):
        (tmp_path / "tags" / f"{name}.yaml").write_text(text, "utf-8")
    warehouse = DuckDBWarehouse(":memory:")
    ids = [{"visitor_id": one, "person_id": one} for one in names]
    warehouse.write(PERSON_OF, rows_of(PERSON_OF, *ids))
    warehouse.write(PEOPLE, rows_of(PEOPLE, *({"person_id": one} for one in names)))
    warehouse.write(dw.ORDERS, rows_of(dw.ORDERS, *orders))
    warehouse.write(CAMPAIGN_OUTCOMES, rows_of(CAMPAIGN_OUTCOMES, *outcomes))
    warehouse.write(CAMPAIGN_RESULTS, rows_of(CAMPAIGN_RESULTS, result))
    yield SimpleNamespace(
        root=tmp_path,
        warehouse=warehouse,
        clock=FixedClock(),
        settings=SimpleNamespace(timezone="UTC"),
    )
    warehouse.close()


def proposed(shop):
    return tag_weights.propose(shop, on_progress=lambda _: None)


def test_tags_are_those_of_the_launch_and_not_what_the_campaign_brought(shop):
    definitions = tag_weighing.told_then(load_tags(shop.root))
    assert set(definitions) == {"orders", "repeat"}
    (launch,) = tag_weighing.launches(shop)
    table = tag_weighing.tags_then(shop, launch, definitions)
    rows = shop.warehouse.to_arrow(table).to_pylist()
    repeat = {row["person_id"] for row in rows if row["tag"] == "repeat"}
    assert repeat == {f"user:{n}" for n in range(PEOPLE_MEASURED) if n % 2}
    assert {row["value"] for row in rows if row["tag"] == "orders"} == {"1", "2"}


def test_a_proposal_changes_nothing_until_it_is_approved(shop):
    made = proposed(shop)
    assert made["campaigns"] == ["c"]
    assert {row["weight_before"] for row in made["weights"]} == {1.0}
    by_tag = {row["tag"]: row for row in made["weights"]}
    assert by_tag["repeat"]["effect"] > 0
    assert by_tag["repeat"]["people"] == PEOPLE_MEASURED / 2
    assert tag_weights.show(shop)["in_force"] == []
    after = tag_weights.approve(shop, proposal=made["proposal"], actor="li")
    assert after["proposed"] == []
    assert {row["decided_by"] for row in after["in_force"]} == {"li"}
    again = {row["tag"]: row for row in proposed(shop)["weights"]}
    for row in after["in_force"]:
        assert again[row["tag"]]["weight_before"] == row["weight"]


def test_a_new_proposal_takes_the_place_of_one_that_waits_and_one_can_be_turned_down(shop):
    first, second = proposed(shop), proposed(shop)
    with pytest.raises(NotFound, match="does not wait"):
        tag_weights.approve(shop, proposal=first["proposal"])
    after = tag_weights.reject(shop, proposal=second["proposal"], actor="li")
    assert after == {"in_force": [], "proposed": []}
    with pytest.raises(NotFound, match="No proposal waits"):
        tag_weights.approve(shop)
