"""The runner: brings tables up to date, inputs first, each published whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from zhiyin.core.clock import Clock, naive_utc
from zhiyin.core.errors import ZhiyinError
from zhiyin.core.windows import Window
from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How, Warehouse
from zhiyin.warehouse.book import Book, Entry, spelled
from zhiyin.warehouse.build_keys import BuildKey, build_key
from zhiyin.warehouse.builds import BuildContext, BuildReport, Exchange, Gate, Objection, TableBuild
from zhiyin.warehouse.digests import Content, contents, total
from zhiyin.warehouse.lineage import LineageEdge, column_lineage
from zhiyin.warehouse.ordering import in_order
from zhiyin.warehouse.pieces import Delta, PieceWork, standing
from zhiyin.warehouse.tables import COLUMN_LINEAGE

if TYPE_CHECKING:
    import ibis.expr.types as ir


class HeldBack(Exception):
    """Leaves the transaction of a table that the gate refuses."""

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__(*(objection.sentence for objection in objections))
        self.objections = tuple(objections)


def run_builds(
    builds: Sequence[TableBuild],
    warehouse: Warehouse,
    *,
    context: BuildContext,
    clock: Clock,
    run_id: str,
    window: Window | None = None,
    anew: bool = False,
    gate: Gate | None = None,
    on_start: Callable[[TableBuild], None] | None = None,
    on_progress: Callable[[BuildReport], None] | None = None,
) -> list[BuildReport]:
    """Bring every table up to date, inputs first, and report what was done.

    A table whose build key is that of its published version is left alone. Each other table is
    published together with its row in `dw.builds` and its edges in `dw.column_lineage`, so a run
    cut off in its middle leaves complete tables, and the next run goes on where it stopped.

    Parameters
    ----------
    window
        Compute only these days of tables that have days, whether or not anything changed; a day
        that the window touches is computed whole, and replaced also where it has become empty.
        Other tables are brought up to date as usual.
    anew
        Compute every table from all of its inputs, whatever is published.
    gate
        Looks at every table that was computed. A table that it objects to is not published: its
        last version stays readable, tables that read it go on from that one, and the next run
        computes it again.

    Raises
    ------
    InvalidInput
        If two builds make one table, or builds need each other's results.
    ZhiyinError
        What a build or the warehouse raised, with the table's name in front.
    """
    ordered = in_order(builds)
    runner = Runner(
        warehouse, context=context, clock=clock, run_id=run_id, window=window, gate=gate
    )
    runner.book.open({spec.name: spec for spec in _read_or_made(ordered)}.values())
    reports = []
    for build in ordered:
        if on_start:
            on_start(build)
        try:
            report = runner.bring_up_to_date(build, anew=anew)
        except ZhiyinError as error:
            raise type(error)(f"Building {build.spec.name} failed: {error}") from error
        except Exception as error:
            error.add_note(f"while building {build.spec.name}")
            raise
        reports.append(report)
        if on_progress:
            on_progress(report)
    runner.book.close()
    return reports


def _read_or_made(builds: Iterable[TableBuild]) -> Iterable[TableSpec]:
    for build in builds:
        yield build.spec
        yield from build.inputs


@dataclass(frozen=True)
class Made:
    """What computing a table came to, before it is published."""

    outcome: str
    content: Content
    rows_changed: int | None = None
    delta: tuple[pa.Table, pa.Table] | None = None


@dataclass(frozen=True)
class Task:
    """One table that is due: the key it will have, and what is on record of it."""

    build: TableBuild
    key: BuildKey
    entry: Entry
    tokens: Mapping[str, str]
    began: float

    @property
    def spec(self) -> TableSpec:
        """The table's promise."""
        return self.build.spec

    @property
    def only_inputs_changed(self) -> bool:
        """Whether the published version is the work of this very code over all of its inputs."""
        return any(key.code == self.key.code and not key.is_of_days for key in self.entry.keys)


