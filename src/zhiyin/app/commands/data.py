"""Data in, and questions about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiyin.app.commands import recipes
from zhiyin.app.commands.plain_values import plain_rows
from zhiyin.app.tracing.emitting import tell_load, told_import
from zhiyin.app.tracking import load_rules
from zhiyin.collect import api as collect

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def import_(
    workspace: Workspace,
    *,
    recipe: str,
    paths: Sequence[str],
    force: bool = False,
    replace: bool = False,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Read files through a recipe; all of it arrives, or none of it.

    The recipe `auto` is one that is proposed for the files, and kept in the workspace.
    """
    file = None
    if recipe == recipes.AUTOMATIC:
        file = recipes.automatic_recipe(workspace, paths, on_progress)
    chosen = collect.find_recipe(str(file or recipe), workspace.root)
    given = [Path(path) for path in paths]
    with told_import(workspace, chosen.name, given) as told:
        report = collect.import_files(
            chosen,
            given,
            warehouse=workspace.warehouse,
            files=workspace.files,
            clock=workspace.clock,
            force=force,
            replace=replace,
            on_progress=on_progress,
        )
        told(report)
    return {**report.to_dict(), "recipe_file": str(file) if file else None}


def load(workspace: Workspace, *, on_progress: Callable[[str], None]) -> dict[str, Any]:
    """Move what arrived in the event log into the warehouse."""
    rules, began = load_rules(workspace), workspace.clock.now()
    report = workspace.loader.load(rules=rules, on_progress=on_progress)
    tell_load(workspace, began, report)
    return asdict(report)


def sql(workspace: Workspace, *, query: str, limit: int | None = None) -> list[dict[str, Any]]:
    """Return the rows of one reading query."""
    return plain_rows(workspace.warehouse.sql(query, limit))
