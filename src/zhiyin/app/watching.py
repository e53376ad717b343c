"""Data quality on behalf of a workspace: the watch over its tables, and what a run leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zhiyin.api.masked_values import masked_value_of
from zhiyin.app.alerting import send_alerts
from zhiyin.app.tracing.catalog import every_table
from zhiyin.core.clock import naive_utc
from zhiyin.governance.api import Role
from zhiyin.warehouse.api import local_day
from zhiyin.warehouse.quality import api as quality

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

Progress = Callable[[str], None]
# A report is a file that wanders: its examples show what everybody may see.
READER = Role.VIEWER


def watch_of(workspace: Workspace) -> quality.Watch:
    """Return a watch over the workspace's tables, by its expectations as they are now."""
    tables = every_table()
    return quality.Watch(
        workspace.warehouse,
        tables,
        quality.read_expectations(workspace.root, tables),
        naive_utc(workspace.clock.now()),
    )


def look_after_run(
    workspace: Workspace,
    watch: quality.Watch,
    *,
    changed: Iterable[str],
    as_of: datetime,
    run_id: str,
    on_progress: Progress,
) -> dict[str, Any]:
    """Look at what a run changed, keep results, scores, profiles and anomalies, and tell of them.

    `changed` names the tables that were built and the raw tables that they were built from.
    """
    changed = sorted(changed)
    names = sorted({*changed, *watch.touched(changed)})
    if names:
        on_progress(f"quality: looking at {len(names)} tables")
    watch.look_at(names, as_of=as_of)
    looks = watch.settle(run_id=run_id, timezone=workspace.settings.timezone)
    profile(workspace, changed, as_of=as_of)
    found = lasting_findings(workspace, watch, as_of=as_of)
    odd = sum(one.anomaly is not None for one in found)
    return {**summary(looks), "anomalies": odd, "alerts": asdict(send_alerts(workspace, found))}


def profile(workspace: Workspace, names: Sequence[str], *, as_of: datetime) -> None:
    """Measure the days of some tables that are new or have changed, and judge them."""
    tables = [spec for spec in quality.PROFILED if spec.name in names]
    timezone = workspace.settings.timezone
    if quality.update_profiles(workspace.warehouse, tables, as_of=as_of, timezone=timezone):
        quality.find_anomalies(workspace.warehouse, now=naive_utc(workspace.clock.now()))


def lasting_findings(
    workspace: Workspace, watch: quality.Watch, *, as_of: datetime
) -> list[quality.Finding]:
    """Return all that is wrong with the tables as they stand, whichever run found it."""
    results = quality.newest_results(workspace.warehouse)
    failed = quality.failed_checks(results, watch.expected, masked)
    last_day = local_day(as_of, workspace.settings.timezone) - timedelta(days=1)
    anomalies = quality.recent_anomalies(workspace.warehouse)
    return quality.findings(failed, anomalies, last_day=last_day)


def masked(table: str, column: str, value: str | None, role: Role = READER) -> str | None:
    """Return what a role may see of an example; of whole tables there are only sums."""
    return masked_value_of(value, table, column, role) if column else value


def summary(looks: Iterable[quality.TableLook]) -> dict[str, Any]:
    """Return the figures of some looks."""
    looks = list(looks)
    outcomes = [outcome for found in looks for outcome in found.outcomes]
    return {
        "tables": len(looks),
        "checks": len(outcomes),
        "failed_checks": sum(not outcome.passed for outcome in outcomes),
        "held_back": sorted(found.table for found in looks if found.held_back),
    }
