"""The front door of collect: recipes and file imports, live events, the way into the warehouse."""

from zhiyin.collect.imports import import_files
from zhiyin.collect.recipe import Recipe
from zhiyin.collect.recipe_shelf import builtin_recipes, find_recipe, load_recipe
from zhiyin.collect.report import FileReport, ImportReport, SkippedFile

__all__ = [
    "FileReport",
    "ImportReport",
    "Recipe",
    "SkippedFile",
    "builtin_recipes",
    "find_recipe",
    "import_files",
    "load_recipe",
]
