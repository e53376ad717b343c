"""`zhiyin recipe`: how files become tables. Needs no workspace, and never locks one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import common, show

_PATHS = click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.group()
def recipe() -> None:
    """Recipes: how files become tables."""


@recipe.command("suggest")
@common
@_PATHS
@click.option("--name", help="Name of the recipe; the folder's or file's name if not given.")
@click.option("--target", help="Table that all the files feed, if you know better.")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Language of the comments.")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False), help="Write to this file, not to the screen."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def recipe_suggest(workspace: Path, as_json: bool, paths: tuple[Path, ...], **options: Any) -> None:
    """Propose a recipe for FILES or folders. A comment says where it guesses."""
    from zhiyin.app.commands import recipes
    from zhiyin.app.progress import reporter

    with reporter(quiet=as_json) as progress:
        given = [str(path) for path in paths]
        desk = recipes.desk_at(workspace)
        result = recipes.suggest_recipe(desk, paths=given, on_progress=progress, **options)
    show("recipe.suggest", result, as_json)


@recipe.command("check")
@common
@click.argument("recipe_name", metavar="RECIPE")
@_PATHS
@click.option(
    "--records", type=click.IntRange(1), help="Try so many of each file; 10,000 if not given."
)
def recipe_check(
    workspace: Path, as_json: bool, recipe_name: str, paths: tuple[Path, ...], records: int | None
) -> None:
    """Show what RECIPE makes of FILES' first records. Nothing is written."""
    from zhiyin.app.commands import recipes

    given = [str(path) for path in paths]
    result = recipes.check_recipe(
        recipes.desk_at(workspace), recipe=recipe_name, paths=given, records=records
    )
    show("recipe.check", result, as_json)


@recipe.command("list")
@common
def recipe_list(workspace: Path, as_json: bool) -> None:
    """List the workspace's recipes, and those that ship."""
    from zhiyin.app.commands import recipes

    show("recipe.list", recipes.list_recipes(recipes.desk_at(workspace)), as_json)


@recipe.command("show")
@common
@click.argument("name")
def recipe_show(workspace: Path, as_json: bool, name: str) -> None:
    """Print the recipe NAME."""
    from zhiyin.app.commands import recipes

    show("recipe.show", recipes.show_recipe(recipes.desk_at(workspace), name=name), as_json)
