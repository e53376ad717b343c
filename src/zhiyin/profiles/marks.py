"""Figures about what people did, as conditions are decided by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhiyin.profiles.conditions import Behavior, Did

if TYPE_CHECKING:
    import ibis.expr.types as ir

Columns = Mapping[str, str]


@dataclass(frozen=True)
class Marks:
    """What conditions about behavior are decided by.

    Attributes
    ----------
    tables : person_id, each once, and columns; who is absent did none of it.
    columns : of each leaf, the columns by what they say: times, total, first, last, since (the
        instant that `since` counts from; null for who never did that), done (a sequence).
    """

    tables: list[ir.Table]
    columns: Mapping[Behavior, Columns]


def joined_marks(*parts: Marks) -> Marks:
    """Return the marks of all parts."""
    columns = {leaf: names for part in parts for leaf, names in part.columns.items()}
    return Marks([table for part in parts for table in part.tables], columns)


def measures_of(asked: Iterable[Behavior]) -> list[str]:
    """Return the measures that leaves add up."""
    sums = (leaf.sum for leaf in asked if isinstance(leaf, Did))
    return sorted({one.measure for one in sums if one is not None})
