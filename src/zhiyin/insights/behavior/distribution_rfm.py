"""The RFM matrix: buyers per score of recency and frequency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.insights.behavior.vocabulary import mapping, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEST = 5


def rfm_matrix(customers: ir.Table) -> ir.Table:
    """Return r, f, people, monetary (their net amount) and mean_m, of buyers.

    Parameters
    ----------
    customers : dm.customers, whose scores are quintiles: 5 bought last, most often, for most.
    """
    buyers = customers.filter(customers.r.notnull(), customers.f.notnull())
    return buyers.group_by(["r", "f"]).agg(
        people=buyers.count(),
        monetary=buyers.monetary.sum().cast("float64"),
        mean_m=buyers.m.mean(),
    )


def rfm_people(customers: ir.Table, point: Mapping[str, Any]) -> ir.Table:
    """Return person_id of the buyers behind {r, f}; without one of them, of all its scores."""
    body = mapping(point, "point", ("r", "f"))
    for name, score in body.items():
        wanted = whole(score, f"point.{name}", lowest=1, highest=BEST)
        customers = customers.filter(customers[name] == wanted)
    return customers.filter(customers.r.notnull()).select("person_id")
