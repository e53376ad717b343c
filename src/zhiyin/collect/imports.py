"""Import files through a recipe: all of it or nothing, and every record accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa

from zhiyin.collect.given_files import GivenFile, Sorted, sort_files
from zhiyin.collect.intake import Balance, Intake, repeats_of
from zhiyin.collect.ledger import Earlier, earlier_imports, forget_files, next_load_id
from zhiyin.collect.progress import Meter, Progress
from zhiyin.collect.recipe import Recipe, Source
from zhiyin.collect.report import FileReport, ImportReport
from zhiyin.collect.reshaping import reshaped
from zhiyin.collect.staging import CHUNK_ROWS, Reader, lookup_table, read_ahead
from zhiyin.collect.tables import IMPORTS, QUARANTINE, TARGETS
from zhiyin.collect.target_rows import Load, bad_line_rows, in_order
from zhiyin.core.clock import Clock, naive_utc
from zhiyin.core.errors import Conflict, InvalidInput
from zhiyin.ports.sources import FileSource
from zhiyin.ports.warehouse import How, Warehouse

LOOKUP = "lookup"


def import_files(
    recipe: Recipe,
    paths: Sequence[Path],
    *,
    warehouse: Warehouse,
    files: FileSource,
    clock: Clock,
    force: bool = False,
    replace: bool = False,
    on_progress: Progress | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> ImportReport:
    """Read files into ODS tables, the ledger and the quarantine, in one transaction.

    A file that was imported through this recipe before (same content) is skipped and nothing of
    it changes; `force` imports it again. With `replace` a file of a known name but with other
    content takes the place of the rows that it brought before. Rows read equal rows kept plus
    rows quarantined, per file.

    Parameters
    ----------
    recipe, paths
        The recipe, and files or folders.
    on_progress
        Called with a file's name when its reading begins and while it goes on; the name is a
        `Step`, which has figures.
    chunk_rows
        Records judged at once; bounds the memory.

    Raises
    ------
    NotFound, InvalidInput
        For a missing file, an unknown one, a wrong encoding, a column that the file lacks. The
        warehouse is then as it was.
    """
    started = clock.now()
    with warehouse.transaction():
        earlier = Earlier()
        if not force:
            earlier = earlier_imports(warehouse, recipe.name, may_replace=replace)
        found = sort_files(recipe, paths, earlier=earlier, files=files)
        if not found.new:
            return ImportReport(recipe.name, None, skipped=tuple(found.skipped))
        load = Load(recipe, next_load_id(warehouse), naive_utc(started))
        meter = Meter(on_progress, len(found.new))
        run = _Run(load, found, warehouse, files, meter, chunk_rows)
        reports = [report for source in recipe.sources for report in run.source(source)]
        seconds = (clock.now() - started).total_seconds()
        warehouse.write(IMPORTS, _ledger_rows(reports, load, seconds), How.APPEND)
    return ImportReport(
        recipe.name,
        load.load_id,
        files=tuple(reports),
        skipped=tuple(found.skipped),
        rule_hits={name: dict(hits) for name, hits in run.hits.items()},
        seconds=(clock.now() - started).total_seconds(),
    )


@dataclass
class _Run:
    load: Load
    found: Sorted
    warehouse: Warehouse
    files: FileSource
    meter: Meter
    chunk_rows: int
    hits: dict[str, Counter[str]] = field(default_factory=dict)

    def source(self, source: Source) -> list[FileReport]:
        """Import the new files of one source."""
        given = [file for file in self.found.new if file.source == source.name]
        if not given:
            return []
        reader = Reader(self.load.recipe, source, given, self.files, self.chunk_rows, self.meter)
        balances = [Balance() for _ in given]
        if source.target is None:
            self._count_lookups(reader, balances)
        else:
            self._forget_replaced(source)
            self._import(source, reader, balances)
        self._set_bad_lines_aside(source, reader, balances)
        return [
            _file_report(
                file,
                source,
                reader.encodings[place],
                balances[place],
                has_replaced=file in self.found.replaced,
            )
            for place, file in enumerate(given)
        ]

    def _forget_replaced(self, source: Source) -> None:
        names = [file.name for file in self.found.replaced if file.source == source.name]
        if names:
            spec = TARGETS[source.target or ""]
            forget_files(self.warehouse, self.load.recipe.name, spec, names)

    def _count_lookups(self, reader: Reader, balances: list[Balance]) -> None:
        for chunk in reader.chunks():
            for place, rows in enumerate(np.bincount(chunk.files, minlength=len(balances))):
                balances[place].read += int(rows)
                balances[place].kept += int(rows)

    def _import(self, source: Source, reader: Reader, balances: list[Balance]) -> None:
        intake = Intake(
            source,
            reader.given,
            self.load,
            self.warehouse,
            self._lookups(source),
            repeats_of(source),
            balances,
            self.hits.setdefault(source.name, Counter()),
        )
        chunks = read_ahead(reshaped(reader.chunks(), source, reader.given))
        # One chunk is read, the one before it judged and the one before that stored, all at once.
        for chunk, judged in read_ahead((chunk, intake.judge(chunk)) for chunk in chunks):
            intake.store(chunk, judged)
            del chunk, judged
        intake.finish()

    def _set_bad_lines_aside(self, source: Source, reader: Reader, balances: list[Balance]) -> None:
        if not reader.bad_lines:
            return
        rows = bad_line_rows(reader.bad_lines, source, reader.given, self.load)
        self.warehouse.write(QUARANTINE, rows, How.APPEND)
        for place, bad in reader.bad_lines:
            balances[place].read += 1
            balances[place].quarantined[bad.reason] += 1

    def _lookups(self, source: Source) -> Mapping[str, ibis.Table]:
        tables = {}
        for join in source.joins:
            other = self.load.recipe.source(join.source)
            given = [f for f in (*self.found.new, *self.found.known) if f.source == other.name]
            if not given:
                raise InvalidInput(
                    f"The source {source.name} looks up {other.name}, but no such file was given; "
                    f"name a file like {', '.join(other.files)} too."
                )
            texts = lookup_table(self.load.recipe, other, given, self.files)
            tables[other.name] = ibis.memtable(texts)
        return tables


def _file_report(
    file: GivenFile, source: Source, encoding: str, balance: Balance, *, has_replaced: bool
) -> FileReport:
    aside = sum(balance.quarantined.values())
    if not balance.is_even:
        raise Conflict(
            f"{file.name} does not balance: {balance.read} records read, {balance.kept} kept, "
            f"{aside} set aside; nothing was imported: report this with the recipe."
        )
    has_total = source.control_total is not None
    return FileReport(
        name=file.name,
        source=source.name,
        target=source.target or LOOKUP,
        sha256=file.sha256,
        bytes=file.bytes,
        encoding=encoding,
        rows_read=balance.read,
        rows_kept=balance.kept,
        rows_quarantined=dict(balance.quarantined.most_common()),
        total_read=balance.total_read if has_total else None,
        total_kept=balance.total_kept if has_total else None,
        total_quarantined=balance.total_quarantined if has_total else None,
        content_sha256=file.content_sha256,
        has_replaced=has_replaced,
    )


def _ledger_rows(reports: Sequence[FileReport], load: Load, seconds: float) -> pa.Table:
    rows = [
        {
            "load_id": load.load_id,
            "recipe": load.recipe.name,
            "source_name": report.source,
            "target": report.target,
            "file_name": report.name,
            "file_sha256": report.sha256,
            "content_sha256": report.content_sha256,
            "file_bytes": report.bytes,
            "encoding": report.encoding,
            "rows_read": report.rows_read,
            "rows_kept": report.rows_kept,
            "rows_quarantined": sum(report.rows_quarantined.values()),
            "total_read": report.total_read,
            "total_kept": report.total_kept,
            "total_quarantined": report.total_quarantined,
            "imported_at": load.at,
            "seconds": seconds,
        }
        for report in reports
    ]
    schema = IMPORTS.schema().to_pyarrow()
    columns = {
        field.name: pa.array([row[field.name] for row in rows], field.type) for field in schema
    }
    return in_order(columns, IMPORTS, len(rows))
