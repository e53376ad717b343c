"""What questions about behavior are answered from, brought up to date before they are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from zhiyin.core.ids import stable_digest
from zhiyin.insights.activity import api as activity
from zhiyin.insights.behavior.api import Scope
from zhiyin.warehouse.api import BuildContext, run_builds

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.profiles.api import Sources

# Digests of the versions of tables between which nothing is left to do.
UP_TO_DATE: set[str] = set()

# Two pages that ask at once need one build.
BUILDING = threading.Lock()


def scope_of(workspace: Workspace, sources: Sources, on_progress: Callable[[str], None]) -> Scope:
    """Return what behavior is read from, as of the newest run.

    `dm.activity` is built when it is asked for and events, orders or people changed since: a run
    does not wait for it, and a shop that asks nothing never pays for it.
    """
    with BUILDING:
        bring_up_to_date(workspace, sources.as_of, on_progress)
    warehouse = workspace.warehouse
    names = warehouse.to_arrow(warehouse.read(activity.EVENT_NAMES)).to_pylist()
    numbers = {row["event"]: row["event_number"] for row in names}
    table = warehouse.read(activity.ACTIVITY)
    return Scope(table, sources, workspace.settings.timezone, numbers, warehouse.is_embedded)


def bring_up_to_date(
    workspace: Workspace, as_of: datetime, on_progress: Callable[[str], None]
) -> None:
    """Build `dm.activity` unless it was found to be up to date with these very tables before."""
    warehouse, settings = workspace.warehouse, workspace.settings
    versions = [warehouse.version(spec) for spec in (*activity.INPUTS, activity.ACTIVITY)]
    state = stable_digest(str(workspace.root), *map(str, versions))
    if state in UP_TO_DATE:
        return
    on_progress("activity: events and orders in the order of people")
    run_builds(
        activity.builds(),
        warehouse,
        context=BuildContext(as_of, settings.timezone, settings.currency),
        clock=workspace.clock,
        run_id=f"activity-{state[:12]}",
    )
    versions[-1] = warehouse.version(activity.ACTIVITY)
    UP_TO_DATE.clear()
    UP_TO_DATE.add(stable_digest(str(workspace.root), *map(str, versions)))
