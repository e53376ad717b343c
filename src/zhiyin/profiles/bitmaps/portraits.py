"""Who an audience is, counted by bitmaps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pyroaring import BitMap

from zhiyin.profiles.bitmaps.shelf import Shelf
from zhiyin.profiles.bitmaps.values import NotIndexedError, ValuesIndex


def dimension_rows(
    shelf: Shelf, people: BitMap, dimensions: Sequence[str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return dimension, value, members, base as `portrait_rows` does, and what has no bitmaps."""
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    for name in dimensions:
        try:
            index = shelf.attribute(name)
        except NotIndexedError:
            missing.append(name)
            continue
        if not isinstance(index, ValuesIndex):
            missing.append(name)
            continue
        rows += value_rows(name, index, people, shelf.everyone)
    return rows, missing


def value_rows(
    name: str, index: ValuesIndex, people: BitMap, everyone: BitMap
) -> Iterator[dict[str, Any]]:
    """Yield members and base of each value, and of the unknown one."""
    for value, having in index.people.items():
        yield {
            "dimension": name,
            "value": value,
            "members": having.intersection_cardinality(people),
            "base": len(having),
        }
    unknown = everyone - index.known
    yield {
        "dimension": name,
        "value": None,
        "members": unknown.intersection_cardinality(people),
        "base": len(unknown),
    }


def tag_rows(shelf: Shelf, people: BitMap) -> list[dict[str, Any]]:
    """Return how many members and how many of all have each tag, whatever its value."""
    return [
        {
            "tag": name,
            "members": index.present.intersection_cardinality(people),
            "base": len(index.present),
        }
        for name, index in sorted(shelf.tags.items())
    ]
