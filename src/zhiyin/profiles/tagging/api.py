"""The front door of tags: definitions, who has which, how each stands, what people set."""

from zhiyin.profiles.tagging.builds import TAG_INPUTS, tag_builds
from zhiyin.profiles.tagging.checks import Doubt, warnings
from zhiyin.profiles.tagging.definitions import (
    FAMILIES,
    KINDS,
    Given,
    ModelScore,
    Preference,
    Statistic,
    TagDefinition,
)
from zhiyin.profiles.tagging.facts import BESIDE, FACTS, TAKES, columns_of
from zhiyin.profiles.tagging.holders import FactTables, tags
from zhiyin.profiles.tagging.marking import Mark, Marked, batches, given_tags, mark, undo
from zhiyin.profiles.tagging.preferences import preferences
from zhiyin.profiles.tagging.reading import KEYS, load_tags, read_tag
from zhiyin.profiles.tagging.reads import columns_read, facts_read
from zhiyin.profiles.tagging.shelf import TagShelf, TagVersion
from zhiyin.profiles.tagging.validation import validated

__all__ = [
    "BESIDE",
    "FACTS",
    "FAMILIES",
    "KEYS",
    "KINDS",
    "TAG_INPUTS",
    "TAKES",
    "Doubt",
    "FactTables",
    "Given",
    "Mark",
    "Marked",
    "ModelScore",
    "Preference",
    "Statistic",
    "TagDefinition",
    "TagShelf",
    "TagVersion",
    "batches",
    "columns_of",
    "columns_read",
    "facts_read",
    "given_tags",
    "load_tags",
    "mark",
    "preferences",
    "read_tag",
    "tag_builds",
    "tags",
    "undo",
    "validated",
    "warnings",
]
