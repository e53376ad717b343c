"""The recipes that ship with the product, on the real data sets that they were written for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.collect import shop

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.recipe_shelf import find_recipe


@dataclass(frozen=True)
class Balance:
    """What a data set's import comes to."""

    path: str
    read: int
    aside: dict[str, int] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)  # query -> number


BALANCES = {
    "attribution_paths": Balance(
        "channel_attribution_paths/raw",
        29_228,
        facts={"SELECT count(DISTINCT customer_id) FROM ods.touches": 4_954},
    ),
    "bank_marketing": Balance(
        "bank_marketing_uci/raw",
        95_039,
        {"exact_duplicate": 8_652},
        {"SELECT count(DISTINCT customer_id) FROM ods.customers": 86_387},
    ),
    "ecommerce_funnel": Balance(
        "ecommerce_funnel/raw",
        232_482,
        facts={
            "SELECT count(*) FROM ods.events WHERE page_name = 'payment_page'": 6_030,
            "SELECT count(*) FROM ods.customers WHERE gender = 'female'": 45_075,
        },
    ),
    "events_ab": Balance(
        "events_ab_synthetic/raw",
        16_959,
        facts={"SELECT count(*) FROM ods.events WHERE event = 'Order Completed'": 659},
    ),
    "hillstrom": Balance(
        "hillstrom_email/raw",
        128_000,
        {"control_group": 21_306},
        {
            "SELECT count(*) FROM ods.touches WHERE campaign_id = 'mens_email'": 21_307,
            "SELECT count(*) FROM ods.touches t JOIN ods.customers c USING (customer_id)": 42_694,
        },
    ),
    "identity": Balance(
        "splink_identity/raw",
        14_176,
        facts={"SELECT count(DISTINCT customer_id) FROM ods.customers": 11_000},
    ),
    "jdata": Balance(
        "jdata_behavior/raw",
        174_182,
        {"exact_duplicate": 23_870},
        {"SELECT count(*) FROM ods.events WHERE event LIKE 'type%'": 0},
    ),
    "reviews_zh": Balance(
        "reviews_zh/raw",
        62_774,
        facts={"SELECT count(DISTINCT category) FROM ods.reviews": 10},
    ),
    "taobao": Balance(
        "taobao_behavior_zh/raw",
        40_000,
        facts={"SELECT count(DISTINCT user_id) FROM ods.events": 3_990},
    ),
    "telco_churn": Balance(
        "telco_churn/raw",
        7_043,
        facts={
            'SELECT count(*) FROM ods.customers WHERE attributes LIKE \'%"Churn":"Yes"%\'': 1_869
        },
    ),
}


@pytest.mark.data_large
@pytest.mark.parametrize("name", BALANCES)
def test_a_shipped_recipe_imports_its_data_set_to_the_row(name, shared_data):
    expected = BALANCES[name]
    warehouse = DuckDBWarehouse(":memory:", threads=2)
    report = shop.run(
        warehouse,
        find_recipe(name),
        [shared_data / expected.path],
        clock_now=shop.NOW.replace(month=6),
    )
    assert report.rows_read == expected.read
    assert report.rows_quarantined == expected.aside
    assert report.rows_kept == expected.read - sum(expected.aside.values())
    for query, number in expected.facts.items():
        (row,) = warehouse.sql(query).to_pylist()
        assert list(row.values()) == [number], query
    warehouse.close()
