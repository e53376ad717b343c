"""The real data sets: their balances to the row and to the cent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.collect import shop

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import ImportReport, find_recipe


@pytest.fixture(scope="module")
def imported(shared_data: Path):
    """Import a data set once per module; returns the warehouse and the report."""
    done: dict[tuple[str, ...], tuple[DuckDBWarehouse, ImportReport]] = {}

    def run(recipe: str, *paths: str) -> tuple[DuckDBWarehouse, ImportReport]:
        key = (recipe, *paths)
        if key not in done:
            warehouse = DuckDBWarehouse(":memory:", threads=2)
            given = [shared_data / path for path in paths]
            done[key] = warehouse, shop.run(warehouse, find_recipe(recipe), given)
        return done[key]

    yield run
    for warehouse, _ in done.values():
        warehouse.close()


def one(warehouse: DuckDBWarehouse, query: str) -> dict:
    return warehouse.sql(query).to_pylist()[0]


GZ = "online_retail_uci/raw/online_retail_all_days.csv.gz"


def test_online_retail_balances_to_the_row_and_the_cent(imported):
    _, report = imported("online_retail", GZ)
    assert report.rows_read == 541_909
    assert report.rows_quarantined == {"exact_duplicate": 5_268}
    assert report.rows_kept == 541_909 - 5_268
    assert round(report.total_read, 2) == Decimal("9747747.93")
    assert report.total_kept + report.total_quarantined == report.total_read


def test_online_retail_rules_hit_what_is_known_of_the_data(imported):
    _, report = imported("online_retail", GZ)
    hits = report.rule_hits["invoice_lines"]
    assert hits["cancellation"] == 9_288
    assert hits["no_customer"] == 135_080
    assert hits["bad_debt"] == 3
    assert hits["negative_price"] == 2
    assert hits["zero_price"] == 2_515
    assert hits["future_date"] == 0


def test_online_retail_rows_are_what_the_lines_say(imported):
    warehouse, _ = imported("online_retail", GZ)
    counts = one(
        warehouse,
        """SELECT count(*) FILTER (line_kind = 'refund') refunds,
                  count(*) FILTER (customer_id IS NULL) nobody,
                  count(DISTINCT customer_id) customers, sum(amount) total,
                  min(order_time) earliest, max(order_time) latest,
                  count(*) FILTER (amount <> quantity * unit_price) wrong
           FROM ods.order_lines""",
    )
    copies = one(
        warehouse,
        """SELECT count(*) FILTER (json_extract_string(record, '$.InvoiceNo') LIKE 'C%') refunds,
                  count(*) FILTER (json_extract_string(record, '$.CustomerID') = '') nobody
           FROM ods.quarantine""",
    )
    assert counts["refunds"] + copies["refunds"] == 9_288
    assert counts["nobody"] + copies["nobody"] == 135_080
    assert counts["customers"] == 4_372
    assert counts["wrong"] == 0
    # London had winter time on both days.
    assert counts["earliest"] == datetime(2010, 12, 1, 8, 26)
    assert counts["latest"] == datetime(2011, 12, 9, 12, 50)
    # 2011-07-01 08:16 on the clocks of London.
    summer = "SELECT order_time FROM ods.order_lines WHERE order_id = '558638' LIMIT 1"
    assert one(warehouse, summer)["order_time"] == datetime(2011, 7, 1, 7, 16)


@pytest.mark.data_large
def test_online_retail_gives_the_same_rows_from_parquet(imported):
    first, _ = imported("online_retail", GZ)
    second, report = imported("online_retail", "online_retail_uci/parquet/online_retail.parquet")
    assert report.rows_quarantined == {"exact_duplicate": 5_268}
    query = """SELECT count(*) n, sum(amount) total, count(DISTINCT order_id) orders,
                      bit_xor(hash(order_id, line_kind, customer_id, product_id, product_name,
                                   quantity, unit_price, amount, order_time, country)) AS digest
               FROM ods.order_lines"""
    assert one(first, query) == one(second, query)


def test_a_folder_of_daily_files_is_read_file_by_file(imported):
    warehouse, report = imported("online_retail", "online_retail_uci/raw/by-day")
    assert len(report.files) == 20
    assert report.rows_read == sum(file.rows_read for file in report.files)
    assert report.rows_kept == one(warehouse, "SELECT count(*) n FROM ods.order_lines")["n"]


@pytest.mark.data_large
def test_adventureworks_balances_over_its_ten_files(imported):
    warehouse, report = imported("adventureworks", "adventureworks_retail/raw")
    assert {file.source: file.rows_read for file in report.files if file.source != "sales"} == {
        "calendar": 912,
        "product_categories": 4,
        "product_subcategories": 37,
        "territories": 10,
        "products": 293,
        "customers": 18_148,
        "returns": 1_809,
    }
    sales = [file for file in report.files if file.source == "sales"]
    assert [file.rows_read for file in sales] == [2_630, 23_935, 29_481]
    assert sum(file.total_read for file in sales) == Decimal("24914586.8193")
    assert (report.rows_read, report.rows_kept, report.rows_quarantined) == (77_259, 77_259, {})
    assert one(warehouse, "SELECT sum(amount) s FROM ods.order_lines")["s"] == Decimal(
        "24914586.8193"
    )
    jesus = one(warehouse, "SELECT * FROM ods.customers WHERE customer_id = '29483'")
    assert (jesus["name"], jesus["email"]) == ("JÉSUS NAVARRO", "jésus9@adventure-works.com")
    assert jesus["birth_date"].isoformat() == "1959-12-08"
    assert jesus["income_group"] == "30000"
    genders = warehouse.sql("SELECT gender, count(*) n FROM ods.customers GROUP BY 1").to_pylist()
    assert {row["gender"]: row["n"] for row in genders} == {
        "male": 9_126, "female": 8_892, None: 130,
    }  # fmt: skip
    product = one(warehouse, "SELECT * FROM ods.products WHERE product_id = '214'")
    assert (product["category"], product["subcategory"]) == ("Accessories", "Helmets")


@pytest.mark.data_large
def test_completejourney_reads_a_table_once_that_is_there_in_two_formats(imported):
    warehouse, report = imported(
        "completejourney", "completejourney/raw", "completejourney/parquet"
    )
    assert {file.name: file.rows_read for file in report.files} == {
        "campaign_descriptions.csv": 27,
        "campaigns.csv": 6_589,
        "coupon_redemptions.csv": 2_102,
        "coupons.parquet": 116_204,
        "demographics.csv": 801,
        "products.parquet": 92_331,
        "transactions_sample.parquet": 75_000,
    }
    assert sorted(s.name for s in report.skipped if s.reason == "other_format") == [
        "campaign_descriptions.parquet",
        "campaigns.parquet",
        "coupon_redemptions.parquet",
        "demographics.parquet",
    ]
    assert report.rows_quarantined == {"exact_duplicate": 4_872}
    assert report.total_read == Decimal("233935.24")
    touches = warehouse.sql(
        "SELECT touch_kind, count(*) n FROM ods.touches GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert touches == [
        {"touch_kind": "redeemed", "n": 2_102},
        {"touch_kind": "targeted", "n": 6_589},
    ]
    off = one(
        warehouse,
        """SELECT count(*) n FROM ods.order_lines
           WHERE line_kind = 'sale'
             AND abs(amount - (quantity * unit_price - discount)) > 0.0001 * quantity""",
    )
    assert off["n"] == 0
