"""Which value of a breakdown each attempt of a funnel belongs to."""

from __future__ import annotations

import numpy as np

from zhiyin.insights.behavior.funnel_chains import Chains
from zhiyin.insights.behavior.funnel_spec import FunnelSpec
from zhiyin.insights.behavior.grouping import Group, grouped, values_of_people
from zhiyin.insights.behavior.scope import Scope


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
    """Return the lines of the breakdown, and for each attempt the place of its line."""
    breakdown = spec.breakdown
    assert breakdown is not None
    if breakdown.kind == "event":
        codes, values = attributed(found, spec), found.values
    else:
        codes, values = values_of_people(found.person, breakdown, scope)
    return grouped(codes, values, breakdown.most)


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
