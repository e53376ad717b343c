"""`zhiyin metrics`: what each figure means, and how much it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common


@click.group()
def metrics() -> None:
    """Metric dictionary: every figure defined once, own ones in metrics/*.yaml."""


@metrics.command("list")
@common
def metrics_list(workspace: Path, as_json: bool) -> None:
    """List the metrics with their formulas."""
    answer("metrics.list", workspace, as_json)


@metrics.command("show")
@common
@click.argument("name")
def metrics_show(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show what a metric means, what it is counted from, and who uses it."""
    answer("metrics.show", workspace, as_json, **params)


@metrics.command("check")
@common
def metrics_check(workspace: Path, as_json: bool) -> None:
    """Read the workspace's metric files and say what is wrong."""
    answer("metrics.check", workspace, as_json)


@metrics.command("value")
@common
@click.argument("names", nargs=-1, required=True)
@click.option("--since", metavar="DATE", help="First day (YYYY-MM-DD).")
@click.option("--until", metavar="DATE", help="Last day; the newest if not given.")
@click.option("--last", type=int, default=30, show_default=True, help="Days, if no --since.")
@click.option(
    "--by", multiple=True, type=click.Choice(("day", "channel")), help="Divide by; may be repeated."
)
@click.option(
    "--compare", type=click.Choice(("previous", "year")), help="Beside as many days before, or ago."
)
def metrics_value(
    workspace: Path, as_json: bool, names: tuple[str, ...], by: tuple[str, ...], **params: Any
) -> None:
    """Count metrics over days of the workspace."""
    answer("metrics.value", workspace, as_json, names=list(names), by=list(by), **params)


@click.command("catalog")
@common
def catalog(workspace: Path, as_json: bool) -> None:
    """List events and properties, planned or seen, with how many there are."""
    answer("catalog.show", workspace, as_json)
