"""`zhiyin plan`: the tracking plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common

DATE = "YYYY-MM-DD"


@click.group()
def plan() -> None:
    """The tracking plan: the events to expect, and their fields."""


@plan.command("show")
@common
@click.argument("event", required=False)
@click.option("--days", type=click.IntRange(1, 366), default=7, show_default=True)
def plan_show(workspace: Path, as_json: bool, event: str | None, days: int) -> None:
    """Show the planned events, or one EVENT with its schema."""
    if event:
        answer("plan.event", workspace, as_json, name=event)
    else:
        answer("plan.show", workspace, as_json, days=days)


@plan.command("check")
@common
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--since", metavar=DATE, help="Check what arrived from then on.")
@click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True)
def plan_check(
    workspace: Path, as_json: bool, file: Path | None, since: str | None, days: int
) -> None:
    """Hold events against the plan.

    Those of FILE, one JSON event a line, or those that arrived. Nothing is changed; the exit code
    is 1 if an event breaks the plan.
    """
    path = str(file.resolve()) if file else None
    found = answer("plan.check", workspace, as_json, path=path, since=since, days=days)
    if found["broken"]:
        raise SystemExit(1)


@plan.command("generate")
@common
@click.option("--since", metavar=DATE, help="Look at what arrived from then on.")
@click.option("--days", type=click.IntRange(1, 3660), default=7, show_default=True)
@click.option("--merge", is_flag=True, help="Keep the present plan; add only what it lacks.")
@click.option("--limits", is_flag=True, help="Make least and greatest numbers seen into limits.")
@click.option("--dry-run", is_flag=True, help="Show the difference; change nothing.")
def plan_generate(workspace: Path, as_json: bool, **params: Any) -> None:
    """Make a plan from the events that arrived."""
    answer("plan.generate", workspace, as_json, **params)


@plan.command("set")
@common
@click.argument("event")
@click.option("--enforce", type=click.Choice(["block", "flag", "off"]))
@click.option("--owner", help="Who answers for the event.")
@click.option("--description", help="What it means.")
def plan_set(workspace: Path, as_json: bool, event: str, **changes: Any) -> None:
    """Change EVENT's enforcement, owner or description."""
    answer("plan.save_event", workspace, as_json, name=event, changes=changes)


@plan.command("policy")
@common
@click.argument("unknown_events", type=click.Choice(["allow", "flag", "block"]))
def plan_policy(workspace: Path, as_json: bool, **params: Any) -> None:
    """Say what happens to events that are not planned."""
    answer("plan.policy", workspace, as_json, **params)


@plan.command("diff")
@common
@click.argument("before", type=click.IntRange(0), required=False)
@click.argument("after", type=click.IntRange(1), required=False)
def plan_diff(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show how two versions differ. AFTER is the files as they are if not given."""
    answer("plan.diff", workspace, as_json, **params)


@plan.command("history")
@common
def plan_history(workspace: Path, as_json: bool) -> None:
    """List the versions: when, who, why."""
    answer("plan.history", workspace, as_json)


@plan.command("restore")
@common
@click.argument("version", type=click.IntRange(1))
def plan_restore(workspace: Path, as_json: bool, **params: Any) -> None:
    """Make the content of an old VERSION the newest one."""
    answer("plan.restore", workspace, as_json, **params)
