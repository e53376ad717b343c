"""The part of `zhiyin quality` that is about cleaning: changes, rejected rows, rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("explain")
@common
@click.argument("table")
@click.option("--column", help="Only this column.")
@click.option("--rule", help="Only this rule.")
def explain(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show what cleaning changed in TABLE: before, after, the rule, how often.

    TABLE is a raw table (customers) or a table made from raw ones (dw.customers).
    """
    answer("quality.explain", workspace, as_json, **params)


@click.group("rejects")
def rejects() -> None:
    """Rows that a cleaning rule keeps out; a mended rule lets them in at the next run."""


@rejects.command("list")
@common
@click.argument("table", required=False)
@click.option("--rule", help="Only this rule.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True)
def rejects_list(workspace: Path, as_json: bool, **params: Any) -> None:
    """Count the rows kept out by rule, and list the first."""
    answer("quality.rejects", workspace, as_json, **params)


@rejects.command("show")
@common
@click.argument("id")
def rejects_show(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show one row that is kept out as it was received."""
    answer("quality.reject", workspace, as_json, **params)


@click.group("rules")
def rules() -> None:
    """Cleaning rules, declared in cleaning/*.yaml."""


@rules.command("list")
@common
def rules_list(workspace: Path, as_json: bool) -> None:
    """List the rules in the order in which they apply."""
    answer("quality.rules", workspace, as_json)


@rules.command("check")
@common
@click.argument("file", type=FILE)
def rules_check(workspace: Path, as_json: bool, file: Path) -> None:
    """Say whether a rule file can be used, and what is wrong if not."""
    answer("quality.rules_check", workspace, as_json, file=str(file.resolve()))


@rules.command("use")
@common
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Count and show what it would change; write nothing.")
def rules_use(workspace: Path, as_json: bool, file: Path, dry_run: bool) -> None:
    """Put a rule file to use in place of its table's rules, from the next run on."""
    answer("quality.rules_use", workspace, as_json, file=str(file.resolve()), dry_run=dry_run)


COMMANDS = (explain, rejects, rules)
