"""`zhiyin connection`, `zhiyin pull`, `zhiyin pulls`: tables of other databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common


@click.group()
def connection() -> None:
    """Databases that tables are pulled from."""


@connection.command("list")
@common
def connection_list(workspace: Path, as_json: bool) -> None:
    """List the connections of the settings."""
    answer("connection.list", workspace, as_json)


@connection.command("test")
@common
@click.argument("name", required=False)
def connection_test(workspace: Path, as_json: bool, **params: Any) -> None:
    """Connect to NAME, and count the tables that may be read."""
    answer("connection.test", workspace, as_json, **params)


@connection.command("tables")
@common
@click.argument("name", required=False)
@click.option("--table", help="Show this table's columns only.")
def connection_tables(workspace: Path, as_json: bool, **params: Any) -> None:
    """List NAME's tables with key, columns, and the column to pull by."""
    answer("connection.tables", workspace, as_json, **params)


@click.command()
@common
@click.argument("recipe", required=False)
@click.option("--connection", help="Use this connection instead of the recipe's.")
@click.option("--all", "everything", is_flag=True, help="All recipes that name a table.")
def pull(
    workspace: Path, as_json: bool, recipe: str | None, connection: str | None, everything: bool
) -> None:
    """Read the new and changed rows of RECIPE's tables."""
    if everything == (recipe is not None):
        raise click.UsageError("Name a recipe, or give --all.")
    if everything:
        if connection:
            raise click.UsageError("--connection goes with one recipe, not with --all.")
        answer("pull.all", workspace, as_json)
        return
    if recipe and recipe.endswith((".yaml", ".yml")):
        recipe = str(Path(recipe).resolve())
    answer("pull", workspace, as_json, recipe=recipe, connection=connection)


@click.group(invoke_without_command=True)
@common
@click.pass_context
def pulls(context: click.Context, workspace: Path, as_json: bool) -> None:
    """Show where each pull stands: position, rows, last time."""
    if context.invoked_subcommand is None:
        answer("pulls.list", workspace, as_json)


@pulls.command("reset")
@common
@click.argument("recipe")
@click.argument("source", required=False)
def pulls_reset(workspace: Path, as_json: bool, **params: Any) -> None:
    """Begin RECIPE's next pull at the first row. Rows taken before stay and come again."""
    answer("pulls.reset", workspace, as_json, **params)
