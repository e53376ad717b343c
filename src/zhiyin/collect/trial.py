"""Try a recipe on the first records of files, without touching what is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from zhiyin.collect.given_files import GivenFile, sort_files
from zhiyin.collect.imports import import_files
from zhiyin.collect.ledger import Earlier
from zhiyin.collect.origin_tables import ORIGIN
from zhiyin.collect.recipe import Recipe, Source
from zhiyin.collect.report import FileReport
from zhiyin.collect.tables import QUARANTINE, TARGETS
from zhiyin.core.clock import Clock
from zhiyin.ports.sources import Digests, FileFormat, FileSource, RawFile
from zhiyin.ports.warehouse import Warehouse

FIRST_RECORDS = 10_000
_SHOWN = 5


@dataclass(frozen=True)
class SourceTrial:
    """What a source's first records would become.

    `rows` are the first that would land, without columns that are null; `examples` are records that
    would be set aside, the first of each reason, each with its file, line and detail.
    """

    source: str
    target: str
    files: tuple[str, ...]
    read: int
    kept: int
    aside: dict[str, int]
    rows: tuple[dict[str, Any], ...]
    examples: tuple[dict[str, Any], ...]


def try_recipe(
    recipe: Recipe,
    paths: Sequence[Path],
    *,
    scratch: Warehouse,
    files: FileSource,
    clock: Clock,
    records: int = FIRST_RECORDS,
) -> list[SourceTrial]:
    """Return what would become of the first records of every file, source by source.

    Parameters
    ----------
    scratch
        An empty warehouse of no importance: it takes the rows.
    records
        So many of each file; files that others look up are read whole.

    Raises
    ------
    NotFound, InvalidInput
        As an import would.
    """
    found = sort_files(recipe, paths, earlier=Earlier(), files=files)
    whole = {join.source for source in recipe.sources for join in source.joins}
    limited = {file.path for file in found.new if file.source not in whole}
    head = _Head(files, records, frozenset(limited))
    report = import_files(recipe, paths, warehouse=scratch, files=head, clock=clock)
    trials = []
    for source in recipe.sources:
        reports = [file for file in report.files if file.source == source.name]
        if reports:
            given = [file for file in found.new if file.source == source.name]
            trials.append(_trial(source, reports, given, scratch))
    return trials


def _trial(
    source: Source, reports: Sequence[FileReport], given: Sequence[GivenFile], scratch: Warehouse
) -> SourceTrial:
    aside: dict[str, int] = {}
    for report in reports:
        for reason, count in report.rows_quarantined.items():
            aside[reason] = aside.get(reason, 0) + count
    names = [file.name for file in given]
    return SourceTrial(
        source.name,
        reports[0].target,
        tuple(report.name for report in reports),
        sum(report.rows_read for report in reports),
        sum(report.rows_kept for report in reports),
        aside,
        tuple(_landed(source, names, scratch)),
        tuple(_set_aside(source, names, scratch)),
    )


def _landed(source: Source, names: Sequence[str], scratch: Warehouse) -> Iterator[dict[str, Any]]:
    if source.target is None:
        return
    table = scratch.read(TARGETS[source.target])
    mine = table.filter(table.origin.re_split("#")[0].isin(names) | table.origin.isin(names))
    first = mine.order_by(["origin", "origin_line"]).limit(_SHOWN)
    for row in scratch.to_arrow(first).to_pylist():
        yield {
            name: value for name, value in row.items() if value is not None and name not in ORIGIN
        }


def _set_aside(source: Source, names: Sequence[str], scratch: Warehouse) -> list[dict[str, Any]]:
    table = scratch.read(QUARANTINE)
    mine = table.filter(table.target == (source.target or "lookup"))
    chosen = mine.select("reason", "detail", "origin", "origin_line", "record")
    rows = scratch.to_arrow(chosen.order_by(["origin", "origin_line"])).to_pylist()
    firsts: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["origin"] in names or row["origin"].split("#")[0] in names:
            firsts.setdefault(row["reason"], row)
    return list(firsts.values())


@dataclass(frozen=True)
class _Head:
    """A file source that ends some files after their first records."""

    files: FileSource
    records: int
    limited: frozenset[Path]

    def members(self, path: Path) -> list[Path]:
        """Return the files that a path stands for."""
        return self.files.members(path)

    def digests(self, path: Path) -> Digests:
        """Return what tells the file from others."""
        return self.files.digests(path)

    def open(self, path: Path, file_format: FileFormat) -> RawFile:
        """Open the file; of one that is limited only the first records come."""
        raw = self.files.open(path, file_format)
        if path not in self.limited:
            return raw
        return replace(raw, batches=self._first(raw.batches), bad_lines=raw.bad_lines)

    def _first(self, batches: Iterator[pa.Table]) -> Iterator[pa.Table]:
        left = self.records
        for batch in batches:
            yield batch.slice(0, left)
            left -= batch.num_rows
            if left <= 0:
                return
