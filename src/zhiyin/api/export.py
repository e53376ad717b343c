"""CSV for spreadsheets, personal data masked by role."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from fastapi.responses import StreamingResponse

from zhiyin.api.encoding import plain
from zhiyin.governance.api import mask_record
from zhiyin.ports.tables import TableSpec

BATCH = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_response(
    table: pa.Table, spec: TableSpec, role: str, *, file_name: str
) -> StreamingResponse:
    """Return the table as a CSV download in UTF-8 with the mark that spreadsheets look for."""
    return StreamingResponse(
        _lines(table, spec, role),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{file_name}"',
            "Cache-Control": "no-store",
        },
    )


def _lines(table: pa.Table, spec: TableSpec, role: str) -> Iterator[str]:
    yield "\ufeff" + _written([table.column_names])
    for batch in table.to_batches(BATCH):
        records = (mask_record(spec, row, role) for row in batch.to_pylist())
        yield _written([[_cell(value) for value in record.values()] for record in records])


def _written(lines: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """Return a value as it stands in a cell; text that a spreadsheet would run is kept as text."""
    value = plain(value)
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
