"""Where recipes are found: in a workspace, or among those that ship with the product."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from zhiyin.collect.recipe import Recipe
from zhiyin.collect.recipe_reading import read_recipe
from zhiyin.core.errors import unknown

BUILT_IN = Path(__file__).parent / "recipes"


def load_recipe(path: Path) -> Recipe:
    """Return the recipe in a YAML file; raises `NotFound` or `InvalidInput`."""
    return read_recipe(Path(path))


def builtin_files() -> list[Path]:
    """Return the files of the recipes that ship with the product."""
    return sorted(BUILT_IN.glob("*.yaml"))


@cache
def builtin_recipes() -> dict[str, Recipe]:
    """Return the recipes that ship with the product, by name."""
    recipes = [read_recipe(path) for path in builtin_files()]
    return {recipe.name: recipe for recipe in recipes}


def find_recipe(name: str, workspace: Path | None = None) -> Recipe:
    """Return a recipe by its name or by the path of its file; see `recipe_path`."""
    return load_recipe(recipe_path(name, workspace))


def recipe_path(name: str, workspace: Path | None = None) -> Path:
    """Return the file of a recipe, by its name or by its own path.

    `recipes/<name>.yaml` in the workspace comes before a built-in recipe of that name.

    Raises
    ------
    NotFound
        If there is none, with the names that there are.
    """
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    own = sorted((workspace / "recipes").glob("*.yaml")) if workspace else []
    for path in own:
        if path.stem == name:
            return path
    shipped = {path.stem: path for path in builtin_files()}
    if name in shipped:
        return shipped[name]
    known = sorted({path.stem for path in own} | set(shipped))
    raise unknown("recipe", name, known, then="Put your own into recipes/<name>.yaml.")
