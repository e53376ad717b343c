"""Arrow tables lent to DuckDB for the time of one query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

# DuckDB's row group. It reads a batch on one thread, and a single great batch on one thread only;
# appending 541,909 rows in one batch takes twice the time that batches of this size take.
BATCH_ROWS = 122_880


class LentTable:
    """An Arrow table that can be taken back.

    DuckDB keeps what was registered inside a transaction until the transaction ends, also after
    `unregister`. A long import would hold every chunk it ever wrote; so DuckDB gets this shell,
    which is emptied after the query.
    """

    def __init__(self, table: pa.Table) -> None:
        self._table: pa.Table | None = table

    def take_back(self) -> None:
        """Let go of the table; nobody may read it through the shell any more."""
        self._table = None

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        lent = self._lent()
        batches = lent.to_batches(max_chunksize=BATCH_ROWS)
        reader = pa.RecordBatchReader.from_batches(lent.schema, batches)
        return reader.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> Any:
        return self._lent().schema.__arrow_c_schema__()

    def _lent(self) -> pa.Table:
        if self._table is None:
            raise RuntimeError("a lent table was read after its query")
        return self._table


@contextmanager
def lending(cursor: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> Iterator[None]:
    """Let the cursor know Arrow tables by name, for the time of a query."""
    lent = {name: LentTable(table) for name, table in tables.items()}
    try:
        for name, table in lent.items():
            cursor.register(name, table)
        yield
    finally:
        for name, table in lent.items():
            cursor.unregister(name)
            table.take_back()
