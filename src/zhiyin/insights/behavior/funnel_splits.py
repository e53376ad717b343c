"""Which value of a breakdown each attempt belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhiyin.insights.behavior.funnel_chains import Chains
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.vocabulary import Breakdown

VALUE, REST, UNKNOWN = "value", "other", "unknown"


@dataclass(frozen=True)
class Group:
    """One line of a breakdown: a value, all `other` values together, or `unknown`."""

    kind: str
    value: str | None = None


def whole_people(found: Chains) -> Chains:
    """Keep each person's best attempt, the earliest of equals, where a property was held."""
    last = found.at[np.arange(len(found.level)), np.maximum(found.level - 1, 0)]
    order = np.lexsort((last, -found.level.astype(np.int64), found.person))
    person = found.person[order]
    kept = order[np.flatnonzero(np.diff(person, prepend=-1))]
    return taken(found, kept)


def taken(found: Chains, rows: np.ndarray) -> Chains:
    """Return some of the attempts."""
    return Chains(
        found.person[rows], found.level[rows], found.at[rows], found.codes[rows], found.values
    )


def split(found: Chains, spec: FunnelSpec, scope: Scope) -> tuple[list[Group], np.ndarray]:
    """Return the lines of the breakdown, and for each attempt the place of its line.

    The values with most people have lines of their own, in this order, then come all others, then
    the people without a value.
    """
    breakdown = spec.breakdown
    assert breakdown is not None
    if breakdown.kind == "event":
        codes, values = attributed(found, spec), found.values
    else:
        codes, values = by_person(found, breakdown, scope)
    sizes = np.bincount(codes[codes >= 0], minlength=len(values))
    ranked = sorted(range(len(values)), key=lambda one: (-sizes[one], values[one]))
    ranked = [one for one in ranked if sizes[one]]
    own = ranked[: breakdown.most]
    places = np.full(len(values) + 1, len(own), dtype=np.int64)
    places[own] = np.arange(len(own))
    groups = [Group(VALUE, values[one]) for one in own]
    if len(ranked) > len(own):
        groups.append(Group(REST))
    places[-1] = len(groups)
    if (codes < 0).any():
        groups.append(Group(UNKNOWN))
    return groups, places[codes]


def attributed(found: Chains, spec: FunnelSpec) -> np.ndarray:
    """Return the code of each attempt by the attribution asked for; -1 where there is none."""
    codes = found.codes
    if spec.attribution == "step":
        return codes[:, (spec.attribution_step or 1) - 1]
    if spec.attribution == "all_events":
        return codes[:, 0]
    is_known = codes >= 0
    if spec.attribution == "last_touch":
        place = codes.shape[1] - 1 - np.argmax(is_known[:, ::-1], axis=1)
    else:
        place = np.argmax(is_known, axis=1)
    return codes[np.arange(len(codes)), place]


def by_person(
    found: Chains, breakdown: Breakdown, scope: Scope
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the code of each attempt by what is known of its person, and the values."""
    people = scope.activity.select("person_id", "person_number").distinct()
    known = people.inner_join(scope.values(breakdown), "person_id")
    rows = known.select("person_number", "value").to_pyarrow()
    words = rows.column("value").combine_chunks().dictionary_encode()
    numbers = rows.column("person_number").to_numpy()
    everyone = np.concatenate([numbers, found.person])
    of_person = np.full(int(everyone.max(initial=-1)) + 1, -1, dtype=np.int64)
    of_person[numbers] = words.indices.to_numpy()
    return of_person[found.person], tuple(words.dictionary.to_pylist())
