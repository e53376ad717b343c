"""All builds of the warehouse."""

from __future__ import annotations

from zhiyin.warehouse import (
    campaigns,
    costs,
    customers,
    events,
    orders,
    products,
    refunds,
    sessions,
    touches,
)
from zhiyin.warehouse.builds import TableBuild


def builds() -> tuple[TableBuild, ...]:
    """Return the builds of all DW facts and dimensions."""
    return (
        customers.BUILD,
        products.BUILD,
        orders.LINES_BUILD,
        orders.ORDERS_BUILD,
        refunds.BUILD,
        events.BUILD,
        sessions.BUILD,
        campaigns.BUILD,
        touches.BUILD,
        costs.BUILD,
    )
