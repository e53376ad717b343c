"""What a pull did, in numbers that balance."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from zhiyin.collect.intake import Balance


@dataclass
class TableReport:
    """One table's balance: `rows_read == rows_kept + sum(rows_quarantined)`, and so for totals.

    `rows_repeated` are rows of the overlap that an earlier pull had taken and this one left alone.
    """

    source: str
    table: str
    target: str
    rows_read: int = 0
    rows_kept: int = 0
    rows_quarantined: Counter[str] = field(default_factory=Counter)
    rows_repeated: int = 0
    rows_without_cursor: int = 0
    rows_ahead: int = 0
    total_read: Decimal = Decimal(0)
    total_kept: Decimal = Decimal(0)
    total_quarantined: Decimal = Decimal(0)
    has_total: bool = False
    batches: int = 0
    position: str | None = None
    rule_hits: Counter[str] = field(default_factory=Counter)

    def add(self, balance: Balance, repeated: int) -> None:
        """Count a batch that was committed."""
        self.batches += 1
        self.rows_read += balance.read
        self.rows_kept += balance.kept
        self.rows_quarantined += balance.quarantined
        self.rows_repeated += repeated
        self.total_read += balance.total_read
        self.total_kept += balance.total_kept
        self.total_quarantined += balance.total_quarantined

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able values; totals are decimal texts."""
        told = {**vars(self), "rows_quarantined": dict(self.rows_quarantined)}
        told["rule_hits"] = dict(self.rule_hits)
        for name in ("total_read", "total_kept", "total_quarantined"):
            told[name] = _text(told[name]) if self.has_total else None
        del told["has_total"]
        return told


@dataclass(frozen=True)
class PullReport:
    """All tables of one recipe."""

    recipe: str
    tables: tuple[TableReport, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        quarantined: Counter[str] = Counter()
        for table in self.tables:
            quarantined += table.rows_quarantined
        return {
            "recipe": self.recipe,
            "rows_read": sum(table.rows_read for table in self.tables),
            "rows_kept": sum(table.rows_kept for table in self.tables),
            "rows_quarantined": dict(quarantined.most_common()),
            "rows_repeated": sum(table.rows_repeated for table in self.tables),
            "tables": [table.to_dict() for table in self.tables],
            "seconds": round(self.seconds, 3),
        }


def _text(total: Decimal) -> str:
    plain = format(total.normalize(), "f")
    return plain if len(plain.partition(".")[2]) >= 2 else format(total, ".2f")
