"""What a build is, and the runner that keeps tables up to date."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from zhiyin.core.clock import Clock, naive_utc
from zhiyin.core.errors import InvalidInput, ZhiyinError
from zhiyin.core.windows import Window
from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How, Warehouse
from zhiyin.warehouse.build_keys import BuildKey, build_key
from zhiyin.warehouse.lineage import LineageEdge, column_lineage
from zhiyin.warehouse.tables import BUILDS, COLUMN_LINEAGE

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class BuildContext:
    """What every build may know beside its input tables.

    `as_of` is naive UTC: facts at or after it are not seen. The runner sets `built_at`, the naive
    UTC instant of the build, and `run_id`; neither is a reason to build a table again.
    """

    as_of: datetime
    timezone: str = "Asia/Shanghai"
    currency: str = "CNY"
    built_at: datetime | None = None
    run_id: str = ""


@dataclass(frozen=True)
class TableBuild:
    """One table and the function that computes it: `build(*inputs, context=...)`.

    `depends_on_time` says whether `context.as_of` changes the result. `definition` is a digest of
    any definition files that the function closes over.

    `additions(already, *inputs, context=...)`, where given, returns the rows that the inputs have
    come to have since the table `already` was published. It is used when only the inputs' versions
    changed, and must leave the table as `build` over all of the inputs would. `grows_by` says what
    becomes of them: `APPEND` adds them, `MERGE` lets each replace the row of its grain.

    `is_ledger` says that rows are only ever added, whatever changed: `build(already, *inputs,
    context=...)` then returns the rows that the table as published does not have yet.

    `origin(*inputs, context=...)`, where given, is an expression whose columns show what the
    table's columns are computed from. It is for builds that bring rows computed outside the engine,
    such as a model's scores, whose own expression shows nothing.
    """

    spec: TableSpec
    inputs: tuple[TableSpec, ...]
    build: Callable[..., ir.Table]
    depends_on_time: bool = False
    definition: str = ""
    additions: Callable[..., ir.Table] | None = None
    origin: Callable[..., ir.Table] | None = None
    grows_by: How = How.APPEND
    is_ledger: bool = False


@dataclass(frozen=True)
class Objection:
    """A blocking check that a table fails, and the sentence that says how."""

    check_name: str
    sentence: str


class Gate(Protocol):
    """What looks at a table before readers see it."""

    def __call__(
        self, spec: TableSpec, candidate: ir.Table, *, context: BuildContext
    ) -> Sequence[Objection]:
        """Return what speaks against publishing the table; nothing if it may be seen.

        `candidate` is the whole table as it would be published. The gate is called inside the
        transaction that publishes it, on the thread that holds it: what the gate writes is undone
        together with a table that is held back. It is not called for tables that did not change.
        """
        ...


@dataclass(frozen=True)
class BuildReport:
    """What became of one build; rows are those of the table that readers now see.

    Outcome is `built`, `unchanged`, or `held_back`: the table's new version was refused for the
    objections, and the version before is still the published one.
    """

    table: str
    outcome: str
    rows: int
    seconds: float
    objections: tuple[Objection, ...] = ()


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
        that the window touches is computed whole. Other tables are brought up to date as usual.
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
    runner = Runner(
        warehouse, context=context, clock=clock, run_id=run_id, window=window, gate=gate
    )
    reports = []
    for build in in_order(builds):
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
    return reports


def in_order(builds: Sequence[TableBuild]) -> list[TableBuild]:
    """Return the builds so that each comes after those it reads; else in the given order."""
    waiting = {build.spec.name: build for build in builds}
    if len(waiting) < len(builds):
        names = [build.spec.name for build in builds]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidInput(f"{twice} is made by two builds; keep one of them.")
    ordered: list[TableBuild] = []
    while waiting:
        ready = [
            build
            for build in waiting.values()
            if not any(spec.name in waiting for spec in build.inputs)
        ]
        if not ready:
            raise InvalidInput(
                f"The builds of {', '.join(sorted(waiting))} wait for each other; "
                "let one of them read other tables."
            )
        ordered += ready
        for build in ready:
            del waiting[build.spec.name]
    return ordered


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
        self.run_id = run_id
        self.window = window
        self.gate = gate
        self.published = _published_keys(warehouse)

    def bring_up_to_date(self, build: TableBuild, *, anew: bool) -> BuildReport:
        """Compute the table, or the part of it that is due, and record it."""
        began = time.perf_counter()
        versions = [self.warehouse.version(spec) for spec in build.inputs]
        key = build_key(build, versions, self.context)
        current = self.warehouse.version(build.spec)
        old = self.published.get((build.spec.name, current)) if current else None
        windowed = self.window is not None and build.spec.partition_by is not None
        if old == key and not windowed and not anew:
            rows = self._count(build.spec)
            self._record(build.spec, "unchanged", key, rows=rows, began=began)
            return BuildReport(build.spec.name, "unchanged", rows, time.perf_counter() - began)
        if windowed and old != key and not anew:
            # A part made by newer code does not make the whole table new.
            key = replace(key, inputs=f"days-{key.inputs}"[:16])
        try:
            with self.warehouse.transaction():
                if build.is_ledger:
                    self._publish_entries(build)
                elif windowed and not anew:
                    self._publish_days(build)
                elif self._grows(build, old, key) and not anew:
                    self._publish_additions(build)
                else:
                    self._publish_whole(build)
                self._check(build.spec)
                rows = self._count(build.spec)
                self._record(build.spec, "built", key, rows=rows, began=began)
        except HeldBack as held:
            return self._hold_back(build.spec, old, held.objections, began=began)
        return BuildReport(build.spec.name, "built", rows, time.perf_counter() - began)

    def _check(self, spec: TableSpec) -> None:
        if self.gate is None:
            return
        found = self.gate(spec, self.warehouse.read(spec), context=self.context)
        if found:
            raise HeldBack(found)

    def _hold_back(
        self,
        spec: TableSpec,
        old: BuildKey | None,
        objections: tuple[Objection, ...],
        *,
        began: float,
    ) -> BuildReport:
        """Put on record that the version before stays, under the key that made it."""
        rows = self._count(spec)
        detail = " ".join(objection.sentence for objection in objections)
        key = old or BuildKey("", "")
        self._record(spec, "held_back", key, rows=rows, began=began, detail=detail)
        seconds = time.perf_counter() - began
        return BuildReport(spec.name, "held_back", rows, seconds, objections)

    def _grows(self, build: TableBuild, old: BuildKey | None, new: BuildKey) -> bool:
        if build.additions is None or old is None:
            return False
        return old.code == new.code and not old.inputs.startswith("days-")

    def _tables(self, build: TableBuild) -> list[ir.Table]:
        return [self.warehouse.read(spec) for spec in build.inputs]

    def _publish_whole(self, build: TableBuild) -> None:
        expr = build.build(*self._tables(build), context=self.context)
        self.warehouse.write(build.spec, expr)
        self._publish_lineage(build, expr)

    def _publish_additions(self, build: TableBuild) -> None:
        assert build.additions is not None
        already = self.warehouse.read(build.spec)
        expr = build.additions(already, *self._tables(build), context=self.context)
        self.warehouse.write(build.spec, expr, build.grows_by)

    def _publish_entries(self, build: TableBuild) -> None:
        already = self.warehouse.read(build.spec)
        expr = build.build(already, *self._tables(build), context=self.context)
        self.warehouse.write(build.spec, expr, How.APPEND)
        self._publish_lineage(build, expr)

    def _publish_days(self, build: TableBuild) -> None:
        assert self.window is not None
        expr = build.build(*self._tables(build), context=self.context)
        day = expr[build.spec.partition_by]
        last = (self.window.end - timedelta(microseconds=1)).date()
        inside = (day >= self.window.start.date()) & (day <= last)
        self.warehouse.write(build.spec, expr.filter(inside), How.PARTITIONS)
        self._publish_lineage(build, expr)

    def _publish_lineage(self, build: TableBuild, expr: ir.Table) -> None:
        stored = self.warehouse.to_arrow(self.warehouse.read(COLUMN_LINEAGE))
        before = [LineageEdge(**row) for row in stored.to_pylist()]
        shown = build.origin(*self._tables(build), context=self.context) if build.origin else expr
        edges = column_lineage(shown, build.spec, build.inputs)
        others = [edge for edge in before if edge.to_table != build.spec.name]
        if sorted(others + edges) != sorted(before):
            rows = [vars(edge) for edge in others + edges]
            schema = COLUMN_LINEAGE.schema().to_pyarrow()
            self.warehouse.write(COLUMN_LINEAGE, pa.Table.from_pylist(rows, schema=schema))

    def _count(self, spec: TableSpec) -> int:
        table = self.warehouse.read(spec)
        counted = self.warehouse.to_arrow(table.aggregate(rows=table.count()))
        return counted["rows"][0].as_py()

    def _record(
        self,
        spec: TableSpec,
        outcome: str,
        key: BuildKey,
        *,
        rows: int,
        began: float,
        detail: str | None = None,
    ) -> None:
        row = {
            "run_id": self.run_id,
            "table_name": spec.name,
            "outcome": outcome,
            "build_key": str(key),
            "table_version": self.warehouse.version(spec) or "",
            "as_of": self.context.as_of,
            "rows": rows,
            "seconds": time.perf_counter() - began,
            "built_at": naive_utc(self.clock.now()),
            "detail": detail,
        }
        schema = BUILDS.schema().to_pyarrow()
        self.warehouse.write(BUILDS, pa.Table.from_pylist([row], schema=schema), How.MERGE)


def _published_keys(warehouse: Warehouse) -> dict[tuple[str, str], BuildKey]:
    """Return the key that made each version of each table."""
    rows = warehouse.to_arrow(
        warehouse.read(BUILDS).select("table_name", "table_version", "build_key").distinct()
    )
    return {
        (row["table_name"], row["table_version"]): BuildKey.parse(row["build_key"])
        for row in rows.to_pylist()
    }
