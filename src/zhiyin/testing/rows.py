"""Small tables for tests, written as the columns that matter."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from zhiyin.ports.tables import TableSpec

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the warehouse keeps UTC without an offset


def rows_of(spec: TableSpec, *rows: dict[str, Any]) -> pa.Table:
    """Return an Arrow table of the spec's schema.

    Columns that a row leaves out are null, or "", 0, False or 1970 where the spec wants a value.
    `ts_ms` left out follows the row's `event_time` if it has one, and `origin_line` counts the
    rows, so that rows of an ODS table stay apart.

    Raises
    ------
    KeyError
        If a row has a column that the spec does not promise.
    """
    schema = spec.schema().to_pyarrow()
    nullable = pa.schema([field.with_nullable(True) for field in schema])
    complete = [_complete(spec, row, line) for line, row in enumerate(rows, start=1)]
    return pa.Table.from_pylist(complete, schema=nullable)


def _complete(spec: TableSpec, row: dict[str, Any], line: int) -> dict[str, Any]:
    strangers = set(row) - set(spec.columns)
    if strangers:
        raise KeyError(f"{spec.name} promises no column {sorted(strangers)[0]!r}")
    full = {
        name: _nothing(column.type) if column.is_required else None
        for name, column in spec.columns.items()
    }
    if "origin_line" in full:
        full["origin_line"] = line
    if "ts_ms" in full and row.get("event_time"):
        full["ts_ms"] = (row["event_time"] - EPOCH) // (datetime.resolution * 1000)
    return {**full, **row}


def _nothing(kind: str) -> Any:
    defaults = {
        "string": "",
        "int64": 0,
        "float64": 0.0,
        "boolean": False,
        "date": date(1970, 1, 1),
        "timestamp(6)": EPOCH,
    }
    return defaults.get(kind.removeprefix("!"), Decimal(0))
