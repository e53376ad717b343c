"""A recipe tried on the first records of files: what would land, what would be set aside."""

from __future__ import annotations

from tests.collect import shop

from zhiyin.adapters.sources.files import Files
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.trial import try_recipe
from zhiyin.core.clock import FixedClock


def tried(tmp_path, rows, **options):
    scratch = DuckDBWarehouse(":memory:", threads=1)
    given = shop.lines(tmp_path, rows)
    try:
        return try_recipe(
            shop.recipe(tmp_path),
            given,
            scratch=scratch,
            files=Files(),
            clock=FixedClock(shop.NOW),
            **options,
        )
    finally:
        scratch.close()


def test_the_first_rows_are_shown_as_they_would_land_and_reasons_as_they_would_be_told(tmp_path):
    rows = ["1,B,2,¥5,2025-06-01,7.0", "2,A,two,5,2025-06-01,7", "3,A,1,-5,2025-06-01,7"]
    products, lines = tried(tmp_path, rows)
    assert (products.target, products.read) == ("lookup", 3)
    assert (lines.read, lines.kept) == (3, 1)
    assert lines.aside == {"unreadable_value": 1, "negative_price": 1}
    (row,) = lines.rows
    assert (row["customer_id"], row["amount"], row["product_name"]) == ("7", 10, "乌龙")
    assert "channel" not in row
    details = {example["reason"]: example["detail"] for example in lines.examples}
    assert details == {"unreadable_value": "qty=two", "negative_price": "price=-5"}


def test_only_the_first_records_are_read_but_files_looked_up_whole(tmp_path):
    products, lines = tried(tmp_path, ["1,B,1,5,2025-06-01,7"] * 3, records=1)
    assert (products.read, lines.read) == (3, 1)
    assert lines.rows[0]["product_name"] == "乌龙"
