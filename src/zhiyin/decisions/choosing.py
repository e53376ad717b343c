"""Which strategy a person falls under."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from zhiyin.decisions.strategies import Strategy
from zhiyin.decisions.tables import STRATEGY_COVERAGE
from zhiyin.profiles.api import Condition, Sources, parse_condition, select

NO_STRATEGY = "none"


def condition_of(strategy: Strategy) -> Condition:
    """Return the tree of people that a strategy is for.

    Raises
    ------
    InvalidInput
        The condition is malformed; the sentence names the place in it.
    """
    written = strategy.where if strategy.audience is None else {"audience": strategy.audience}
    return parse_condition(written, f"strategy {strategy.name}: where")


def first_strategies(strategies: Sequence[Strategy], sources: Sources) -> ir.Table:
    """Return the first strategy, in the order given, whose audience a person is in.

    Returns
    -------
    person_id and rank (0 for the first strategy), a row for every person in at least one audience.
    """
    members = []
    for rank, strategy in enumerate(strategies):
        found = select(condition_of(strategy), sources)
        # A union wants equal types, and a selection that joins may lose the promise of no null.
        person = found.person_id.cast("string")
        members.append(found.select(person_id=person, rank=ibis.literal(rank, "int64")))
    everyone = ibis.union(*members, distinct=False) if len(members) > 1 else members[0]
    return everyone.group_by("person_id").agg(rank=everyone["rank"].min())


def by_rank(rank: ir.IntegerValue, values: Sequence[object], kind: str) -> ir.Value:
    """Return the value of each row's strategy, of the Ibis type `kind`."""
    branches = [
        (rank == place, ibis.literal(value, kind))
        for place, value in enumerate(values)
        if value is not None
    ]
    return ibis.cases(*branches, else_=ibis.null(kind)) if branches else ibis.null(kind)


def strategy_coverage(strategies: Sequence[Strategy], sources: Sources) -> ir.Table:
    """Return the strategy that every person falls under, `none` for people whom none wants."""
    people = sources.customers.select("person_id")
    if not strategies:
        return people.mutate(strategy=ibis.literal(NO_STRATEGY))
    chosen = first_strategies(strategies, sources)
    named = chosen.select(
        "person_id", strategy=by_rank(chosen["rank"], [each.name for each in strategies], "string")
    )
    joined = people.left_join(named, "person_id")
    covered = joined.select("person_id", strategy=joined.strategy.fill_null(NO_STRATEGY))
    return covered.select(*STRATEGY_COVERAGE.columns)
