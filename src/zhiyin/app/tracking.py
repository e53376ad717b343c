"""What the workspace's files say about events that arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiyin.collect.api import LoadRules, load_traffic_rules
from zhiyin.collect.plan.api import PlanInForce
from zhiyin.core.clock import naive_utc
from zhiyin.delivery.tables import RECEIPTS

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def load_rules(workspace: Workspace) -> LoadRules:
    """Return what a load goes by now; the files are read again when they changed."""
    return LoadRules(
        plan=plan_in_force(workspace),
        traffic=load_traffic_rules(workspace.root),
        regions=workspace.regions,
        duplicate_days=workspace.settings.collect.duplicate_days,
    )


def plan_in_force(workspace: Workspace) -> PlanInForce:
    """Return the tracking plan as the loader goes by it; receipts of ours need none."""
    found = workspace.tracking_plan.in_force(naive_utc(workspace.clock.now()))
    return PlanInForce(found.plan, {RECEIPTS})
