"""Rows of several tables, one under the other."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def stacked(types: Mapping[str, str], *parts: ir.Table) -> ir.Table:
    """Return all rows of the parts, with the columns of `types` in their order.

    Ibis unites only tables whose schemas are equal down to nullability, hence the casts.
    """
    casts = [
        part.select({name: part[name].cast(kind) for name, kind in types.items()}) for part in parts
    ]
    return reduce(ibis.union, casts)
