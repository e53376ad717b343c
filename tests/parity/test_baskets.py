"""What is bought together, next, and by whom, on DuckDB and on Spark."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest

from zhiyin.insights.baskets.api import (
    Shop,
    baskets_people,
    contents,
    item_pairs,
    read_basket_spec,
    then_bought,
)

pytestmark = pytest.mark.spark

AS_OF = datetime(2026, 3, 1)
DAY = 86_400_000
END_MS = 1_772_323_200_000


def sold() -> pa.Table:
    """Lines of four people over 40 days; every fifth order has no buyer."""
    rows = [
        {
            "source_id": "s",
            "order_id": f"o{n // 2}",
            "visitor_id": None if n // 2 % 5 == 4 else f"user:{n // 2 % 4}",
            "item": "abc"[(n * n + n // 3) % 3],
            "product_id": "abc"[(n * n + n // 3) % 3],
            "channel": "web",
            "ts_ms": END_MS - DAY * (40 - n // 2),
        }
        for n in range(60)
    ]
    return pa.Table.from_pylist(rows)


def owners() -> pa.Table:
    ids = [f"user:{n}" for n in range(4)]
    return pa.table({"visitor_id": ids, "person_id": ids})


def test_pairs_are_the_same_on_both_engines(both_engines):
    found = both_engines.same_rows(
        lambda lines: item_pairs(contents(lines), at_least=2, most=None), sold()
    )
    assert {(row["item"], row["other"]) for row in found} >= {("a", "b"), ("b", "a")}


def test_what_is_bought_next_is_the_same_on_both_engines(both_engines):
    def next_bought(lines):
        known = lines.filter(lines.visitor_id.notnull())
        bought = known.select("item", "ts_ms", person_id="visitor_id").distinct()
        return then_bought(bought, within_days=9, as_of=AS_OF, at_least=1)

    found = both_engines.same_rows(next_bought, sold())
    assert sum(row["followers"] for row in found) > 0


@pytest.mark.parametrize("kind", ["pairs", "then"])
def test_the_people_behind_a_row_are_the_same_on_both_engines(both_engines, kind):
    spec = read_basket_spec({"kind": kind, "within_days": 20})

    def behind(lines, person_of):
        shop = Shop(lines, lines, person_of)
        point = {"item": "a", "other": "b"}
        return baskets_people(shop, spec, point, as_of=AS_OF, timezone="UTC")

    assert both_engines.same_rows(behind, sold(), owners())
