"""Pairs scored by a model with known parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zhiyin.adapters.linkage.estimation import (
    Estimates,
    Parameters,
    first_guess,
    parameters_at,
    splink_model,
)
from zhiyin.adapters.linkage.levels import level_case, quoted
from zhiyin.adapters.linkage.workbench import RECORDS, Workbench
from zhiyin.ports.linkage import Comparison, LinkagePlan

# Pairs below this weight add nothing to the number of matches that is expected.
LOWEST_WEIGHT = -12.0
ROUNDS = 200
RESCORES = 2

PAIRS = pa.schema(
    [
        ("left_id", pa.string()),
        ("right_id", pa.string()),
        ("probability", pa.float64()),
        ("match_weight", pa.float64()),
        ("comparison", pa.string()),
    ]
)


@dataclass(frozen=True)
class Scores:
    """Pairs at or above the plan's lowest probability, and how they came to it."""

    pairs: pa.Table
    prior: float
    expected_matches: float
    looked_at: int


def settled(bench: Workbench, plan: LinkagePlan, estimates: Estimates) -> tuple[Parameters, Scores]:
    """Return parameters and scores that agree on how many pairs match.

    In a small data set the matches are so many of the random pairs that u depends on them; then
    the pairs are scored once more.
    """
    parameters = parameters_at(estimates, first_guess(bench))
    scores = scored(bench, plan, parameters)
    for _ in range(RESCORES):
        following = parameters_at(estimates, scores.prior)
        if not _differ(parameters, following):
            break
        parameters = following
        scores = scored(bench, plan, parameters)
    return parameters, scores


def _differ(one: Parameters, other: Parameters) -> bool:
    """Return whether some weight differs by more than half a bit."""
    return any(
        not np.allclose(
            np.log2(np.divide(one.m[column], one.u[column])),
            np.log2(np.divide(other.m[column], other.u[column])),
            rtol=0,
            atol=0.5,
        )
        for column in one.u
    )


def scored(
    bench: Workbench, plan: LinkagePlan, parameters: Parameters, *, prior: float | None = None
) -> Scores:
    """Return the pairs that the blocking rules admit, with their probabilities.

    Unless given, the prior probability that two random records match is the one at which the
    probabilities of all pairs add up to the matches it stands for.
    """
    guess = first_guess(bench)
    model = splink_model(bench, plan, prior=guess, m=parameters.m, u=parameters.u, explains=True)
    looked_at = len_of(bench, model.inference.compute_blocked_pairs_for_predict().physical_name)
    found = model.inference.predict(threshold_match_weight=LOWEST_WEIGHT, warning_mode="never")
    table = found.physical_name
    if prior is None:
        prior = settled_prior(bench, table, guess)
    shift = math.log2(_odds(prior)) - math.log2(_odds(guess))
    expected = _expected(bench, table, shift)
    pairs = kept(bench, table, plan, shift)
    return Scores(pairs, prior, expected, looked_at)


def settled_prior(bench: Workbench, table: str, guess: float) -> float:
    """Return the prior probability that agrees with the pairs' own probabilities.

    It is the expectation maximization of the prior alone, over a histogram of weights.
    """
    weights = bench.select(
        f"SELECT round(match_weight, 2) AS weight, count(*) AS pairs FROM {table} "
        "GROUP BY 1 ORDER BY 1"
    )
    if not len(weights):
        return guess
    evidence = np.asarray(weights["weight"], dtype=float) - math.log2(_odds(guess))
    pairs = np.asarray(weights["pairs"], dtype=float)
    possible = max(bench.possible_pairs(), 1.0)
    prior = guess
    for _ in range(ROUNDS):
        logit = evidence + math.log2(_odds(prior))
        matches = float((pairs / (1 + np.exp2(-logit))).sum())
        following = min(max(matches, 0.5) / possible, 0.9)
        if abs(following - prior) <= 1e-6 * prior:
            break
        prior = following
    return float(f"{prior:.6g}")


def kept(bench: Workbench, table: str, plan: LinkagePlan, shift: float) -> pa.Table:
    """Return the pairs that are probable enough, in the order of their ids."""
    lowest = math.log2(_odds(plan.keep_at_least))
    weight = f"match_weight + {shift!r}"
    rows = bench.select(
        f"SELECT unique_id_l, unique_id_r, {weight} AS weight, {_explained(plan)} AS comparison "
        f"FROM {table} JOIN {RECORDS} l ON l.unique_id = unique_id_l "
        f"JOIN {RECORDS} r ON r.unique_id = unique_id_r "
        f"WHERE {weight} >= {lowest!r} ORDER BY unique_id_l, unique_id_r"
    )
    values = np.asarray(rows["weight"], dtype=float)
    left, right = (bench.ids.take(rows[name]) for name in ("unique_id_l", "unique_id_r"))
    probability = pa.array(1 / (1 + np.exp2(-values)))
    columns = [left, right, probability, pa.array(values), rows["comparison"]]
    return pa.table(columns, names=PAIRS.names).cast(PAIRS)


def len_of(bench: Workbench, table: str) -> int:
    """Return the number of rows of a table."""
    return bench.select(f"SELECT count(*) AS n FROM {table}")["n"][0].as_py()


def _expected(bench: Workbench, table: str, shift: float) -> float:
    row = bench.select(
        f"SELECT sum(1 / (1 + pow(2.0, -round(match_weight + {shift!r}, 2)))) AS n FROM {table}"
    )
    return round(row["n"][0].as_py() or 0.0, 1)


def _explained(plan: LinkagePlan) -> str:
    """Return SQL for the JSON that tells each field's level and weight."""
    fields = [f"'{one.column}', {_field(one)}" for one in plan.comparisons]
    return f"CAST(json_object({', '.join(fields)}) AS VARCHAR)"


def _field(comparison: Comparison) -> str:
    weights = [quoted(f"mw_{comparison.column}")]
    if comparison.has_frequencies:
        weights.append(quoted(f"mw_tf_adj_{comparison.column}"))
    weight = f"round({' + '.join(weights)}, 2)"
    return f"json_object('level', {level_case(comparison)}, 'weight', {weight})"


def _odds(probability: float) -> float:
    return probability / (1 - probability)
