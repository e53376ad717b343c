"""The typed ids that facts carry."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def visitor_id(user: ir.StringValue, device: ir.StringValue | None = None) -> ir.StringValue:
    """Return `user:…` if a user or customer number is known, else `anon:…`, else null.

    An empty id counts as none.
    """
    named = ibis.literal("user:") + user.nullif("")
    if device is None:
        return named
    return ibis.coalesce(named, ibis.literal("anon:") + device.nullif(""))  # pyright: ignore[reportReturnType]
