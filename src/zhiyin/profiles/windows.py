"""Windows of time over facts, in milliseconds since 1970."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.profiles.conditions import Window, day_milliseconds

if TYPE_CHECKING:
    import ibis.expr.types as ir


def lies_in(window: Window, ts_ms: ir.IntegerValue, end: int) -> ir.Value:
    """Return whether instants lie in a window that ends at `end` (milliseconds since 1970)."""
    bounds = [ts_ms >= start for start in starts_of(window, end)]
    if window.before is not None:
        bounds.append(ts_ms < epoch_milliseconds(window.before))
    return reduce(and_, bounds) if bounds else ibis.literal(True)


def starts_of(window: Window, end: int) -> list[int]:
    """Return the instants that a window begins at or after."""
    starts = [] if window.within_days is None else [end - day_milliseconds(window.within_days)]
    return starts if window.after is None else [*starts, epoch_milliseconds(window.after)]
