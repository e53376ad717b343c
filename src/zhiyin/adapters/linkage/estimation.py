"""The parameters of the linkage model, estimated without labels.

In the model of Fellegi and Sunter (1969) a comparison's level is seen with probability m among
pairs of one person and with u among pairs of two; its weight is log2(m / u). Splink estimates u
from random pairs and m by expectation maximization among pairs that agree on a training rule.
What it leaves open is settled here: levels that the sample never showed, random pairs that are
matches after all (in small data sets they are what makes e-mails equal), and weights that would
count a worse agreement for more than a better one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zhiyin.adapters.linkage.coincidence import Shares, shares_beside
from zhiyin.adapters.linkage.levels import level_names, quoted, settings_of
from zhiyin.adapters.linkage.workbench import RECORDS, Workbench
from zhiyin.ports.linkage import Comparison, LinkagePlan

if TYPE_CHECKING:
    from splink import Linker as SplinkModel

RANDOM_PAIRS = 500_000
TRAINING_PAIRS = 400_000
ITERATIONS = 50
# No level is taken to be rarer among matches than this: EM has seen but some of them.
RAREST_AMONG_MATCHES = 1e-3
# What is expected of a match before anything is learned.
EQUAL_AMONG_MATCHES = 0.9
DIGITS = 6


@dataclass(frozen=True)
class Session:
    """What one training rule came to: outcome is trained | not_converged | no_pairs."""

    columns: tuple[str, ...]
    outcome: str
    iterations: int = 0


@dataclass(frozen=True)
class Parameters:
    """m and u of every level of every comparison, from equal to different."""

    m: Shares
    u: Shares


@dataclass(frozen=True)
class Estimates:
    """What was learned: m, and the shares of levels among random pairs and beside agreement.

    `beside` holds, for each training rule with enough pairs, the shares among its pairs that are
    no matches.
    """

    m: Shares
    among_random: Shares
    beside: tuple[Shares, ...]
    random_pairs: float
    sessions: tuple[Session, ...] = ()


def splink_settings(
    plan: LinkagePlan, *, prior: float, m: Shares, u: Shares | None, explains: bool = False
) -> dict[str, Any]:
    """Return the settings of a Splink model for the records of a workbench.

    `explains` keeps each comparison's weight beside the pair's.
    """

    def filled(comparison: Comparison):
        names, column = level_names(comparison), comparison.column

        def fill(level: str) -> dict[str, Any]:
            place = names.index(level)
            return {
                key: shares[column][place]
                for key, shares in (("m_probability", m), ("u_probability", u))
                if shares is not None
            }

        return fill

    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "probability_two_random_records_match": prior,
        "em_convergence": 1e-4,
        "max_iterations": ITERATIONS,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": explains,
        "comparisons": [settings_of(one, filled(one)) for one in plan.comparisons],
        "blocking_rules_to_generate_predictions": [
            _rule([f"key_{place}"], plan) for place in range(len(plan.blocking))
        ],
    }


def splink_model(
    bench: Workbench,
    plan: LinkagePlan,
    *,
    prior: float,
    m: Shares,
    u: Shares | None = None,
    explains: bool = False,
) -> SplinkModel:
    """Return a Splink model over the records of a workbench."""
    from splink import DuckDBAPI, Linker

    database = DuckDBAPI(connection=bench.connection)
    settings = splink_settings(plan, prior=prior, m=m, u=u, explains=explains)
    return Linker(database.register(RECORDS), settings, log_level=None)


def estimate(bench: Workbench, plan: LinkagePlan) -> Estimates:
    """Return what the records themselves teach."""
    prior, m = first_guess(bench), expected_of_matches(plan)
    random_pairs = min(RANDOM_PAIRS, bench.rows * (bench.rows - 1) / 2)
    among_random = shares_among_random(bench, plan, prior=prior, m=m)
    before = Estimates(m, among_random, (), random_pairs)
    u = parameters_at(before, prior).u
    found = (shares_beside(bench, plan, rule, m, u) for rule in plan.training)
    beside = tuple(shares for shares in found if shares)
    u = parameters_at(replace(before, beside=beside), prior).u
    model = splink_model(bench, plan, prior=prior, m=m, u=u)
    sessions = tuple(_train(model, rule, plan) for rule in plan.training)
    learned = {
        column: matched_shares(shares) for column, shares in _shares(model, plan, "m").items()
    }
    return Estimates(learned, among_random, beside, random_pairs, sessions)


def expected_of_matches(plan: LinkagePlan) -> Shares:
    """Return m before anything is learned."""
    expected = {}
    for comparison in plan.comparisons:
        others = len(level_names(comparison)) - 1
        rest = (1 - EQUAL_AMONG_MATCHES) / others
        expected[comparison.column] = (EQUAL_AMONG_MATCHES, *([rest] * others))
    return expected


def shares_among_random(
    bench: Workbench, plan: LinkagePlan, *, prior: float, m: Shares
) -> dict[str, tuple[float, ...]]:
    """Return the shares of levels among random pairs; 0 for a level that none is on."""
    model = splink_model(bench, plan, prior=prior, m=m)
    model.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=plan.seed)
    return _shares(model, plan, "u")


def parameters_at(estimates: Estimates, prior: float) -> Parameters:
    """Return m and u, given the probability that two random records match.

    The weights fall from level to level: a worse agreement never counts for more than a better
    one, however few pairs the sample has had of either.
    """
    m, u = {}, {}
    for column, shares in estimates.among_random.items():
        unmatched = unmatched_shares(
            shares, estimates.m[column], prior=prior, pairs=estimates.random_pairs
        )
        for beside in estimates.beside:
            if column in beside:
                unmatched = at_least(unmatched, beside[column])
        m[column], u[column] = pooled(estimates.m[column], unmatched)
    return Parameters(m, u)


def at_least(shares: Sequence[float], floor: Sequence[float]) -> tuple[float, ...]:
    """Return the greater share of each level; the last, different, takes what is left."""
    greater = np.maximum(shares, floor)[:-1]
    left = 1 - greater.sum()
    if left <= 0:
        return tuple(np.asarray(floor))
    return (*greater, left)


def first_guess(bench: Workbench) -> float:
    """Return a probability that two random records match: one match for every five records.

    It only starts the estimation; the probability used for scores is found from the pairs.
    """
    return min(0.1, 0.2 * bench.rows / max(bench.possible_pairs(), 1.0))


def matched_shares(values: Sequence[float]) -> tuple[float, ...]:
    """Return m of each level; none is 0, and together they are 1."""
    shares = np.maximum(np.asarray(values), RAREST_AMONG_MATCHES)
    return tuple(shares / shares.sum())


def unmatched_shares(
    values: Sequence[float], m: Sequence[float], *, prior: float, pairs: float
) -> tuple[float, ...]:
    """Return u of each level without the matches among the random pairs.

    Of random pairs a share `prior` are matches, so that a level is seen with probability
    prior m + (1 - prior) u. A level that no pair reached is taken to be half a pair.
    """
    shares = (np.asarray(values) - prior * np.asarray(m)) / (1 - prior)
    shares = np.maximum(shares, 0.5 / pairs)
    return tuple(shares / shares.sum())


def pooled(m: Sequence[float], u: Sequence[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return m and u whose ratio falls from level to level.

    Neighbors in the wrong order get the ratio that they have together (pool adjacent violators:
    Ayer et al., 1955); each keeps its share of u.
    """
    groups: list[list[float]] = []  # m, u, levels
    for one_m, one_u in zip(m, u, strict=True):
        groups.append([one_m, one_u, 1])
        while len(groups) > 1 and groups[-2][0] * groups[-1][1] < groups[-1][0] * groups[-2][1]:
            last = groups.pop()
            groups[-1] = [sum(pair) for pair in zip(groups[-1], last, strict=True)]
    ratios = [group[0] / group[1] for group in groups for _ in range(int(group[2]))]
    # Rounded, for sums over threads differ in their last digits from run to run.
    return (
        tuple(_rounded(ratio * one_u) for ratio, one_u in zip(ratios, u, strict=True)),
        tuple(_rounded(one_u) for one_u in u),
    )


