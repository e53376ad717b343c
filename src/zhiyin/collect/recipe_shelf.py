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


@cache
def builtin_recipes() -> dict[str, Recipe]:
    """Return the recipes that ship with the product, by name."""
    recipes = [read_recipe(path) for path in sorted(BUILT_IN.glob("*.yaml"))]
    return {recipe.name: recipe for recipe in recipes}


def find_recipe(name: str, workspace: Path | None = None) -> Recipe:
    """Return a recipe by its name or by the path of its file.

    `recipes/<name>.yaml` in the workspace comes before a built-in recipe of that name.

    Raises
    ------
    NotFound
        If there is none, with the names that there are.
    """
    if name.endswith((".yaml", ".yml")):
        return load_recipe(Path(name))
    own = sorted((workspace / "recipes").glob("*.yaml")) if workspace else []
    for path in own:
        if path.stem == name:
            return load_recipe(path)
    shipped = {path.stem: path for path in BUILT_IN.glob("*.yaml")}
    if name in shipped:
        return load_recipe(shipped[name])
    known = sorted({path.stem for path in own} | set(shipped))
    raise unknown("recipe", name, known, then="Put your own into recipes/<name>.yaml.")
