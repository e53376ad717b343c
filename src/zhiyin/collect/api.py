"""The front door of collect: recipes and file imports, live events, the way into the warehouse."""

from zhiyin.collect.events import Rejected, accept, event_body, log_event
from zhiyin.collect.imports import import_files
from zhiyin.collect.loading.load import Loader, LoadReport, load_log
from zhiyin.collect.loading.rules import LoadRules
from zhiyin.collect.pulls.pulling import pull_tables
from zhiyin.collect.pulls.report import PullReport
from zhiyin.collect.pulls.standing import pull_status, reset_pull
from zhiyin.collect.recipe import Recipe
from zhiyin.collect.recipe_shelf import (
    builtin_files,
    builtin_recipes,
    find_recipe,
    load_recipe,
    recipe_path,
)
from zhiyin.collect.report import FileReport, ImportReport, SkippedFile
from zhiyin.collect.suggest.suggestion import Suggestion, name_of_recipe, suggest
from zhiyin.collect.traffic import TrafficRules, load_traffic_rules
from zhiyin.collect.trial import FIRST_RECORDS, SourceTrial, try_recipe
from zhiyin.collect.write_keys import checked_terms, fresh_key, hash_write_key, new_write_key

__all__ = [
    "FIRST_RECORDS",
    "FileReport",
    "ImportReport",
    "LoadReport",
    "LoadRules",
    "Loader",
    "PullReport",
    "Recipe",
    "Rejected",
    "SkippedFile",
    "SourceTrial",
    "Suggestion",
    "TrafficRules",
    "accept",
    "builtin_files",
    "builtin_recipes",
    "checked_terms",
    "event_body",
    "find_recipe",
    "fresh_key",
    "hash_write_key",
    "import_files",
    "load_log",
    "load_recipe",
    "load_traffic_rules",
    "log_event",
    "name_of_recipe",
    "new_write_key",
    "pull_status",
    "pull_tables",
    "recipe_path",
    "reset_pull",
    "suggest",
    "try_recipe",
]
