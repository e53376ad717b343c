"""One question about baskets, answered from the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.core.windows import Window
from zhiyin.identity.api import with_person
from zhiyin.insights.baskets.contents import basket_lines, contents, items_at, sold_within
from zhiyin.insights.baskets.pairs import item_pairs
from zhiyin.insights.baskets.sequences import then_bought
from zhiyin.insights.baskets.sets import frequent_sets, rules
from zhiyin.insights.baskets.spec import BasketSpec
from zhiyin.insights.behavior.vocabulary import window_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    Fetch = Callable[[ir.Table], pa.Table]
    Found = tuple[int, pa.Table]


@dataclass(frozen=True)
class Shop:
    """What baskets are made of: `dw.order_lines`, `dw.products`, `dw.person_of`.

    `is_embedded` says whether rows come out within this process, where pairs are counted in arrays.
    """

    lines: ir.Table
    products: ir.Table
    person_of: ir.Table
    is_embedded: bool = True


def baskets(
    shop: Shop, spec: BasketSpec, *, as_of: datetime, timezone: str, fetch: Fetch
) -> dict[str, Any]:
    """Return the answer to a question about baskets.

    Parameters
    ----------
    fetch : brings a table's rows out of the warehouse.

    Returns
    -------
    `as_of`, `kind`, `level`, `since` and `until` (instants, UTC), `baskets` (orders looked at),
    `found` (answers before `most` cuts them off), `rows`, and `titles` of products by their ids.
    """
    window = window_of(spec.days, as_of, timezone)
    lines = asked_lines(shop, spec, window)
    found, rows = ANSWERS[spec.kind](lines, shop, spec, window.end, fetch)
    orders = fetch(lines.select("source_id", "order_id").distinct().agg(orders=ibis._.count()))
    shown = rows.to_pylist()
    return {
        "as_of": as_of.isoformat(),
        "kind": spec.kind,
        "level": spec.level,
        "since": window.start.isoformat(),
        "until": window.end.isoformat(),
        "baskets": orders["orders"][0].as_py(),
        "found": found,
        "rows": shown,
        "titles": titles(shown, shop.products, fetch) if spec.level == "product" else {},
    }


def asked_lines(shop: Shop, spec: BasketSpec, window: Window) -> ir.Table:
    """Return the lines that a question is about, with their item."""
    lines = sold_within(shop.lines, window)
    if spec.channel is not None:
        lines = lines.filter(lines.channel == spec.channel)
    return items_at(lines, shop.products, spec.level)


def pair_rows(lines: ir.Table, shop: Shop, spec: BasketSpec, end: datetime, fetch: Fetch) -> Found:
    """Return pairs of items, each in both directions."""
    walk, read = (fetch, basket_lines) if shop.is_embedded else (None, contents)
    pairs = item_pairs(read(lines), at_least=spec.min_baskets, most=None, fetch=walk)
    if spec.item is not None:
        pairs = pairs.filter(pairs.item == spec.item)
    pairs = pairs.filter(pairs.confidence >= spec.min_confidence).drop("place")
    return best(pairs, spec.sort, spec.most, fetch)


def set_rows(lines: ir.Table, _: Shop, spec: BasketSpec, end: datetime, fetch: Fetch) -> Found:
    """Return frequent sets of at least two items."""
    found = frequent(lines, spec, fetch)
    found = holding(found.filter(pc.greater(found["size"], 1)), "items", spec.item)
    return found.num_rows, found.slice(0, spec.most)


def rule_rows(lines: ir.Table, _: Shop, spec: BasketSpec, end: datetime, fetch: Fetch) -> Found:
    """Return the rules that frequent sets make."""
    found = rules(frequent(lines, spec, fetch), min_confidence=spec.min_confidence)
    found = holding(found, "antecedent", spec.item).sort_by([(spec.sort, "descending")])
    return found.num_rows, found.slice(0, spec.most)


def then_rows(lines: ir.Table, shop: Shop, spec: BasketSpec, end: datetime, fetch: Fetch) -> Found:
    """Return what people buy after an item."""
    found = then_bought(
        bought_by_people(lines, shop),
        within_days=spec.within_days,
        as_of=end,
        at_least=spec.min_baskets,
        item=spec.item,
    )
    sort = {"support": "followers", "confidence": "share"}.get(spec.sort, "lift")
    return best(found, sort, spec.most, fetch)


def bought_by_people(lines: ir.Table, shop: Shop) -> ir.Table:
    """Return person_id, item, ts_ms of the lines whose buyer is known."""
    owned = with_person(lines.filter(lines.visitor_id.notnull()), shop.person_of)
    return owned.select("person_id", "item", "ts_ms").distinct()


ANSWERS = {"pairs": pair_rows, "sets": set_rows, "rules": rule_rows, "then": then_rows}


def frequent(lines: ir.Table, spec: BasketSpec, fetch: Fetch) -> pa.Table:
    """Return the frequent sets of lines."""
    return frequent_sets(
        fetch(basket_lines(lines)), min_support=spec.min_support, longest=spec.longest
    )


def holding(table: pa.Table, column: str, item: str | None) -> pa.Table:
    """Return the rows whose list holds an item; all of them where none is asked for."""
    if item is None:
        return table
    return table.filter(
        pa.array([item in names for names in table[column].to_pylist()], pa.bool_())
    )


def best(pairs: ir.Table, sort: str, most: int, fetch: Fetch) -> Found:
    """Return how many rows there are and the first of them, the highest first, ties by text.

    One query does both, for what is counted here may take a while.
    """
    counted = pairs.mutate(found=pairs.count().over(ibis.window()))
    first = counted.order_by([ibis.desc(sort), "item", "other"]).limit(most)
    rows = fetch(first)
    return (rows["found"][0].as_py() if rows.num_rows else 0), rows.drop(["found"])


def titles(rows: list[dict[str, Any]], products: ir.Table, fetch: Fetch) -> dict[str, str]:
    """Return the names of the products in some rows, by product id."""
    ids: set[str] = set()
    for row in rows:
        for name in ("item", "other", "items", "antecedent", "consequent"):
            value = row.get(name)
            ids |= set(value) if isinstance(value, list) else {value} if value else set()
    if not ids:
        return {}
    asked = ibis.memtable(pa.table({"product_id": sorted(ids)}))
    named = products.semi_join(asked, "product_id").filter(products.name.notnull())
    found = fetch(named.select("product_id", "name")).to_pylist()
    return {row["product_id"]: row["name"] for row in found}
