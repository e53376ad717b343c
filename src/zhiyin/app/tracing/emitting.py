"""Telling other tools what runs: OpenLineage events around builds, imports and loads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.app.tracing import openlineage as ol
from zhiyin.collect import tables as ods
from zhiyin.core.ids import new_id
from zhiyin.warehouse.tables import COLUMN_LINEAGE

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.collect.api import ImportReport, LoadReport
    from zhiyin.ports.lineage import LineageSink
    from zhiyin.warehouse.api import BuildReport, TableBuild

Progress = Callable[[str], None]
RUN = "run"
SETTLE_SECONDS = 2.0
ROWS = "*"


class RunEvents:
    """The events of one run: of itself, and of every build in it."""

    def __init__(self, workspace: Workspace, sink: LineageSink, run_id: str) -> None:
        self._workspace, self._sink, self._run_id = workspace, sink, run_id
        self._place = place_of(workspace)
        self._open: TableBuild | None = None
        self._builds: dict[str, TableBuild] = {}

    def run(self, state: str, error: str | None = None) -> None:
        """Tell of the run itself."""
        job = ol.Job(self._place, RUN, self._run_id)
        self._sink.emit([ol.event(job, state, self._now(), error=error)])

    def started(self, build: TableBuild) -> None:
        """Tell that a build begins."""
        self._open = build
        self._builds[build.spec.name] = build
        self._tell(build, "START", [ol.table_set(self._place, build.spec)])

    def finished(self, report: BuildReport) -> None:
        """Tell that a build is done, with its columns' lineage and its rows."""
        build, self._open = self._builds[report.table], None
        output = ol.with_lineage(
            ol.table_set(self._place, build.spec), self._place, self._columns(build)
        )
        self._tell(build, "COMPLETE", [ol.with_rows(output, report.rows)])

    def failed(self, error: str) -> None:
        """Tell that the build under way, and with it the run, failed."""
        if self._open is not None:
            self._tell(self._open, "FAIL", [ol.table_set(self._place, self._open.spec)], error)
        self.run("FAIL", error)

    def _tell(
        self,
        build: TableBuild,
        state: str,
        outputs: Iterable[ol.DataSet],
        error: str | None = None,
    ) -> None:
        key = f"{self._run_id}/{build.spec.name}"
        job = ol.Job(self._place, f"build.{build.spec.name}", key, (RUN, self._run_id))
        inputs = [ol.table_set(self._place, spec) for spec in build.inputs]
        self._sink.emit(
            [ol.event(job, state, self._now(), inputs=inputs, outputs=outputs, error=error)]
        )

    def _columns(self, build: TableBuild) -> list[tuple[str, ods.TableSpec, str]]:
        edges = self._workspace.warehouse.read(COLUMN_LINEAGE)
        mine = edges.filter(edges.to_table == build.spec.name)
        read = {spec.name: spec for spec in build.inputs}
        return [
            (row["to_column"], read[row["from_table"]], row["from_column"])
            for row in self._workspace.warehouse.to_arrow(mine).to_pylist()
            if row["from_table"] in read and ROWS not in (row["to_column"], row["from_column"])
        ]

    def _now(self) -> datetime:
        return self._workspace.clock.now()


def place_of(workspace: Workspace) -> ol.Place:
    """Return how the workspace's jobs and tables are named."""
    namespace = workspace.settings.lineage.namespace or workspace.settings.name
    return ol.Place(namespace, workspace.data / "warehouse.duckdb")


@contextmanager
def told_run(
    workspace: Workspace, run_id: str, on_progress: Progress
) -> Iterator[RunEvents | None]:
    """Tell of a run from its begin to its end; gives None where nobody is to be told."""
    if workspace.lineage is None:
        yield None
        return
    events = RunEvents(workspace, workspace.lineage, run_id)
    events.run("START")
    try:
        yield events
    except BaseException as error:
        events.failed(str(error) or type(error).__name__)
        raise
    else:
        events.run("COMPLETE")
    finally:
        if problem := workspace.lineage.settle(SETTLE_SECONDS):
            on_progress(f"lineage: {problem} The run itself is not affected.")


@contextmanager
def told_import(
    workspace: Workspace, recipe: str, paths: Iterable[Path]
) -> Iterator[Callable[[ImportReport], None]]:
    """Tell of an import; what is given is to be called with its report."""
    sink = workspace.lineage
    if sink is None:
        yield lambda report: None
        return
    place, clock = place_of(workspace), workspace.clock
    job = ol.Job(place, f"import.{recipe}", new_id("import"))
    given = {path.name: str(path) for path in paths}
    asked = [ol.file_set(path) for path in given.values()]
    sink.emit([ol.event(job, "START", clock.now(), inputs=asked)])

    def done(report: ImportReport) -> None:
        files = [
            ol.file_set(given.get(file.name, file.name), rows=file.rows_read, size=file.bytes)
            for file in report.files
        ]
        rows: dict[str, int] = {}
        for file in report.files:
            if file.target in ods.TARGETS:
                rows[file.target] = rows.get(file.target, 0) + file.rows_kept
        tables = [
            ol.with_rows(ol.table_set(place, ods.TARGETS[name]), kept)
            for name, kept in rows.items()
        ]
        sink.emit([ol.event(job, "COMPLETE", clock.now(), inputs=files, outputs=tables)])

    try:
        yield done
    except BaseException as error:
        told = str(error) or type(error).__name__
        sink.emit([ol.event(job, "FAIL", clock.now(), inputs=asked, error=told)])
        raise


def tell_load(workspace: Workspace, began: datetime, report: LoadReport) -> None:
    """Tell of a load of the event log that brought anything."""
    sink = workspace.lineage
    if sink is None or not report.rows_read:
        return
    place = place_of(workspace)
    job = ol.Job(place, "load.event_log", new_id("load"))
    log = ol.file_set(str(workspace.data / "log"), rows=report.rows_read)
    if workspace.settings.log.kind == "kafka":
        broker = workspace.settings.log.brokers.split(",")[0].strip()
        log = ol.DataSet(f"kafka://{broker}", workspace.settings.log.topic, {}, log.statistics)
    events = ol.with_rows(ol.table_set(place, ods.EVENTS), report.rows_kept)
    sink.emit(
        [
            ol.event(job, "START", began, inputs=[log]),
            ol.event(job, "COMPLETE", workspace.clock.now(), inputs=[log], outputs=[events]),
        ]
    )
