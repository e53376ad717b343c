"""Who bought the items of an answer together, or one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import InvalidInput
from zhiyin.identity.api import with_person
from zhiyin.insights.baskets.asking import Shop, asked_lines, bought_by_people
from zhiyin.insights.baskets.sequences import early_enough, first_bought, followed
from zhiyin.insights.baskets.spec import BasketSpec
from zhiyin.insights.behavior.vocabulary import mapping, window_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("item", "other", "items", "antecedent", "consequent")
LISTS = ("items", "antecedent", "consequent")


def baskets_people(
    shop: Shop, spec: BasketSpec, point: Mapping[str, Any], *, as_of: datetime, timezone: str
) -> ir.Table:
    """Return the people behind a row of an answer.

    Parameters
    ----------
    point : the names in a row: {item, other}, {items} or {antecedent, consequent}.

    Returns
    -------
    One column, person_id, each once: who bought all of them in one order; of `then`, who bought
    the other after the item, as many as the row has `followers`. Orders of unknown buyers have
    nobody behind them, and who bought twice is one person: so there may be fewer people than
    `baskets`.
    """
    names = read_names(point)
    if spec.kind == "then" and len(names) > 2:
        raise InvalidInput(f"point: a row of what is bought next has two names, not {names}.")
    window = window_of(spec.days, as_of, timezone)
    lines = asked_lines(shop, spec, window)
    if spec.kind == "then":
        item, other = names
        bought = bought_by_people(lines, shop)
        started = early_enough(first_bought(bought), spec.within_days, window.end)
        started = started.filter(started.item == item)
        met = followed(started, bought.filter(bought.item == other), spec.within_days)
        return met.select("person_id").distinct()
    held = lines.filter(lines.item.isin(names), lines.visitor_id.notnull())
    owned = with_person(held, shop.person_of)
    orders = owned.group_by(["source_id", "order_id", "person_id"]).agg(
        together=owned.item.nunique()
    )
    return orders.filter(orders.together == len(names)).select("person_id").distinct()


def read_names(point: Mapping[str, Any]) -> list[str]:
    """Return the names of a point in their order, each once; `InvalidInput` for fewer than two."""
    body = mapping(point, "point", KEYS)
    names: list[Any] = []
    for key in KEYS:
        value = body.get(key)
        if value is None:
            continue
        names += value if key in LISTS and isinstance(value, list | tuple) else [value]
    texts = list(dict.fromkeys(name for name in names if isinstance(name, str)))
    if len(texts) < 2 or not all(isinstance(name, str) for name in names):
        raise InvalidInput(f"point: needs the names in a row, such as item and other, not {body}.")
    return texts
