"""Linkage of customer records, as a run and the command do it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from zhiyin.app import wiring
from zhiyin.identity.linkage import api as linkage

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.linkage import LinkageResult
    from zhiyin.warehouse.api import TableBuild


def linkage_builds(
    workspace: Workspace, *, told: Callable[[LinkageResult], None] | None = None
) -> list[TableBuild]:
    """Return the build of the matches, by the workspace's policy."""
    policy = linkage.linkage_policy(workspace.root)
    return linkage.builds(partial(wiring.linker, workspace), policy, told=told)


def linkage_builds_of_run(workspace: Workspace) -> list[TableBuild]:
    """Return the build of the matches if the policy wants it in every run."""
    policy = linkage.linkage_policy(workspace.root)
    return linkage_builds(workspace) if policy.enabled else []
