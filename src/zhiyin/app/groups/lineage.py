"""`zhiyin lineage`: where things come from, and what hangs on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common


def how_far(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how much is shown."""
    for option in (
        click.option("--depth", type=click.IntRange(1), help="Steps at most; all if not given."),
        click.option(
            "--level",
            type=click.Choice(["columns", "tables"]),
            help="How fine; tables for a table, else columns.",
        ),
        click.option(
            "--rows",
            type=click.IntRange(1, 100),
            default=5,
            show_default=True,
            help="Facts of a kind that are shown of a person.",
        ),
    ):
        function = option(function)
    return function


@click.group()
def lineage() -> None:
    """Where numbers, tags and messages come from, and what hangs on them."""


@lineage.command("up")
@common
@click.argument("name")
@how_far
@click.option("--person", help="With a tag, score or audience: the customer whose it is.")
def lineage_up(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show what NAME comes from, down to the files.

    \b
    NAME is a column (dm.customers.monetary), a table (dm.customers), a file,
    tag:NAME, score:NAME, audience:NAME, strategy:NAME, metric:NAME, campaign:ID,
    or the id of a message, decision, order, event or customer.
    """
    answer("lineage.up", workspace, as_json, **params)


@lineage.command("down")
@common
@click.argument("name")
@how_far
def lineage_down(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show what hangs on NAME, up to the messages.

    NAME is as for `up`. Of a file: its facts, the people in them, what was sent to them.
    """
    answer("lineage.down", workspace, as_json, **params)
