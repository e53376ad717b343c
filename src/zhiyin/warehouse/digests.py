"""What a table holds, as a number: equal for equal rows in whatever order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from zhiyin.ports.functions import row_hash

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

HALF = 2**31


@dataclass(frozen=True)
class Content:
    """Rows, and the sum of their hashes in two halves, each modulo 2^31.

    Being sums, contents add up: those of its days to that of a table, and what a change took and
    brought to what is there afterwards. Hashes are the engine's, so contents of two engines, or of
    two releases of one, are never compared.
    """

    rows: int = 0
    high: int = 0
    low: int = 0

    def __add__(self, other: Content) -> Content:
        return Content(
            self.rows + other.rows, (self.high + other.high) % HALF, (self.low + other.low) % HALF
        )

    def __sub__(self, other: Content) -> Content:
        return Content(
            self.rows - other.rows, (self.high - other.high) % HALF, (self.low - other.low) % HALF
        )

    def __str__(self) -> str:
        return f"{self.rows}-{self.high:08x}{self.low:08x}"

    @classmethod
    def parse(cls, text: str) -> Content:
        """Return the content that `str` spelled."""
        rows, _, hashes = text.partition("-")
        return cls(int(rows), int(hashes[:8], 16), int(hashes[8:], 16))


def contents(
    warehouse: Warehouse, rows: ir.Table | pa.Table, *, day: str | None = None
) -> dict[date | None, Content]:
    """Return the content of each value of the column `day`; of everything under None without."""
    table = ibis.memtable(rows) if isinstance(rows, pa.Table) else rows
    hashed = table.select(
        part_date=table[day] if day else ibis.null("date"),
        hashed=row_hash(ibis.struct({name: table[name] for name in table.columns})),
    )
    # Halves, because the sum of whole hashes would not fit.
    summed = hashed.group_by("part_date").aggregate(
        rows=hashed.count(),
        high=(hashed.hashed >> 31).sum(),
        low=(hashed.hashed & (HALF - 1)).sum(),
    )
    return {
        row["part_date"]: Content(row["rows"], row["high"] % HALF, row["low"] % HALF)
        for row in warehouse.to_arrow(summed).to_pylist()
    }


def total(parts: Mapping[date | None, Content] | Iterable[Content]) -> Content:
    """Return what several contents are together."""
    found = parts.values() if isinstance(parts, Mapping) else parts
    return sum(found, Content())
