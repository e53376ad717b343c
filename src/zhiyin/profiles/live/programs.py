"""A workspace's tags and audiences as one program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zhiyin.profiles.audiences import AudienceDefinition
from zhiyin.profiles.holding.api import Known, Program, TagTree, compiled
from zhiyin.profiles.live.people import TIMES
from zhiyin.profiles.tables import CUSTOMERS
from zhiyin.profiles.tagging.api import TagDefinition

TWO_DIGITS = Decimal("0.01")


def program_of(
    tags: Mapping[str, TagDefinition], audiences: Mapping[str, AudienceDefinition]
) -> Program:
    """Return the program of all rule tags and of all audiences that have a condition.

    Tags of other kinds, and audiences that are lists, are as the last run left them.
    """
    rules = {
        name: TagTree(
            tag.where,
            None if tag.value is None else value_of(tag.value.attribute, tag.value.bands),
            () if tag.value is None else (tag.value.attribute,),
        )
        for name, tag in tags.items()
        if tag.kind == "rule"
    }
    trees = {name: one.where for name, one in audiences.items() if one.snapshot is None}
    listed = [name for name, one in audiences.items() if one.snapshot is not None]
    return compiled(rules, trees, listed)


def value_of(attribute: str, bands: tuple[Any, ...]) -> Callable[[Known], str | None]:
    """Return what a tag's value is, written as `profiles.tagging.values` writes it."""
    kind = CUSTOMERS.columns[attribute].type.removeprefix("!")

    def look(known: Known) -> str | None:
        value = known.attributes.get(attribute)
        if value is None:
            return None
        if bands:
            return next(
                (band.name for band in bands if band.below is None or value < band.below), None
            )
        if attribute in TIMES:
            return value.date().isoformat()
        if kind.startswith(("decimal", "float")):
            return str(Decimal(str(value)).quantize(TWO_DIGITS, ROUND_HALF_UP))
        return str(value).lower() if isinstance(value, bool) else str(value)

    return look
