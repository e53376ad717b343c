"""The tables that conditions read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.profiles.conditions import Condition
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse


@dataclass(frozen=True)
class Sources:
    """The tables that conditions read, and the instant that `within_days` counts back from.

    `audiences` holds the trees of the audiences that others may name, `listed` the members
    (person_id, each once) of audiences that have no tree: uploads and snapshots.
    """

    customers: ir.Table
    tags: ir.Table
    scores: ir.Table
    events: ir.Table
    orders: ir.Table
    order_lines: ir.Table
    refunds: ir.Table
    person_of: ir.Table
    products: ir.Table
    as_of: datetime
    audiences: Mapping[str, Condition] = field(default_factory=dict)
    listed: Mapping[str, ir.Table] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        warehouse: Warehouse,
        as_of: datetime,
        audiences: Mapping[str, Condition] | None = None,
        listed: Mapping[str, ir.Table] | None = None,
    ) -> Sources:
        """Return the sources as a warehouse holds them."""
        return cls(
            *(warehouse.read(spec) for spec in SOURCE_SPECS),
            as_of=as_of,
            audiences=audiences or {},
            listed=listed or {},
        )


# In the order of the fields of `Sources`.
SOURCE_SPECS = (
    dm.CUSTOMERS, dm.TAGS, dm.SCORES, dw.EVENTS, dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, PERSON_OF,
    dw.PRODUCTS,
)  # fmt: skip
