"""Data quality on behalf of a workspace: the watch over its tables, and what a run leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from zhiyin.app.tracing.catalog import every_table
from zhiyin.core.clock import naive_utc
from zhiyin.warehouse.quality import api as quality

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

Progress = Callable[[str], None]


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
    """Look at what a run changed, and keep results and scores.

    `changed` names the tables that were built and the raw tables that they were built from.
    """
    names = sorted({*changed, *watch.touched(changed)})
    if not names:
        return {"tables": 0, "failed_checks": 0, "held_back": []}
    on_progress(f"quality: looking at {len(names)} tables")
    watch.look_at(names, as_of=as_of)
    return summary(watch.settle(run_id=run_id, timezone=workspace.settings.timezone))


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
