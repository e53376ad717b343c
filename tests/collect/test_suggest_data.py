"""A proposed recipe imports every real data set as it stands: each record kept or set aside."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.collect import shop

from zhiyin.adapters.sources.files import Files
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.recipe_shelf import load_recipe
from zhiyin.collect.report import ImportReport
from zhiyin.collect.suggest.suggestion import suggest
from zhiyin.core.clock import FixedClock

# The synthetic events end in spring 2026; the clock has to stand behind them.
LATER = FixedClock(shop.NOW.replace(month=6))


@dataclass(frozen=True)
class Expected:
    """What is known of a data set: its records, and what its proposed recipe makes of them."""

    paths: tuple[str, ...]
    read: int
    aside: dict[str, int]
    targets: dict[str, int]  # table -> rows kept
    total: str | None = None


EVERY = {
    "adventureworks, csv": Expected(
        ("adventureworks_retail/raw",),
        77_259,
        {},
        {
            "order_lines": 56_046,
            "customers": 18_148,
            "products": 293,
            "refunds": 1_809,
            "records": 912,
        },
        "24914586.8193",
    ),
    # Two of the archive's files lie beside it as well; those are read once.
    "bank marketing, csv and zip": Expected(
        ("bank_marketing_uci/raw",),
        95_039,
        {"exact_duplicate": 4_521 + 4_119 + 12},
        {"customers": 45_211 + 41_188 - 12},
    ),
    "bank marketing, parquet": Expected(
        ("bank_marketing_uci/parquet",),
        95_039,
        # The small files are samples of the large ones, which hold 12 rows twice themselves.
        {"exact_duplicate": 4_521 + 4_119 + 12},
        {"customers": 45_211 + 41_188 - 12},
    ),
    "attribution paths, csv": Expected(
        ("channel_attribution_paths/raw",), 29_228, {}, {"touches": 29_228}
    ),
    "completejourney, both": Expected(
        ("completejourney/raw", "completejourney/parquet"),
        653_589,
        {"exact_duplicate": 4_872},
        {
            "order_lines": 75_000,
            "customers": 801,
            "products": 92_331,
            "campaigns": 27,
            "touches": 6_589 + 2_102,
            "coupons": 116_204 - 4_872,
            "records": 360_535,
        },
        "233935.24",
    ),
    "funnel, csv": Expected(
        ("ecommerce_funnel/raw",),
        232_482,
        {},
        {"events": 90_400 + 45_200 + 6_030 + 452, "customers": 90_400},
    ),
    "events a/b, csv": Expected(("events_ab_synthetic/raw",), 16_959, {}, {"events": 16_959}),
    "hillstrom, csv": Expected(("hillstrom_email/raw",), 64_000, {}, {"customers": 64_000}),
    "jdata, csv": Expected(
        ("jdata_behavior/raw",),
        228_368,
        {"exact_duplicate": 23_870},
        {
            "events": 89_997 - 23_870,
            "customers": 2 * 29_999,
            "products": 2 * 24_187,
            "records": 29_999,
        },
    ),
    "online retail, gz": Expected(
        ("online_retail_uci/raw/online_retail_all_days.csv.gz",),
        541_909,
        {"exact_duplicate": 5_268},
        {"order_lines": 536_641},
        "9747747.934",
    ),
    "online retail, parquet": Expected(
        ("online_retail_uci/parquet",),
        541_909,
        {"exact_duplicate": 5_268},
        {"order_lines": 536_641},
        "9747747.934",
    ),
    "online retail, by day": Expected(
        ("online_retail_uci/raw/by-day",), 42_481, {"exact_duplicate": 500}, {"order_lines": 41_981}
    ),
    "reviews, zip": Expected(("reviews_zh/raw",), 62_774, {}, {"reviews": 62_774}),
    "reviews, parquet": Expected(("reviews_zh/parquet",), 62_774, {}, {"reviews": 62_774}),
    "identity, csv": Expected(
        ("splink_identity/raw",), 14_176, {}, {"customers": 11_000, "records": 3_176}
    ),
    "taobao, csv": Expected(("taobao_behavior_zh/raw",), 40_000, {}, {"events": 40_000}),
    "telco churn, csv": Expected(("telco_churn/raw",), 7_043, {}, {"customers": 7_043}),
}


def imported(
    shared_data: Path, folder: Path, paths: tuple[str, ...]
) -> tuple[DuckDBWarehouse, ImportReport]:
    given = [shared_data / path for path in paths]
    made = suggest(given, files=Files(), timezone="Asia/Shanghai", currency="CNY")
    path = folder / f"{made.name}.yaml"
    path.write_text(made.text, encoding="utf-8")
    warehouse = DuckDBWarehouse(":memory:", threads=2)
    report = shop.import_files(
        load_recipe(path), given, warehouse=warehouse, files=Files(), clock=LATER
    )
    return warehouse, report


def one(warehouse: DuckDBWarehouse, query: str) -> dict[str, Any]:
    return warehouse.sql(query).to_pylist()[0]


@pytest.mark.data_large
@pytest.mark.parametrize("name", EVERY)
def test_the_recipe_proposed_for_a_data_set_imports_it_unedited(name, shared_data, tmp_path):
    expected = EVERY[name]
    warehouse, report = imported(shared_data, tmp_path, expected.paths)
    kept: dict[str, int] = {}
    for file in report.files:
        kept[file.target] = kept.get(file.target, 0) + file.rows_kept
    lookups = kept.pop("lookup", 0)
    aside = sum(report.rows_quarantined.values())
    print(
        f"| {name} | {len(report.files)} files | {report.rows_read:,} read "
        f"| {report.rows_kept:,} kept | {aside:,} aside {report.rows_quarantined} "
        f"| total {report.total_read} | 0 edits |"
    )
    assert report.rows_read == expected.read
    assert report.rows_quarantined == expected.aside
    assert report.rows_read == report.rows_kept + aside
    assert kept == expected.targets
    for target, rows in expected.targets.items():
        assert one(warehouse, f"SELECT count(*) n FROM ods.{target}")["n"] == rows
    assert report.rows_kept == sum(expected.targets.values()) + lookups
    if expected.total is not None:
        assert report.total_read == Decimal(expected.total)
        assert report.total_read == report.total_kept + report.total_quarantined
    warehouse.close()


@pytest.mark.data_large
def test_what_is_proposed_for_adventureworks_means_what_the_shipped_recipe_says(
    shared_data, tmp_path
):
    warehouse, _ = imported(shared_data, tmp_path, ("adventureworks_retail/raw",))
    jesus = one(warehouse, "SELECT * FROM ods.customers WHERE customer_id = '29483'")
    assert (jesus["name"], jesus["birth_date"].isoformat()) == ("JÉSUS NAVARRO", "1959-12-08")
    product = one(warehouse, "SELECT * FROM ods.products WHERE product_id = '214'")
    assert (product["category"], product["subcategory"]) == ("Accessories", "Helmets")
    genders = warehouse.sql("SELECT gender, count(*) n FROM ods.customers GROUP BY 1").to_pylist()
    assert {row["gender"]: row["n"] for row in genders} == {
        "male": 9_126, "female": 8_892, None: 130,
    }  # fmt: skip
    line = one(warehouse, "SELECT count(*) n FROM ods.order_lines WHERE country IS NULL")
    assert line["n"] == 0


@pytest.mark.data_large
def test_what_is_proposed_for_online_retail_means_what_the_shipped_recipe_says(
    shared_data, tmp_path
):
    gz = "online_retail_uci/raw/online_retail_all_days.csv.gz"
    warehouse, _ = imported(shared_data, tmp_path, (gz,))
    found = one(
        warehouse,
        """SELECT count(DISTINCT customer_id) customers,
                  count(*) FILTER (customer_id LIKE '%.0') odd,
                  count(*) FILTER (line_kind = 'refund' AND quantity > 0) wrong
           FROM ods.order_lines""",
    )
    assert found == {"customers": 4_372, "odd": 0, "wrong": 0}


@pytest.mark.data_large
def test_chinese_behavior_gets_names_people_times_and_revenue(shared_data, tmp_path):
    warehouse, _ = imported(shared_data, tmp_path, ("taobao_behavior_zh/raw",))
    raw = pq.read_table(shared_data / "taobao_behavior_zh/parquet/UserBehavior.parquet")
    buys = raw.filter(pc.equal(raw["行为类型"], "buy"))
    prices = [Decimal(str(price)) for price in buys["售价"].to_pylist()]
    people = set(buys["用户ID"].to_pylist())
    bought = {"n": len(prices), "total": sum(prices), "people": len(people)}
    landed = one(
        warehouse,
        """SELECT count(*) n, sum(revenue) total, count(DISTINCT user_id) people
           FROM ods.events WHERE event = 'Order Completed'""",
    )
    assert landed == bought
    others = "SELECT count(revenue) n FROM ods.events WHERE event <> 'Order Completed'"
    assert one(warehouse, others)["n"] == 0
    years = one(warehouse, "SELECT min(event_time) a, max(event_time) z FROM ods.events")
    assert years["a"].year == years["z"].year == 2017
