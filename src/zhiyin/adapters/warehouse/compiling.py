"""Expressions made into SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.operations as ops

if TYPE_CHECKING:
    import ibis.expr.types as ir

# From so many selects upon selects on, Ibis takes longer to fuse them than to write them.
DEEP = 12


def is_deep(expr: ir.Table) -> bool:
    """Return whether the expression has more selects upon selects than are fused in good time."""
    return len(expr.op().find(ops.Project)) >= DEEP


def sql_of(backend: ibis.BaseBackend, expr: ir.Table) -> str:
    """Return an expression's SQL in the backend's dialect.

    Ibis fuses selects as long as the SQL does not become longer, and to find that out it rewrites
    what they hold again and again; the engine fuses them in no time. The option is one of the whole
    process: a thread that compiles meanwhile may get either SQL, and both mean the same.
    """
    if not is_deep(expr):
        return str(backend.compile(expr))
    ibis.options.sql.fuse_selects = False
    try:
        return str(backend.compile(expr))
    finally:
        ibis.options.sql.fuse_selects = True
