"""`zhiyin identity`: who is who, why, what would change, and the way back."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common
from zhiyin.core.errors import InvalidInput

# What the trail shows where the system does not know who is logged in.
NAMELESS = "command line"


def decided(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of those that decide who is who."""
    function = click.option(
        "--no-run", "later", is_flag=True, help="Write it down; the next `zhiyin run` does it."
    )(function)
    return click.option("--why", help="Reason, for those who read it later.")(function)


def paged(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that choose a part of a long list."""
    function = click.option("--offset", type=click.IntRange(0), default=0, help="Skip so many.")(
        function
    )
    return click.option("--limit", type=click.IntRange(0), default=20, show_default=True)(function)


def user() -> str:
    """Return who is logged in to the system."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return NAMELESS


@click.group()
def identity() -> None:
    """Who is who: report, explain, plan, join, separate, undo."""


@identity.command("report")
@common
def report(workspace: Path, as_json: bool) -> None:
    """Show how much is linked, by source, to how many people, and what is blocked."""
    answer("identity.report", workspace, as_json)


@identity.command("explain")
@common
@click.argument("left")
@click.argument("right")
def explain(workspace: Path, as_json: bool, **params: str) -> None:
    """Show why LEFT and RIGHT are one person, or why they are not.

    Each is a typed id such as email:a@b.c, or a bare customer number, e-mail, phone or device.
    """
    answer("identity.explain", workspace, as_json, **params)


@identity.command("show")
@common
@click.argument("id")
def show(workspace: Path, as_json: bool, **params: str) -> None:
    """Show the person of ID: all ids, history, merges and splits, household."""
    answer("identity.show", workspace, as_json, **params)


@identity.command("plan")
@common
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A changed policies/identity.yaml to try.",
)
@click.option("--undo", metavar="CHANGE", help="A merge or split that would be undone.")
@click.option("--join", nargs=2, metavar="A B", help="Two ids that would be one person.")
@click.option("--separate", nargs=2, metavar="A B", help="Two ids that would be kept apart.")
@click.option("--revoke", metavar="DECISION", help="A decision that would be taken back.")
def plan(workspace: Path, as_json: bool, policy: Path | None, **params: Any) -> None:
    """Show who would merge or split; write nothing.

    Without options: by evidence that arrived since the last run.
    """
    given = {name: value for name, value in params.items() if value}
    if len(given) + (policy is not None) > 1:
        raise click.UsageError("Give one of --policy, --undo, --join, --separate, --revoke.")
    path = str(policy.resolve()) if policy else None
    answer("identity.plan", workspace, as_json, policy=path, **given)


@identity.command("changes")
@common
@click.option("--kind", type=click.Choice(["merge", "split"]))
@click.option("--cause", help="Kind of evidence, `policy`, or `decision`.")
@click.option("--id", "id", help="Only those that an id was part of.")
@paged
def changes(workspace: Path, as_json: bool, **params: Any) -> None:
    """List merges and splits, newest first."""
    answer("identity.changes", workspace, as_json, **params)


@identity.command("decisions")
@common
@click.option("--in-force", is_flag=True, help="Leave out those that were taken back.")
@paged
def decisions(workspace: Path, as_json: bool, **params: Any) -> None:
    """List what people decided about who is who, newest first."""
    answer("identity.decisions", workspace, as_json, **params)


@identity.command("blocked")
@common
@click.option("--reason", help="placeholder, pattern, shared, declared or too_long.")
@paged
def blocked(workspace: Path, as_json: bool, **params: Any) -> None:
    """List the ids that identify nobody, those that most customers share first."""
    answer("identity.blocked", workspace, as_json, **params)


@identity.command("undo")
@common
@click.argument("what", nargs=-1, required=True, metavar="CHANGE | A B")
@decided
def undo(workspace: Path, as_json: bool, what: tuple[str, ...], **params: Any) -> None:
    """Undo the merge or split CHANGE, or the merge that brought A and B together.

    History, tags and messages are with the right person again; nothing that was collected changes.
    """
    if len(what) > 2:
        raise InvalidInput(f"{len(what)} names were given; give one change, or two ids.")
    names = ("change_id",) if len(what) == 1 else ("left", "right")
    named = dict(zip(names, what, strict=True))
    answer("identity.undo", workspace, as_json, actor=user(), **named, **params)


@identity.command("join")
@common
@click.argument("left")
@click.argument("right")
@decided
def join(workspace: Path, as_json: bool, **params: Any) -> None:
    """Decide that LEFT and RIGHT are one person."""
    answer("identity.join", workspace, as_json, actor=user(), **params)


@identity.command("separate")
@common
@click.argument("left")
@click.argument("right")
@decided
def separate(workspace: Path, as_json: bool, **params: Any) -> None:
    """Decide that LEFT and RIGHT are never one person."""
    answer("identity.separate", workspace, as_json, actor=user(), **params)


@identity.command("revoke")
@common
@click.argument("decision_id", metavar="DECISION")
@click.option(
    "--no-run", "later", is_flag=True, help="Write it down; the next `zhiyin run` does it."
)
def revoke(workspace: Path, as_json: bool, **params: Any) -> None:
    """Take DECISION back: evidence counts again."""
    answer("identity.revoke", workspace, as_json, actor=user(), **params)


@identity.command("link")
@common
@click.option("--anew", is_flag=True, help="Also if neither records nor policy changed.")
def link(workspace: Path, as_json: bool, **params: Any) -> None:
    """Look for customer records that are one person though no key joins them.

    Pairs that look alike wait for a decision (`zhiyin identity review`), unless
    policies/identity.yaml lets the surest join by themselves.
    """
    answer("identity.link", workspace, as_json, **params)


@identity.group("review", invoke_without_command=True)
@common
@paged
@click.pass_context
def review(context: click.Context, workspace: Path, as_json: bool, **params: Any) -> None:
    """List the pairs of records that may be one person; accept or reject them."""
    if context.invoked_subcommand is None:
        answer("identity.review", workspace, as_json, **params)


@review.command("accept")
@common
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@decided
def accept(workspace: Path, as_json: bool, ids: tuple[str, ...], **params: Any) -> None:
    """Decide that the two records of each pair are one person."""
    answer("identity.accept", workspace, as_json, ids=list(ids), actor=user(), **params)


@review.command("reject")
@common
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@decided
def reject(workspace: Path, as_json: bool, ids: tuple[str, ...], **params: Any) -> None:
    """Decide that the two records of each pair are two people."""
    answer("identity.reject", workspace, as_json, ids=list(ids), actor=user(), **params)
