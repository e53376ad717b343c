"""How audiences overlap: the people in exactly these and no others of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyroaring import BitMap

from zhiyin.core.errors import InvalidInput

MOST_SETS = 8


@dataclass(frozen=True)
class Region:
    """The people who are in all of `sets` and in none of the others, none left out."""

    sets: tuple[str, ...]
    people: int


def regions(audiences: Mapping[str, BitMap]) -> list[Region]:
    """Return every region that has people, largest first; together they are the union.

    A Venn diagram of two or three audiences and an upset plot of more are drawn from it.

    Raises `InvalidInput` for fewer than two audiences and for more than eight.
    """
    if not 2 <= len(audiences) <= MOST_SETS:
        raise InvalidInput(
            f"An overlap is of 2 to {MOST_SETS} audiences, not {len(audiences)}; choose some."
        )
    parts: list[tuple[tuple[str, ...], BitMap]] = [((), BitMap.union(*audiences.values()))]
    for name, people in audiences.items():
        inside = [((*sets, name), found & people) for sets, found in parts]
        outside = [(sets, found - people) for sets, found in parts]
        parts = [(sets, found) for sets, found in (*inside, *outside) if found]
    found = [Region(sets, len(people)) for sets, people in parts if sets]
    return sorted(found, key=lambda region: (-region.people, region.sets))


@dataclass(frozen=True)
class Pair:
    """Two audiences: how many are in both, and what share of either, or of the two together."""

    first: str
    second: str
    both: int
    of_first: float
    of_second: float
    jaccard: float


def pairs(audiences: Mapping[str, BitMap]) -> list[Pair]:
    """Return the overlap of every two audiences."""
    names = list(audiences)
    return [
        pair(first, second, audiences)
        for place, first in enumerate(names)
        for second in names[place + 1 :]
    ]


def pair(first: str, second: str, audiences: Mapping[str, BitMap]) -> Pair:
    """Return the overlap of two audiences; shares of nobody are 0."""
    one, other = audiences[first], audiences[second]
    both = one.intersection_cardinality(other)
    union = len(one) + len(other) - both
    return Pair(
        first,
        second,
        both,
        both / len(one) if one else 0.0,
        both / len(other) if other else 0.0,
        both / union if union else 0.0,
    )
