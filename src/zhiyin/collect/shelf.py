"""Rows that wait until there are enough of them to be written well."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How, Warehouse

# Two of DuckDB's row groups, one per core. What is left of a write over whole row groups is
# compressed once more at the end: writes of 240,000 rows take 1.5 times as long per row.
WRITE_ROWS = 245_760


@dataclass
class Shelf:
    """Appends rows to one table in multiples of `WRITE_ROWS`; `finish` writes the rest."""

    spec: TableSpec
    warehouse: Warehouse
    waiting: list[pa.Table] = field(default_factory=list)
    count: int = 0

    def put(self, rows: pa.Table) -> None:
        """Take rows in; they may be written now or later."""
        if not rows.num_rows:
            return
        self.waiting.append(rows)
        self.count += rows.num_rows
        if self.count >= WRITE_ROWS:
            self._write(self.count - self.count % WRITE_ROWS)

    def finish(self) -> None:
        """Write whatever still waits."""
        if self.count:
            self._write(self.count)

    def _write(self, count: int) -> None:
        # Combined, so that the engine gets row groups and not the seams of the chunks.
        rows = pa.concat_tables(self.waiting).combine_chunks()
        self.waiting = [rows.slice(count)] if count < self.count else []
        self.count -= count
        self.warehouse.write(self.spec, rows.slice(0, count), How.APPEND)
