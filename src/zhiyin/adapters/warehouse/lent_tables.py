"""Arrow tables lent to DuckDB for the time of one query."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


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
        return self._lent().__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> Any:
        return self._lent().schema.__arrow_c_schema__()

    def _lent(self) -> pa.Table:
        if self._table is None:
            raise RuntimeError("a lent table was read after its query")
        return self._table
