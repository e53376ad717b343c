"""`zhiyin records`: what was set aside, and how it comes in after all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common
from zhiyin.core.errors import InvalidInput


def filters(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which records are meant."""
    for name, text in (
        ("--since", "Set aside then or later (YYYY-MM-DD)."),
        ("--event", "Event name, or kind of call."),
        ("--source", "Source that sent them, or recipe."),
        ("--reason", "Stable code of the reason, such as plan_violation."),
    ):
        function = click.option(name, help=text)(function)
    return function


def ids(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that names single records."""
    return click.option("--id", "ids", multiple=True, help="One record; may be repeated.")(function)


@click.group()
def records() -> None:
    """Records set aside: list, mend by a rule, replay, dismiss."""


@records.command("list")
@common
@filters
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True)
def records_list(workspace: Path, as_json: bool, **params: Any) -> None:
    """Count the open records by reason, and list the newest.

    Records of files are listed too, but only live events can be replayed: correct the file or its
    recipe and import it again.
    """
    answer("records.list", workspace, as_json, **params)


@records.command("show")
@common
@click.argument("id")
def records_show(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show one record: what it holds, and every rule it breaks."""
    answer("records.show", workspace, as_json, **params)


@records.command("fix")
@common
@click.option(
    "--rule",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file with one rule: name, where, changes.",
)
@filters
@ids
@click.option("--dry-run", is_flag=True, help="Show before and after; change nothing.")
def records_fix(
    workspace: Path, as_json: bool, rule: Path, ids: tuple[str, ...], **params: Any
) -> None:
    """Declare a fix rule and replay the records that it is about."""
    from zhiyin.collect.dead_letters.api import rule_body, rule_of_text

    try:
        text = rule.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{rule} is not UTF-8 text ({error}); convert it.") from error
    body = rule_body(rule_of_text(text, rule.name))
    answer("records.fix", workspace, as_json, rule=body, ids=list(ids), **params)


@records.command("replay")
@common
@filters
@ids
@click.option("--dry-run", is_flag=True, help="Show before and after; change nothing.")
def records_replay(workspace: Path, as_json: bool, ids: tuple[str, ...], **params: Any) -> None:
    """Send open live records through the loader again. Declared rules mend them first."""
    answer("records.replay", workspace, as_json, ids=list(ids), **params)


@records.command("dismiss")
@common
@filters
@ids
def records_dismiss(workspace: Path, as_json: bool, ids: tuple[str, ...], **params: Any) -> None:
    """Close open records without taking them. They stay in ods.quarantine."""
    if not ids and not any(params.values()):
        raise click.UsageError("Say which records: --id, --reason, --source, --event or --since.")
    answer("records.dismiss", workspace, as_json, ids=list(ids), **params)


@records.group("rules")
def rules() -> None:
    """Fix rules, declared in tracking/fixes.yaml."""


@rules.command("list")
@common
def rules_list(workspace: Path, as_json: bool) -> None:
    """List the fix rules in the order in which they apply."""
    answer("records.rules", workspace, as_json)
