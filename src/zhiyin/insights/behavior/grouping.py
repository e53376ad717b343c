"""The lines of a breakdown: values, all others together, and those without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.vocabulary import Breakdown

VALUE, REST, UNKNOWN = "value", "other", "unknown"


@dataclass(frozen=True)
class Group:
    """One line of a breakdown: a value, all `other` values together, or `unknown`."""

    kind: str
    value: str | None = None


def grouped(
    codes: np.ndarray, values: tuple[str, ...], most: int
) -> tuple[list[Group], np.ndarray]:
    """Return the lines of a breakdown, and for each code the place of its line.

    The most frequent values have lines of their own, in this order, then come all others, then
    what has no value.

    Parameters
    ----------
    codes : places in `values`; -1 where there is none.
    values : all values.
    most : so many lines at most have a value of their own.
    """
    sizes = np.bincount(codes[codes >= 0], minlength=len(values))
    ranked = sorted(range(len(values)), key=lambda one: (-sizes[one], values[one]))
    ranked = [one for one in ranked if sizes[one]]
    own = ranked[:most]
    places = np.full(len(values) + 1, len(own), dtype=np.int64)
    places[own] = np.arange(len(own))
    groups = [Group(VALUE, values[one]) for one in own]
    if len(ranked) > len(own):
        groups.append(Group(REST))
    places[-1] = len(groups)
    if (codes < 0).any():
        groups.append(Group(UNKNOWN))
    return groups, places[codes]


def values_of_people(
    person: np.ndarray, breakdown: Breakdown, scope: Scope
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the code of each person by what is known of them, and the values."""
    people = scope.activity.select("person_id", "person_number").distinct()
    known = people.inner_join(scope.values(breakdown), "person_id")
    rows = known.select("person_number", "value").to_pyarrow()
    words = rows.column("value").combine_chunks().dictionary_encode()
    numbers = rows.column("person_number").to_numpy()
    everyone = np.concatenate([numbers, person])
    of_person = np.full(int(everyone.max(initial=-1)) + 1, -1, dtype=np.int64)
    of_person[numbers] = words.indices.to_numpy()
    return of_person[person], tuple(words.dictionary.to_pylist())
