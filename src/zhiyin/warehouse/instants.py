"""Arithmetic on instants that gives the same number on every engine."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def milliseconds(instant: ir.TimestampValue) -> ir.IntegerValue:
    """Return whole milliseconds since 1970 UTC.

    Through microseconds, because coarser differences count boundaries on DuckDB and elapsed units
    on Spark.
    """
    epoch = ibis.timestamp("1970-01-01 00:00:00")
    return (instant.delta(epoch, unit="microsecond") // 1000).cast("int64")