class Runner:
    """One run over one warehouse."""

    def __init__(
        self,
        warehouse: Warehouse,
        *,
        context: BuildContext,
        clock: Clock,
        run_id: str,
        window: Window | None = None,
        gate: Gate | None = None,
    ) -> None:
        self.warehouse = warehouse
        self.context = replace(context, built_at=naive_utc(clock.now()), run_id=run_id)
        self.clock = clock
        self.window = window
        self.gate = gate
        self.book = Book(warehouse, run_id)
        self.deltas: dict[str, Delta] = {}
        self.edges: dict[str, list[LineageEdge]] | None = None

    def bring_up_to_date(self, build: TableBuild, *, anew: bool) -> BuildReport:
        """Compute the table, or the part of it that is due, and record it."""
        began = time.perf_counter()
        tokens = {spec.name: self.book.token(spec) for spec in build.inputs}
        key = build_key(build, list(tokens.values()), self.context)
        task = Task(build, key, self.book.entry(build.spec), tokens, began)
        windowed = self.window is not None and build.spec.partition_by is not None and not anew
        if key in task.entry.keys and not windowed and not anew:
            return self._leave(task)
        if windowed and key not in task.entry.keys:
            # A part made by newer code does not make the whole table new.
            task = replace(task, key=key.of_days())
        before = self.book.token(build.spec)
        try:
            with self.warehouse.transaction():
                made = self._publish(task, windowed=windowed, anew=anew)
                if made.outcome != "unchanged":
                    self._check(build.spec)
                self._record(task, made)
        except HeldBack as held:
            self.edges = None
            return self._hold_back(task, held.objections)
        return self._published(task, made, before)

    def _leave(self, task: Task) -> BuildReport:
        rows = self.book.rows(task.spec)
        row = self._row(task, "unchanged", rows, task.entry.content)
        self.book.write_later(row)
        return BuildReport(task.spec.name, "unchanged", rows, row["seconds"])

    def _publish(self, task: Task, *, windowed: bool, anew: bool) -> Made:
        if task.build.is_ledger:
            return self._publish_entries(task)
        if windowed:
            return self._publish_days(task)
        grows = task.only_inputs_changed and task.entry.content is not None and not anew
        if task.build.pieces is not None and self._is_large(task.build):
            return self._publish_pieces(task, may_be_few=grows)
        if task.build.additions is not None and grows:
            return self._publish_additions(task)
        return self._publish_whole(task)

    def _published(self, task: Task, made: Made, before: str) -> BuildReport:
        """Take over what is true now that the transaction has ended well."""
        version = self.warehouse.version(task.spec) or ""
        self.book.note((task.spec.name, version), task.key, made.content)
        self.deltas.pop(task.spec.name, None)
        if made.delta is not None:
            after = self.book.token(task.spec)
            self.deltas[task.spec.name] = Delta(before, after, *made.delta)
        seconds = time.perf_counter() - task.began
        return BuildReport(
            task.spec.name,
            made.outcome,
            made.content.rows,
            seconds,
            rows_changed=made.rows_changed,
        )

    def _check(self, spec: TableSpec) -> None:
        if self.gate is None:
            return
        found = self.gate(spec, self.warehouse.read(spec), context=self.context)
        if found:
            raise HeldBack(found)

    def _hold_back(self, task: Task, objections: tuple[Objection, ...]) -> BuildReport:
        """Put on record that the version before stays, under no key: it is due again."""
        rows = self.book.rows(task.spec)
        held = replace(task, key=BuildKey("", ""))
        row = self._row(held, "held_back", rows, task.entry.content)
        detail = " ".join(objection.sentence for objection in objections)
        self.book.write({**row, "detail": detail})
        return BuildReport(task.spec.name, "held_back", rows, row["seconds"], objections)

    def _tables(self, build: TableBuild) -> list[ir.Table]:
        return [self.warehouse.read(spec) for spec in build.inputs]

    def _is_large(self, build: TableBuild) -> bool:
        assert build.pieces is not None
        return any(self.book.rows(spec) >= build.pieces.from_rows for spec in build.inputs)

    def _publish_whole(self, task: Task) -> Made:
        build = task.build
        expr = build.build(*self._tables(build), context=self.context)
        self.warehouse.write(build.spec, expr)
        self._publish_lineage(build, expr)
        return Made("built", self._read_content(build.spec))

    def _publish_additions(self, task: Task) -> Made:
        build = task.build
        assert build.additions is not None
        already = self.warehouse.read(build.spec)
        found = build.additions(already, *self._tables(build), context=self.context)
        if isinstance(found, Exchange):
            return self._exchange_rows(task, found, "grown")
        written = self.warehouse.write(build.spec, found, build.grows_by)
        return Made("grown", self._read_content(build.spec), written.rows)

    def _publish_entries(self, task: Task) -> Made:
        build = task.build
        already = self.warehouse.read(build.spec)
        expr = build.build(already, *self._tables(build), context=self.context)
        written = self.warehouse.write(build.spec, expr, How.APPEND)
        self._publish_lineage(build, expr)
        outcome = "grown" if task.entry.keys else "built"
        return Made(outcome, self._read_content(build.spec), written.rows)

    def _publish_days(self, task: Task) -> Made:
        """Replace the days of the window by what they are computed to be, empty ones too."""
        spec, window = task.spec, self.window
        assert window is not None
        first = window.start.date()
        last = (window.end - timedelta(microseconds=1)).date()

        def inside(rows: ir.Table) -> ir.Table:
            return rows.filter(rows[spec.partition_by].between(first, last))

        expr = task.build.build(*self._tables(task.build), context=self.context)
        there = inside(self.warehouse.read(spec)).select(spec.partition_by).distinct()
        self.warehouse.write(spec, inside(expr), How.EXCHANGE, replacing=there)
        self._publish_lineage(task.build, expr)
        return Made("parts", self._read_content(spec))

    def _publish_pieces(self, task: Task, *, may_be_few: bool) -> Made:
        """Publish the pieces that are due; the whole table if those cannot be told or are many."""
        build = task.build
        assert build.pieces is not None
        work = PieceWork(self.warehouse, build.spec, build.inputs, pieces=build.pieces)
        before = self.book.standings(build.spec, task.entry.content) if may_be_few else {}
        now = {
            spec.name: standing(
                self.warehouse,
                spec,
                feed,
                token=task.tokens[spec.name],
                was=before.get(spec.name),
            )
            for spec, feed in zip(build.inputs, build.pieces.feeds, strict=True)
        }
        keys = work.due(before, now, self.deltas) if before else None
        made = self._publish_whole(task) if keys is None else self._exchange(task, work, keys)
        self.book.write_standings(build.spec, made.content, now)
        return made

    def _exchange(self, task: Task, work: PieceWork, keys: pa.Table) -> Made:
        """Write those rows of the keys that are not as they should be."""
        if keys.num_rows == 0:
            assert task.entry.content is not None
            return Made("unchanged", task.entry.content)
        rows = task.build.build(*work.inputs_of(keys), context=self.context)
        return self._exchange_rows(task, Exchange(*work.delta(keys, rows)), "parts")

    def _exchange_rows(self, task: Task, rows: Exchange, outcome: str) -> Made:
        removed, added, content = rows.removed, rows.added, task.entry.content
        assert content is not None
        changed = removed.num_rows + added.num_rows
        if changed == 0:
            return Made("unchanged", content)
        if removed.num_rows:
            leaving = removed.select(list(task.spec.grain))
            self.warehouse.write(task.spec, added, How.EXCHANGE, replacing=leaving)
        else:
            self.warehouse.write(task.spec, added, How.APPEND)
        content = self._changed_content(task.spec, content, removed, added)
        return Made(outcome, content, changed, (removed, added))

    def _changed_content(
        self, spec: TableSpec, content: Content, removed: pa.Table, added: pa.Table
    ) -> Content:
        gone = contents(self.warehouse, removed, day=spec.partition_by)
        come = contents(self.warehouse, added, day=spec.partition_by)
        days = gone.keys() | come.keys()
        if spec.partition_by:
            before = self.book.parts(spec, days)
            parts = {
                day: before.get(day, Content())
                - gone.get(day, Content())
                + come.get(day, Content())
                for day in days
            }
            self._write_parts(spec, parts, whole=False)
        return content - total(gone) + total(come)

    def _read_content(self, spec: TableSpec) -> Content:
        """Return what the table holds, and keep what each of its days holds."""
        parts = contents(self.warehouse, self.warehouse.read(spec), day=spec.partition_by)
        if spec.partition_by:
            self._write_parts(spec, parts, whole=True)
        return total(parts)

    def _write_parts(
        self, spec: TableSpec, parts: Mapping[date | None, Content], *, whole: bool
    ) -> None:
        self.book.write_parts(spec, parts, at=naive_utc(self.clock.now()), whole=whole)

    def _publish_lineage(self, build: TableBuild, expr: ir.Table) -> None:
        if self.edges is None:
            self.edges = self._read_lineage()
        shown = build.origin(*self._tables(build), context=self.context) if build.origin else expr
        found = column_lineage(shown, build.spec, build.inputs)
        if found == sorted(self.edges.get(build.spec.name, [])):
            return
        self.edges[build.spec.name] = found
        fields = [field.with_nullable(True) for field in COLUMN_LINEAGE.schema().to_pyarrow()]
        rows = pa.Table.from_pylist([vars(edge) for edge in found], schema=pa.schema(fields))
        mine = pa.table({"to_table": [build.spec.name]})
        self.warehouse.write(COLUMN_LINEAGE, rows, How.EXCHANGE, replacing=mine)

    def _read_lineage(self) -> dict[str, list[LineageEdge]]:
        edges: dict[str, list[LineageEdge]] = {}
        stored = self.warehouse.to_arrow(self.warehouse.read(COLUMN_LINEAGE))
        for row in stored.to_pylist():
            edges.setdefault(row["to_table"], []).append(LineageEdge(**row))
        return edges

    def _record(self, task: Task, made: Made) -> None:
        row = self._row(task, made.outcome, made.content.rows, made.content)
        rows_in = {spec.name: self.book.rows(spec) for spec in task.build.inputs}
        self.book.write({**row, "rows_in": spelled(rows_in), "rows_changed": made.rows_changed})

    def _row(self, task: Task, outcome: str, rows: int, content: Content | None) -> dict:
        return {
            "run_id": self.book.run_id,
            "table_name": task.spec.name,
            "outcome": outcome,
            "build_key": str(task.key),
            "table_version": self.warehouse.version(task.spec) or "",
            "as_of": self.context.as_of,
            "rows": rows,
            "seconds": time.perf_counter() - task.began,
            "built_at": naive_utc(self.clock.now()),
            "inputs": spelled(task.tokens),
            "content": str(content) if content is not None else None,
        }
