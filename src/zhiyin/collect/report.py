"""What an import did, in numbers that balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class FileReport:
    """One file's balance: `rows_read == rows_kept + sum(rows_quarantined)`, and so for totals.

    Totals are the recipe's control total (such as quantity × price) in the file's currency;
    None where the source declares none.
    """

    name: str
    source: str
    target: str
    sha256: str
    bytes: int
    encoding: str
    rows_read: int
    rows_kept: int
    rows_quarantined: Mapping[str, int]
    total_read: Decimal | None = None
    total_kept: Decimal | None = None
    total_quarantined: Decimal | None = None
    content_sha256: str = ""  # of the bytes unpacked
    has_replaced: bool = False  # its rows took the place of an earlier import's of this name


@dataclass(frozen=True)
class SkippedFile:
    """A file that was not read.

    Reasons: `already_imported` (the same content through the same recipe, also if it was packed
    in another way), `changed` (found in a folder; imported before under this name with other
    content), `same_content` (given twice in this import), `other_format` (the same table was also
    given in a preferred format), `not_in_recipe` (found in a folder; no source of the recipe knows
    it).
    """

    name: str
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class ImportReport:
    """One import's balance. Without a `load_id` nothing was new and nothing changed.

    `rule_hits` counts, per source and rule, the records read for which the rule's condition held,
    whatever became of them afterwards.
    """

    recipe: str
    load_id: int | None
    files: tuple[FileReport, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()
    rule_hits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def rows_read(self) -> int:
        return sum(file.rows_read for file in self.files)

    @property
    def rows_kept(self) -> int:
        return sum(file.rows_kept for file in self.files)

    @property
    def rows_quarantined(self) -> dict[str, int]:
        """Rows set aside by reason, most frequent first."""
        counts: Counter[str] = Counter()
        for file in self.files:
            counts.update(file.rows_quarantined)
        return dict(counts.most_common())

    @property
    def total_read(self) -> Decimal | None:
        return _sum(file.total_read for file in self.files)

    @property
    def total_kept(self) -> Decimal | None:
        return _sum(file.total_kept for file in self.files)

    @property
    def total_quarantined(self) -> Decimal | None:
        return _sum(file.total_quarantined for file in self.files)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able values; totals are decimal texts."""
        return {
            "recipe": self.recipe,
            "load_id": self.load_id,
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "rows_quarantined": self.rows_quarantined,
            "total_read": _text(self.total_read),
            "total_kept": _text(self.total_kept),
            "total_quarantined": _text(self.total_quarantined),
            "rule_hits": {source: dict(hits) for source, hits in self.rule_hits.items()},
            "files": [_file_dict(file) for file in self.files],
            "skipped": [vars(skipped) for skipped in self.skipped],
            "seconds": round(self.seconds, 3),
        }


def _file_dict(file: FileReport) -> dict[str, Any]:
    totals = ("total_read", "total_kept", "total_quarantined")
    return {
        **vars(file),
        "rows_quarantined": dict(file.rows_quarantined),
        **{name: _text(getattr(file, name)) for name in totals},
    }


def _sum(totals: Any) -> Decimal | None:
    known = [total for total in totals if total is not None]
    return sum(known, Decimal(0)) if known else None


def _text(total: Decimal | None) -> str | None:
    """Write a total with two decimals, or more where it has more."""
    if total is None:
        return None
    plain = format(total.normalize(), "f")
    places = len(plain.partition(".")[2])
    return plain if places >= 2 else format(total, ".2f")
