"""Identity's front door: evidence, links, people, households, builds."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from zhiyin.collect import tables as ods
from zhiyin.identity.blocking import blocked
from zhiyin.identity.coding import coded, component_labels
from zhiyin.identity.components import components, person_of
from zhiyin.identity.contraction import contracted
from zhiyin.identity.edges import edges
from zhiyin.identity.golden.builds import golden_builds
from zhiyin.identity.growth import BEGINNING, WITHDRAWN, greatest, new_edges, new_links, new_people
from zhiyin.identity.households import households, new_households
from zhiyin.identity.joining import with_person
from zhiyin.identity.ledger.builds import ledger_builds
from zhiyin.identity.links import inputs_for, links
from zhiyin.identity.live import Rework, Touched, judged, rework
from zhiyin.identity.policy import Policy, load_policy
from zhiyin.identity.rates import rates_build
from zhiyin.identity.tables import (
    BLOCKED,
    DECISIONS,
    EDGES,
    HOUSEHOLDS,
    LINKS,
    MATCHES,
    PERSON_OF,
)
from zhiyin.identity.texts import external_kind, typed_text
from zhiyin.identity.verdicts import Inputs
from zhiyin.ports.warehouse import How
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, Exchange, TableBuild

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir

__all__ = [
    "WITHDRAWN",
    "Inputs",
    "Policy",
    "Rework",
    "Touched",
    "blocked",
    "builds",
    "builds_of",
    "coded",
    "component_labels",
    "components",
    "contracted",
    "edges",
    "external_kind",
    "households",
    "inputs_for",
    "judged",
    "links",
    "load_policy",
    "person_of",
    "rework",
    "typed_text",
    "with_person",
]

FACTS = (dw.CUSTOMERS, dw.ORDERS, dw.EVENTS, dw.REFUNDS, dw.TOUCHES)


def builds(root: Path | None = None) -> list[TableBuild]:
    """Return the builds from evidence to people.

    Parameters
    ----------
    root : the workspace, for its `policies/identity.yaml`; the policy that ships with us if None.
    """
    people = builds_of(load_policy(root))
    return [*people, *ledger_builds(), *golden_builds(root), rates_build()]


def builds_of(policy: Policy) -> list[TableBuild]:
    """Return the builds from evidence to people under a policy."""
    kept = policy.digest
    return [
        TableBuild(
            spec=EDGES,
            inputs=(ods.CUSTOMERS, ods.EVENTS),
            build=build_edges,
            additions=grown_edges,
            grows_by=How.MERGE,
        ),
        TableBuild(
            spec=LINKS,
            inputs=(EDGES, DECISIONS, MATCHES, dw.CUSTOMERS),
            build=partial(build_links, policy=policy),
            additions=partial(grown_links, policy=policy),
            definition=kept,
        ),
        TableBuild(
            spec=BLOCKED,
            inputs=(LINKS,),
            build=partial(build_blocked, policy=policy),
            definition=kept,
        ),
        TableBuild(
            spec=PERSON_OF,
            inputs=(LINKS, *FACTS),
            build=partial(build_person_of, policy=policy),
            additions=partial(grown_person_of, policy=policy),
            definition=kept,
        ),
        TableBuild(
            spec=HOUSEHOLDS,
            inputs=(LINKS, PERSON_OF),
            build=build_households,
            additions=grown_households,
        ),
    ]


def build_edges(records: ir.Table, events: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return `dw.identity_edges`; evidence does not expire, so `context` plays no part."""
    return edges(records, events)


def grown_edges(
    already: ir.Table, records: ir.Table, events: ir.Table, *, context: BuildContext
) -> ir.Table:
    """Return the rows of `dw.identity_edges` that new loads changed."""
    return new_edges(already, records, events)


def build_links(
    edge_rows: ir.Table,
    decisions: ir.Table,
    matches: ir.Table,
    customers: ir.Table,
    *,
    policy: Policy,
    context: BuildContext,
) -> ir.Table:
    """Return `dw.identity_links`."""
    return links(
        edge_rows, decisions, matches, customers, policy=policy, changed_at=instant(context)
    )


def grown_links(
    already: ir.Table, *inputs: ir.Table, policy: Policy, context: BuildContext
) -> Exchange:
    """Return the rows of `dw.identity_links` that new evidence changed."""
    return new_links(already, *inputs, policy=policy, changed_at=instant(context))


def build_blocked(link_rows: ir.Table, *, policy: Policy, context: BuildContext) -> ir.Table:
    """Return `dw.identity_blocked`; `context` plays no part.

    Every link of a blocked id is blocked, so these links are enough to count its users.
    """
    found = link_rows.filter(link_rows.verdict == "blocked").select("left_id", "right_id", "seen")
    # Fetched, because an engine would look for them among all links once for each use.
    return blocked(ibis.memtable(found.to_pyarrow()), policy)


def build_person_of(
    link_rows: ir.Table, *facts: ir.Table, policy: Policy, context: BuildContext
) -> ir.Table:
    """Return `dw.person_of`."""
    # Before all links that may come, so that the next build sees them.
    return person_of(link_rows, *facts, changed_at=last_change(link_rows), kinds=policy.kinds)


def grown_person_of(
    already: ir.Table,
    link_rows: ir.Table,
    *facts: ir.Table,
    policy: Policy,
    context: BuildContext,
) -> Exchange:
    """Return the rows of `dw.person_of` that changed links changed, and new visitors."""
    return new_people(already, link_rows, *facts, kinds=policy.kinds)


def build_households(link_rows: ir.Table, people: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return `dw.households`; `context` plays no part."""
    return households(link_rows, people, changed_at=last_change(link_rows))


def grown_households(
    already: ir.Table, link_rows: ir.Table, people: ir.Table, *, context: BuildContext
) -> Exchange:
    """Return the rows of `dw.households` that changed links changed."""
    return new_households(already, link_rows, people)


def last_change(link_rows: ir.Table) -> datetime:
    """Return when links last changed."""
    return greatest(link_rows, "changed_at")[0] or BEGINNING


def instant(context: BuildContext) -> datetime:
    """Return when the build runs; outside of a run, from when it looks."""
    return context.built_at or context.as_of
