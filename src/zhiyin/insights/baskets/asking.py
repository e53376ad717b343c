"""One question about baskets, answered from the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.api import with_person
from zhiyin.insights.baskets.contents import contents, items_at, sold_within
from zhiyin.insights.baskets.pairs import item_pairs
from zhiyin.insights.baskets.sequences import then_bought
from zhiyin.insights.baskets.sets import frequent_sets, rules
from zhiyin.insights.baskets.spec import BasketSpec
from zhiyin.insights.behavior.vocabulary import window_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    Fetch = Callable[[ir.Table], pa.Table]


@dataclass(frozen=True)
class Shop:
    """What baskets are made of: `dw.order_lines`, `dw.products`, `dw.person_of`."""

    lines: ir.Table
    products: ir.Table
    person_of: ir.Table


def baskets(
    shop: Shop, spec: BasketSpec, *, as_of: datetime, timezone: str, fetch: Fetch
) -> dict[str, Any]:
    """Return the answer to a question about baskets.

    Parameters
    ----------
    fetch : brings a table's rows out of the warehouse.

    Returns
    -------
    `kind`, `level`, `since` and `until` (instants, UTC), `baskets` (orders looked at), `found`
    (answers before `most` cuts them off) and `rows`; a row has `titles` of products by their ids.
    """
    window = window_of(spec.days, as_of, timezone)
    lines = sold_within(shop.lines, window)
    if spec.channel is not None:
        lines = lines.filter(lines.channel == spec.channel)
    lines = items_at(lines, shop.products, spec.level)
    rows = ANSWERS[spec.kind](lines, shop, spec, window.end, fetch)
    orders = fetch(lines.select("source_id", "order_id").distinct().agg(orders=ibis._.count()))
    shown = rows.slice(0, spec.most).to_pylist()
    return {
        "kind": spec.kind,
        "level": spec.level,
        "since": window.start.isoformat(),
        "until": window.end.isoformat(),
        "baskets": orders["orders"][0].as_py(),
        "found": rows.num_rows,
        "rows": shown,
        "titles": titles(shown, shop.products, fetch) if spec.level == "product" else {},
    }


def pair_rows(lines: ir.Table, _: Shop, spec: BasketSpec, end: datetime, fetch: Fetch) -> pa.Table:
    """Return pairs of items, each in both directions."""
    pairs = item_pairs(contents(lines), at_least=spec.min_baskets, most=None)
    if spec.item is not None:
        pairs = pairs.filter(pairs.item == spec.item)
    pairs = pairs.filter(pairs.confidence >= spec.min_confidence).drop("place")
    return in_order(fetch(pairs), spec.sort, ("item", "other"))


def set_rows(lines: ir.Table, _: Shop, spec: BasketSpec, end: datetime, fetch: Fetch) -> pa.Table:
    """Return frequent sets of at least two items."""
    found = frequent(lines, spec, fetch)
    found = found.filter(pc.greater(found["size"], 1))
    return holding(found, "items", spec.item)


def rule_rows(lines: ir.Table, _: Shop, spec: BasketSpec, end: datetime, fetch: Fetch) -> pa.Table:
    """Return the rules that frequent sets make."""
    found = rules(frequent(lines, spec, fetch), min_confidence=spec.min_confidence)
    return in_order(holding(found, "antecedent", spec.item), spec.sort, ())


def then_rows(
    lines: ir.Table, shop: Shop, spec: BasketSpec, end: datetime, fetch: Fetch
) -> pa.Table:
    """Return what people buy after an item."""
    owned = with_person(lines.filter(lines.visitor_id.notnull()), shop.person_of)
    bought = owned.select("person_id", "item", "ts_ms").distinct()
    found = then_bought(
        bought,
        within_days=spec.within_days,
        as_of=end,
        at_least=spec.min_baskets,
        item=spec.item,
    )
    sort = {"support": "followers", "confidence": "share"}.get(spec.sort, "lift")
    return in_order(fetch(found), sort, ("item", "other"))


ANSWERS = {"pairs": pair_rows, "sets": set_rows, "rules": rule_rows, "then": then_rows}


def frequent(lines: ir.Table, spec: BasketSpec, fetch: Fetch) -> pa.Table:
    """Return the frequent sets of lines."""
    return frequent_sets(fetch(contents(lines)), min_support=spec.min_support, longest=spec.longest)


def holding(table: pa.Table, column: str, item: str | None) -> pa.Table:
    """Return the rows whose list holds an item; all of them where none is asked for."""
    if item is None:
        return table
    return table.filter(
        pa.array([item in names for names in table[column].to_pylist()], pa.bool_())
    )


def in_order(table: pa.Table, sort: str, ties: tuple[str, ...]) -> pa.Table:
    """Return rows, the highest first, ties by text."""
    keys = [(sort, "descending"), *((name, "ascending") for name in ties)]
    return table.sort_by(keys)


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
