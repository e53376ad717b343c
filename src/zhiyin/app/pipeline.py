"""The run: every stage in its order, each table brought up to date."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiyin.app.linking import linkage_builds_of_run
from zhiyin.app.looking import newest_as_of
from zhiyin.app.measuring import measurement_builds, publish_messages
from zhiyin.app.modelling import model_builds, train_if_due
from zhiyin.app.personas import tell as tell_personas
from zhiyin.app.tracing.emitting import told_run
from zhiyin.app.tracing.publishing import publish_objects
from zhiyin.app.voicing import voice_builds
from zhiyin.app.watching import look_after_run, watch_of
from zhiyin.core.clock import naive_utc
from zhiyin.core.dates import read_date, read_instant
from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.windows import Window
from zhiyin.decisions import api as decisions
from zhiyin.identity import api as identity
from zhiyin.insights import api as insights
from zhiyin.insights.baskets import api as baskets
from zhiyin.profiles import api as profiles
from zhiyin.profiles.value import api as value
from zhiyin.warehouse import api as warehouse
from zhiyin.warehouse.api import BuildContext, BuildReport, TableBuild
from zhiyin.warehouse.cleaning.api import read_rules

if TYPE_CHECKING:
    from zhiyin.app.tracing.emitting import RunEvents
    from zhiyin.app.workspace import Workspace

STAGES = ("warehouse", "identity", "profiles", "models", "audiences", "measurement")
Progress = Callable[[str], None]


@dataclass(frozen=True)
class RunOptions:
    """What part of a run is wanted, and from which instant it looks.

    `trains` says whether models may be trained on the occasion; scores are worked out anyway.
    """

    stages: tuple[str, ...] = STAGES
    window: Window | None = None
    as_of: datetime | None = None
    trains: bool = True


def run(
    workspace: Workspace, options: RunOptions, *, run_id: str, on_progress: Progress
) -> dict[str, Any]:
    """Bring the wanted stages up to date and return what was done, stage by stage."""
    started = workspace.clock.now()
    with told_run(workspace, run_id, on_progress) as events:
        runner = _Runner(workspace, options, run_id, on_progress, events)
        done = [runner.run_stage(stage) for stage in STAGES if stage in options.stages]
        if "audiences" in options.stages:  # which has read the definitions, and found them right
            publish_objects(workspace, runner.builds)
    return {
        "run_id": run_id,
        "as_of": runner.context.as_of.isoformat(),
        "stages": done,
        "quality": runner.look(),
        "seconds": round((workspace.clock.now() - started).total_seconds(), 2),
    }


def options_from(
    workspace: Workspace,
    stages: Sequence[str] = (),
    *,
    start: str | None = None,
    end: str | None = None,
    as_of: str | None = None,
) -> RunOptions:
    """Check what a person asked for and return it as options."""
    for stage in stages:
        if stage not in STAGES:
            raise not_allowed("A stage", stage, STAGES)
    return RunOptions(
        stages=tuple(stages) or STAGES,
        window=_window(workspace, start, end),
        as_of=read_instant(as_of, workspace.settings.zone) if as_of else None,
    )


def context_of(workspace: Workspace, as_of: datetime) -> BuildContext:
    """Return what builds of the workspace may know beside their inputs."""
    settings = workspace.settings
    return BuildContext(as_of=as_of, timezone=settings.timezone, currency=settings.currency)


def identity_builds(workspace: Workspace, *, policy: Path | None = None) -> list[TableBuild]:
    """Return the builds of identity, by the workspace's merge policy or by another file's."""
    if policy is None:
        return identity.builds(workspace.root)
    with tempfile.TemporaryDirectory() as folder:
        tried = Path(folder) / "policies" / "identity.yaml"
        tried.parent.mkdir()
        shutil.copyfile(policy, tried)
        try:
            return identity.builds(Path(folder))
        except InvalidInput as error:
            raise InvalidInput(str(error).replace(str(tried), str(policy))) from None


class _Runner:
    """One run's state: the instant it looks from is known once the facts are built."""

    def __init__(
        self,
        workspace: Workspace,
        options: RunOptions,
        run_id: str,
        on_progress: Progress,
        events: RunEvents | None = None,
    ) -> None:
        self._workspace = workspace
        self._events = events
        self._options = options
        self._run_id = run_id
        self._on_progress = on_progress
        self.context = self._context(options.as_of or naive_utc(workspace.clock.now()))
        self.builds: list[TableBuild] = []
        self._watch = watch_of(workspace)
        self._changed: set[str] = set()

    def run_stage(self, stage: str) -> dict[str, Any]:
        if stage != "warehouse" and self._options.as_of is None:
            self.context = self._context(newest_as_of(self._workspace))
        started = self._workspace.clock.now()
        reports = getattr(self, f"_{stage}")()
        return {
            "stage": stage,
            "tables": [asdict(report) for report in reports],
            "seconds": round((self._workspace.clock.now() - started).total_seconds(), 2),
        }

    def _context(self, as_of: datetime) -> BuildContext:
        return context_of(self._workspace, as_of)

    def _build(self, builds: Sequence[TableBuild]) -> list[BuildReport]:
        def told(report: BuildReport) -> None:
            if self._events:
                self._events.finished(report)
            self._on_progress(f"{report.table}: {report.outcome}, {report.rows:,} rows")

        self.builds += builds
        reports = warehouse.run_builds(
            builds,
            self._workspace.warehouse,
            context=self.context,
            clock=self._workspace.clock,
            run_id=self._run_id,
            window=self._options.window,
            gate=self._watch,
            on_start=self._events.started if self._events else None,
            on_progress=told,
        )
        changed = {report.table for report in reports if report.outcome != "unchanged"}
        self._changed |= changed
        for build in builds:
            if build.spec.name in changed:
                self._changed |= {spec.name for spec in build.inputs if spec.layer == "ods"}
        return reports

    def look(self) -> dict[str, Any]:
        """Look at what the run changed, and say how it stands."""
        return look_after_run(
            self._workspace,
            self._watch,
            changed=self._changed,
            as_of=self._options.as_of or newest_as_of(self._workspace),
            run_id=self._run_id,
            on_progress=self._on_progress,
        )

    def _warehouse(self) -> list[BuildReport]:
        book = read_rules(self._workspace.root / "cleaning")
        return self._build(warehouse.builds(book, timezone=self.context.timezone))

    def _identity(self) -> list[BuildReport]:
        matching = linkage_builds_of_run(self._workspace)
        return self._build([*matching, *identity_builds(self._workspace)])

    def _profiles(self) -> list[BuildReport]:
        root = self._workspace.root
        known = [*profiles.builds(root), *value.builds(root), *insights.builds()]
        return self._build([*known, *baskets.builds(), *voice_builds(self._workspace)])

    def _audiences(self) -> list[BuildReport]:
        tell_personas(self._workspace, self.context.as_of)
        root = self._workspace.root
        late = [*profiles.late_builds(root), *decisions.builds(root)]
        return self._build([*late, *insights.first_page_builds(self._workspace.warehouse)])

    def _models(self) -> list[BuildReport]:
        if self._options.trains:
            self._on_progress("models: training if due")
            train_if_due(self._workspace, self.context.as_of)
        return self._build(model_builds(self._workspace))

    def _measurement(self) -> list[BuildReport]:
        publish_messages(self._workspace)
        return self._build(measurement_builds(self._workspace))


def _window(workspace: Workspace, start: str | None, end: str | None) -> Window | None:
    if start is None and end is None:
        return None
    first = read_date(start) if start else date(1970, 1, 1)
    last = read_date(end) if end else naive_utc(workspace.clock.now()).date() + timedelta(days=1)
    midnight = datetime.min.time()
    return Window(datetime.combine(first, midnight), datetime.combine(last, midnight))
