"""Which events are customers' own."""

from __future__ import annotations

import ibis.expr.types as ir

CUSTOMER = "customer"


def by_customers(events: ir.Table) -> ir.BooleanValue:
    """Return where neither a machine nor one of our own people did it.

    Events of files and of earlier releases name no traffic; they are customers'.
    """
    return events.traffic.fill_null(CUSTOMER) == CUSTOMER  # pyright: ignore[reportReturnType]
