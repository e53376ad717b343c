"""How often fields agree among different people who agree on one already.

The model multiplies weights as if fields were independent. They are not: people of one name have
similar e-mail addresses, and people of one family share a phone. Where many pairs agree on a
training rule without being matches, u is therefore estimated among those as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zhiyin.adapters.linkage.levels import UNKNOWN, level_case, level_names, quoted
from zhiyin.adapters.linkage.workbench import RECORDS, Workbench
from zhiyin.ports.linkage import Comparison, LinkagePlan

PAIRS = 400_000
# With fewer pairs, or more matches among them, what is left says little about different people.
FEWEST_PAIRS = 500
MOST_MATCHES = 0.5
ROUNDS = 100
SAMPLE = 1_000_000

Shares = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Patterns:
    """Pairs counted by the levels they are on: -1 for unknown, else 0 for equal and upwards."""

    comparisons: tuple[Comparison, ...]
    levels: np.ndarray  # one row for each pattern, one column for each comparison
    pairs: np.ndarray


def shares_beside(
    bench: Workbench, plan: LinkagePlan, rule: Sequence[str], m: Shares, u: Shares
) -> dict[str, np.ndarray]:
    """Return u of the comparisons that a rule leaves free, among its pairs that are no matches.

    m and u are where expectation maximization starts. Empty if the rule has too few such pairs.
    """
    patterns = counted(bench, plan, rule)
    if patterns.pairs.sum() < FEWEST_PAIRS:
        return {}
    matches, found = unmixed(patterns, m, u)
    return found if matches <= MOST_MATCHES else {}


def counted(bench: Workbench, plan: LinkagePlan, rule: Sequence[str]) -> Patterns:
    """Return the patterns of a sample of the pairs that agree on a rule."""
    free = tuple(one for one in plan.comparisons if set(rule).isdisjoint(one.columns))
    columns = ", ".join(quoted(name) for name in rule)
    known = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in rule)
    sizes = f"SELECT count(*) AS n FROM {RECORDS} WHERE {known} GROUP BY {columns}"
    total = bench.select(f"SELECT coalesce(sum(n * (n - 1) / 2), 0) AS pairs FROM ({sizes})")
    share = min(1.0, (PAIRS / max(1.0, float(total["pairs"][0].as_py()))) ** 0.5)
    sampled = (
        f"SELECT * FROM {RECORDS} WHERE "
        f"hash(unique_id, {int(plan.seed)}) % {SAMPLE} < {round(share * SAMPLE)}"
    )
    agreed = " AND ".join(f"l.{quoted(name)} = r.{quoted(name)}" for name in rule)
    other = " AND l.source_no <> r.source_no" if plan.between_sources else ""
    levels = ", ".join(f"{level_case(one)} AS level_{place}" for place, one in enumerate(free))
    rows = bench.select(
        f"WITH s AS ({sampled}) SELECT {levels}, count(*) AS pairs FROM s l JOIN s r "
        f"ON {agreed} AND l.unique_id < r.unique_id{other} GROUP BY ALL ORDER BY ALL"
    )
    return _patterns(free, rows.to_pydict())


def unmixed(patterns: Patterns, m: Shares, u: Shares) -> tuple[float, dict[str, np.ndarray]]:
    """Return the share of matches among pairs, and u of each comparison among the others.

    Expectation maximization over both m and u (Winkler, 1988), from the m and u given.
    """
    columns = [one.column for one in patterns.comparisons]
    m_now = [np.asarray(m[column], float) for column in columns]
    u_now = [np.asarray(u[column], float) for column in columns]
    matches = 0.1
    for _ in range(ROUNDS):
        logit = np.full(len(patterns.pairs), np.log(matches / (1 - matches)))
        for place, (m_one, u_one) in enumerate(zip(m_now, u_now, strict=True)):
            on = patterns.levels[:, place]
            logit += np.where(on >= 0, np.log(m_one / u_one)[on], 0.0)
        likely = 1 / (1 + np.exp(-logit))
        following = float((likely * patterns.pairs).sum() / patterns.pairs.sum())
        following = min(max(following, 1e-9), 1 - 1e-9)
        for place, (m_one, u_one) in enumerate(zip(m_now, u_now, strict=True)):
            on = patterns.levels[:, place]
            m_now[place] = _shares(on, likely * patterns.pairs, m_one)
            u_now[place] = _shares(on, (1 - likely) * patterns.pairs, u_one)
        if abs(following - matches) < 1e-6:
            break
        matches = following
    return matches, dict(zip(columns, u_now, strict=True))


def _shares(on: np.ndarray, weights: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return how the weights are spread over levels; before it, where none is known."""
    spread = np.bincount(on[on >= 0], weights[on >= 0], minlength=len(before))
    if spread.sum() <= 0:
        return before
    spread = np.maximum(spread / spread.sum(), 1e-9)
    return spread / spread.sum()


def _patterns(free: Sequence[Comparison], rows: Mapping[str, list[Any]]) -> Patterns:
    coded = []
    for place, comparison in enumerate(free):
        codes = {name: number for number, name in enumerate(level_names(comparison))}
        codes[UNKNOWN] = -1
        coded.append([codes[name] for name in rows[f"level_{place}"]])
    levels = np.array(coded, dtype=int).reshape(len(free), -1).T
    return Patterns(tuple(free), levels, np.asarray(rows["pairs"], dtype=float))
