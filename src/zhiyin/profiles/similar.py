"""Customers who buy like one customer."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.profiles import tables as dm
from zhiyin.profiles.customer_page import answer, asked_for

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

LOGARITHMIC = ("orders", "monetary", "average_order", "recency_days", "visits_30d")
SHARES = ("discount_share",)
TEXTS = ("favourite_category", "favourite_channel")
SHOWN = ("person_id", "name", "value_tier", "stage", "orders", "monetary", "recency_days")
MOST = 10


def similar_customers(person_id: str, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the buyers who lie nearest to a buyer, the nearest first; none for others.

    Each row has the columns of `SHOWN` and `distance`, in standard deviations of all buyers.
    Counts, amounts and days are compared by their logarithm; another favorite category or channel
    is as far as one deviation. Ties go by person id.
    """
    return answer("similar", nearest_buyers, asked_for(person_id=[person_id]), warehouse)


def nearest_buyers(stored: Warehouse, asked: ir.Table) -> ir.Table:
    """Return the ten buyers nearest to the one asked for."""
    people = stored.read(dm.CUSTOMERS)
    buyers = people.filter(people.is_buyer)
    placed = buyers.select(
        *SHOWN,
        *(buyers[name].name(f"text_{name}") for name in TEXTS),
        **{f"at_{name}": place_of(buyers[name], name in LOGARITHMIC) for name in names()},
    )
    spreads = placed.aggregate(
        **{f"spread_{name}": placed[f"at_{name}"].std(how="pop") for name in names()}
    )
    own = placed.semi_join(asked, "person_id").select(
        owner="person_id",
        **{f"own_{name}": placed[f"at_{name}"] for name in names()},
        **{f"own_text_{name}": placed[f"text_{name}"] for name in TEXTS},
    )
    beside = placed.cross_join(own).cross_join(spreads)
    squares = [
        ((beside[f"at_{name}"] - beside[f"own_{name}"]) / beside[f"spread_{name}"].nullif(0.0))
        .fill_null(0.0) ** 2
        for name in names()
    ]  # fmt: skip
    squares += [
        ibis.ifelse(beside[f"text_{name}"].identical_to(beside[f"own_text_{name}"]), 0.0, 1.0)
        for name in TEXTS
    ]
    others = beside.mutate(distance=reduce(add, squares).sqrt())
    others = others.filter(others.person_id != others.owner)
    return others.order_by("distance", "person_id").limit(MOST).select(*SHOWN, "distance")


def names() -> tuple[str, ...]:
    """Return the columns that are compared as numbers."""
    return (*LOGARITHMIC, *SHARES)


def place_of(column: ir.NumericColumn, is_logarithmic: bool) -> ir.Value:
    """Return where a number lies on the scale that it is compared on."""
    number = column.cast("float64").fill_null(0.0)
    return (ibis.greatest(number, 0.0) + 1.0).ln() if is_logarithmic else number
