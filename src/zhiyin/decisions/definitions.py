"""A workspace's decision files, and the tables that follow from them alone."""

from __future__ import annotations

from pathlib import Path

import ibis.expr.types as ir

from zhiyin.core.ids import stable_digest
from zhiyin.decisions.choosing import condition_of, strategy_coverage
from zhiyin.decisions.offers import load_offers
from zhiyin.decisions.planning import Definitions
from zhiyin.decisions.policy import load_policy
from zhiyin.decisions.strategies import check_offers, load_strategies
from zhiyin.decisions.tables import STRATEGY_COVERAGE
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.api import SOURCE_SPECS, Sources, lists_of, load_audiences, trees_of
from zhiyin.profiles.membership.api import listed_people
from zhiyin.profiles.membership.tables import AUDIENCE_MEMBERS
from zhiyin.warehouse.api import BuildContext, TableBuild


def load_definitions(root: Path) -> Definitions:
    """Read a workspace's strategies, offers and contact policy, checked against each other.

    Raises
    ------
    InvalidInput, NotFound
        A file is missing or says something that is not allowed.
    """
    strategies = load_strategies(root / "strategies")
    offers = load_offers(root / "offers.yaml")
    check_offers(strategies, offers)
    for strategy in strategies:
        condition_of(strategy)
    return Definitions(strategies, offers, load_policy(root / "policies" / "contact.yaml"))


def builds(root: Path) -> tuple[TableBuild, ...]:
    """Return the builds of the tables that follow from the definitions in a workspace."""
    strategies = load_strategies(root / "strategies")
    defined = load_audiences(root)
    audiences, lists = trees_of(defined), lists_of(defined)

    def build(*inputs: ir.Table, context: BuildContext) -> ir.Table:
        *tables, members = inputs
        listed = listed_people(lists, members, tables[SOURCE_SPECS.index(PERSON_OF)])
        sources = Sources(*tables, as_of=context.as_of, audiences=audiences, listed=listed)
        return strategy_coverage(strategies, sources)

    return (
        TableBuild(
            spec=STRATEGY_COVERAGE,
            inputs=(*SOURCE_SPECS, AUDIENCE_MEMBERS),
            build=build,
            depends_on_time=True,
            definition=_digest(root, ("strategies", "audiences")),
        ),
    )


def _digest(root: Path, folders: tuple[str, ...]) -> str:
    files = [path for name in folders for path in sorted((root / name).glob("*.yaml"))]
    return stable_digest(*(part for path in files for part in (path.name, path.read_text("utf-8"))))