def _train(model: SplinkModel, rule: Sequence[str], plan: LinkagePlan) -> Session:
    from splink.internals.exceptions import EMTrainingException

    try:
        session = model.training.estimate_parameters_using_expectation_maximisation(
            _rule(rule, plan)["blocking_rule"],
            fix_u_probabilities=True,
            estimate_without_term_frequencies=True,
            max_pairs=TRAINING_PAIRS,
            record_sample_proportion=0.1,
        )
    except EMTrainingException:
        return Session(tuple(rule), "no_pairs")
    iterations = len(session._core_model_settings_history) - 1
    outcome = "trained" if iterations < ITERATIONS else "not_converged"
    return Session(tuple(rule), outcome, iterations)


def _rule(columns: Sequence[str], plan: LinkagePlan) -> dict[str, str]:
    equal = [f"l.{quoted(name)} = r.{quoted(name)}" for name in columns]
    other = ["l.source_no <> r.source_no"] if plan.between_sources else []
    return {"blocking_rule": " AND ".join([*equal, *other])}


def _shares(model: SplinkModel, plan: LinkagePlan, name: str) -> dict[str, tuple[float, ...]]:
    """Return m or u as Splink has it; 0 where it never saw the level."""
    found = model.misc.save_model_to_json()["comparisons"]
    return {
        comparison.column: tuple(
            _number(level.get(f"{name}_probability"))
            for level in one["comparison_levels"]
            if not level.get("is_null_level")
        )
        for comparison, one in zip(plan.comparisons, found, strict=True)
    }


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
