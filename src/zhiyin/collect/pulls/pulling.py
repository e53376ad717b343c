"""Pull the tables a recipe names in batches, each with its position in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import ibis
import msgspec
import numpy as np
import pyarrow as pa

from zhiyin.collect.duplicates import Repeats
from zhiyin.collect.given_files import GivenFile
from zhiyin.collect.intake import Balance, Intake, repeats_of
from zhiyin.collect.ledger import next_load_id
from zhiyin.collect.pulled_table import PulledTable
from zhiyin.collect.pulls import standing as ledger
from zhiyin.collect.pulls.cursors import (
    count_before,
    count_up_to,
    earlier,
    greater,
    latest_taken,
    overlap_of,
    value_of,
)
from zhiyin.collect.pulls.reading import (
    asked,
    check_columns,
    digests,
    first_of_each,
    name_of,
    pages,
    position_of,
)
from zhiyin.collect.pulls.report import PullReport, TableReport
from zhiyin.collect.recipe import Recipe, Source
from zhiyin.collect.reshaping import reshaped
from zhiyin.collect.staging import Chunk
from zhiyin.collect.target_rows import Load
from zhiyin.core.clock import Clock, naive_utc
from zhiyin.core.errors import Conflict, InvalidInput
from zhiyin.ports.databases import Database, Kind, LeftOut, Scan
from zhiyin.ports.warehouse import Warehouse

Progress = Callable[[str], None]
# Takes a connection's name (None for the only one) and returns its name and an open connection.
Connect = Callable[[str | None], tuple[str, Database]]


def pull_tables(
    recipe: Recipe,
    *,
    connect: Connect,
    warehouse: Warehouse,
    clock: Clock,
    connection: str | None = None,
    on_progress: Progress | None = None,
) -> PullReport:
    """Read the rows of a recipe's tables that are new or changed since the last pull.

    Every batch is judged like records of a file and stored together with its position, in one
    transaction: a pull that ends anywhere goes on from there, and takes no row twice. A changed
    row is taken again, as a new version. Rows whose cursor or key is null are counted and not
    taken; rows dated more than two days ahead wait until then.

    Parameters
    ----------
    connect
        Opens the connections; every one that it opened is closed at the end.
    connection
        Used in place of the connections that the recipe names.

    Raises
    ------
    InvalidInput
        If the recipe names no table, or a table lacks a column.
    Transient
        If a database went away; what was committed before stays.
    """
    started = clock.now()
    opened: dict[str, Database] = {}
    run = _Run(recipe, connect, warehouse, clock, connection, on_progress, opened)
    sources = [s for s in recipe.sources if s.pull is not None and s.target is not None]
    if not sources:
        raise InvalidInput(
            f"The recipe {recipe.name} names no table of a database; give a source the keys "
            "'table' (or 'query') and 'cursor'."
        )
    try:
        reports = tuple(run.source(source) for source in sources)
    finally:
        for database in opened.values():
            database.close()
    return PullReport(recipe.name, reports, (clock.now() - started).total_seconds())


@dataclass
class _Run:
    recipe: Recipe
    connect: Connect
    warehouse: Warehouse
    clock: Clock
    connection: str | None
    on_progress: Progress | None
    opened: dict[str, Database]

    def source(self, source: Source) -> TableReport:
        """Pull one source."""
        pulled = _pull_of(source)
        name, database = self._open(pulled)
        found = asked(self.recipe, source, pulled, database.columns(pulled.relation))
        kind = found.cursor.kind
        stands = ledger.standing(self.warehouse, self.recipe.name, source.name)
        if stands.cursor is not None and stands.kind != kind:
            raise Conflict(
                f"The cursor {found.cursor.name} of {name_of(source)} was of kind {stands.kind} "
                f"and is {kind} now, so its position means nothing any more; run `zhiyin pulls "
                f"reset {self.recipe.name} {source.name}` to read the table from its first row."
            )
        overlap = overlap_of(pulled, kind)
        start = None
        if stands.cursor is not None:
            # A wider overlap than before must not bring rows that nobody knows any more.
            start = greater(kind, earlier(kind, stands.cursor, overlap), stands.known_from)
        stop = latest_taken(kind, self.clock.now())
        scan = Scan(pulled.relation, found.cursor, found.key, start, stop)
        table = _Table(
            self, source, name, scan, overlap, self._lookups(source), stands, repeats_of(source)
        )
        for rows, is_last in pages(database, scan, pulled.batch_rows):
            table.take(rows, database.left_out(scan) if is_last else None)
        return table.report

    def _open(self, pulled: PulledTable) -> tuple[str, Database]:
        wanted = self.connection or pulled.connection
        if wanted is not None and wanted in self.opened:
            return wanted, self.opened[wanted]
        name, database = self.connect(wanted)
        if name in self.opened:
            database.close()
            return name, self.opened[name]
        self.opened[name] = database
        return name, database

    def _lookups(self, source: Source) -> Mapping[str, ibis.Table]:
        tables = {}
        for join in source.joins:
            other = self.recipe.source(join.source)
            if other.pull is None:
                raise InvalidInput(
                    f"The table {name_of(source)} looks up {other.name}, which is a file; give "
                    f"{other.name} the key 'table' too, or join the two in a 'query'."
                )
            _, database = self._open(other.pull)
            texts = database.rows(other.pull.relation)
            check_columns(self.recipe, other, texts.column_names)
            columns = sorted(self.recipe.columns_looked_up(other.name))
            texts = texts.select(columns)
            tables[other.name] = ibis.memtable(first_of_each(texts, sorted(join.on.values())))
        return tables


@dataclass
class _Table:
    """One source on its way: `stands` moves with every batch."""

    run: _Run
    source: Source
    connection: str
    scan: Scan
    overlap: timedelta | int
    lookups: Mapping[str, ibis.Table]
    stands: ledger.Standing
    repeats: Repeats
    report: TableReport = field(init=False)
    known: set[str] = field(init=False)
    former: str | None = field(init=False)  # where the pull before this one ended
    judges: dict[tuple[str, ...], Callable[[pa.Table], pa.Table]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = f"{self.connection}:{name_of(self.source)}"
        self.report = TableReport(self.source.name, name, self.source.target or "")
        self.report.has_total = self.source.control_total is not None
        self.report.position = self.stands.cursor
        self.known = ledger.remembered(self.run.warehouse, self.run.recipe.name, self.source.name)
        self.former = self.stands.cursor

    def take(self, rows: pa.Table, left_out: LeftOut | None) -> None:
        """Commit one batch; `left_out` is given with the last."""
        started = self.run.clock.now()
        fresh = self._without_known(rows)
        repeated = rows.num_rows - fresh.num_rows
        balance, hits = Balance(), Counter[str]()
        with self.run.warehouse.transaction():
            self._check_alone()
            load = self._load(started)
            self._take_in(fresh, load, balance, hits)
            cursor, known_from = self._remember(
                rows, fresh, load.load_id, is_last=left_out is not None
            )
            row = self._row(load, balance, repeated, left_out)
            row |= self._position(rows, cursor) | {"known_from": known_from}
            row["seconds"] = (self.run.clock.now() - started).total_seconds()
            ledger.write_batch(self.run.warehouse, row)
        total = self.stands.rows + balance.read
        kind = self.scan.cursor.kind
        self.stands = ledger.Standing(load.load_id, cursor, known_from, kind, total)
        self.report.add(balance, repeated)
        self.report.rule_hits += hits
        self.report.position = cursor
        if left_out is not None:
            self.report.rows_without_cursor = left_out.without_place
            self.report.rows_ahead = left_out.beyond_stop
        if self.run.on_progress:
            self.run.on_progress(f"{self.report.table}: {self.report.rows_read:,} rows")

    def _load(self, at: datetime) -> Load:
        return Load(self.run.recipe, next_load_id(self.run.warehouse), naive_utc(at))

    def _check_alone(self) -> None:
        now = ledger.standing(self.run.warehouse, self.run.recipe.name, self.source.name)
        if now.load_id != self.stands.load_id:
            raise Conflict(
                f"Another pull of {self.report.table} is under way; wait until it has finished."
            )

    def _without_known(self, rows: pa.Table) -> pa.Table:
        """Leave out rows of the overlap that were taken before, just as they are now."""
        if self.former is None or not self.known or not rows.num_rows:
            return rows
        kind, cursor = self.scan.cursor.kind, rows[self.scan.cursor.name].to_pylist()
        old = count_up_to(kind, cursor, self.former)
        marks = digests(rows.slice(0, old), self.source, self.scan)
        is_new = np.array([mark not in self.known for mark in marks], dtype=bool)
        kept = np.concatenate([np.flatnonzero(is_new), np.arange(old, rows.num_rows)])
        return rows.take(pa.array(kept, pa.int64())) if len(kept) < rows.num_rows else rows

    def _take_in(self, rows: pa.Table, load: Load, balance: Balance, hits: Counter[str]) -> None:
        if not rows.num_rows:
            return
        first = self.stands.rows + 1
        lines = pa.array(np.arange(first, first + rows.num_rows))
        chunk = Chunk(rows, lines, np.zeros(rows.num_rows, dtype=np.int32))
        origin = self.report.table
        given = [GivenFile(Path(origin), origin, self.source.name, "", 0)]
        intake = Intake(
            self.source,
            given,
            load,
            self.run.warehouse,
            self.lookups,
            self.repeats,
            [balance],
            hits,
            judges=self.judges,
        )
        for piece in reshaped(iter([chunk]), self.source, given):
            intake.take(piece)
        if not balance.is_even:
            raise Conflict(
                f"{origin} does not balance: {balance.read} rows read, {balance.kept} kept, "
                f"{sum(balance.quarantined.values())} set aside; this batch was not taken: report "
                "it with the recipe."
            )

    def _remember(
        self, rows: pa.Table, fresh: pa.Table, load_id: int, *, is_last: bool
    ) -> tuple[str | None, str | None]:
        """Note which rows the next pull will meet again.

        Returns the greatest cursor value, and the value from which on taken rows are known.
        """
        recipe, source, kind = self.run.recipe.name, self.source.name, self.scan.cursor.kind
        cursor = self._greatest(rows)
        if cursor is None:
            return None, None
        border = greater(kind, earlier(kind, cursor, self.overlap), self.stands.known_from)
        if fresh.num_rows:
            values = fresh[self.scan.cursor.name].to_pylist()
            late = fresh.slice(count_before(kind, values, border))
            marks = digests(late, self.source, self.scan)
            ledger.remember(self.run.warehouse, recipe, source, load_id=load_id, digests=marks)
        if is_last:
            self._forget(border, load_id)
        return cursor, border

    def _forget(self, border: str, load_id: int) -> None:
        """Drop notes of loads that ended before the border."""
        recipe, source, kind = self.run.recipe.name, self.source.name, self.scan.cursor.kind
        ends = ledger.ends_of_loads(self.run.warehouse, recipe, source)
        if kind is Kind.TEXT:
            needed = [load for load, end in ends if end == border]
        else:
            limit = value_of(kind, border)
            needed = [load for load, end in ends if value_of(kind, end) >= limit]
        oldest = min([*needed, load_id])
        ledger.forget(self.run.warehouse, recipe, source, before_load=oldest)

    def _greatest(self, rows: pa.Table) -> str | None:
        """Return the greatest cursor value of this pull and all before."""
        stands = self.stands.cursor
        if not rows.num_rows:
            return stands
        last = position_of(self.scan, rows).cursor
        return greater(self.scan.cursor.kind, last, stands)

    def _position(self, rows: pa.Table, cursor: str | None) -> dict[str, str | None]:
        key = position_of(self.scan, rows).key if rows.num_rows else ()
        return {"cursor_value": cursor, "key_value": msgspec.json.encode(key).decode()}

    def _row(
        self, load: Load, balance: Balance, repeated: int, left_out: LeftOut | None
    ) -> dict[str, object]:
        totals = (balance.total_read, balance.total_kept, balance.total_quarantined)
        read, kept, aside = totals if self.report.has_total else (None, None, None)
        return {
            "load_id": load.load_id,
            "connection": self.connection,
            "relation": name_of(self.source),
            "recipe": self.run.recipe.name,
            "source_name": self.source.name,
            "target": self.source.target,
            "cursor_column": self.scan.cursor.name,
            "cursor_kind": str(self.scan.cursor.kind),
            "rows_read": balance.read,
            "rows_kept": balance.kept,
            "rows_quarantined": sum(balance.quarantined.values()),
            "rows_repeated": repeated,
            "rows_without_cursor": left_out.without_place if left_out else None,
            "rows_ahead": left_out.beyond_stop if left_out else None,
            "total_read": read,
            "total_kept": kept,
            "total_quarantined": aside,
            "state": "done" if left_out else "running",
            "pulled_at": load.at,
        }


def _pull_of(source: Source) -> PulledTable:
    if source.pull is None:
        raise InvalidInput(f"The source {source.name} reads files and cannot be pulled.")
    return source.pull
