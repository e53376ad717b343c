"""The front door of tags: definitions, who has which, how each stands, what people set."""

from zhiyin.profiles.tagging.builds import TAG_INPUTS, tag_builds
from zhiyin.profiles.tagging.definitions import (
    FAMILIES,
    KINDS,
    Given,
    Preference,
    Statistic,
    TagDefinition,
)
from zhiyin.profiles.tagging.holders import FactTables, tags
from zhiyin.profiles.tagging.preferences import preferences
from zhiyin.profiles.tagging.reading import KEYS, load_tags, read_tag
from zhiyin.profiles.tagging.reads import columns_read

__all__ = [
    "FAMILIES",
    "KEYS",
    "KINDS",
    "TAG_INPUTS",
    "FactTables",
    "Given",
    "Preference",
    "Statistic",
    "TagDefinition",
    "columns_read",
    "load_tags",
    "preferences",
    "read_tag",
    "tag_builds",
    "tags",
]
