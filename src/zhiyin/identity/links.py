"""`dw.identity_links`: each pair of ids once, with what the merge policy made of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.blocking import blocked
from zhiyin.identity.policy import Policy
from zhiyin.identity.tables import EDGES, LINKS
from zhiyin.identity.verdicts import EVIDENCE, Inputs, NamesOf, with_verdicts

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = list(LINKS.columns)
# What a link is before it is judged.
TOLD = ("left_id", "right_id", "evidence", "sources", "seen", "first_seen", "last_seen", "load_id")


def links(
    edges: ir.Table,
    decisions: ir.Table,
    matches: ir.Table,
    customers: ir.Table,
    *,
    policy: Policy,
    changed_at: datetime,
) -> ir.Table:
    """Return every pair with evidence, and what the policy makes of it.

    A cluster is worked out as a whole, with loops that no expression can run, so this function
    fetches its rows on every engine: about 300 bytes of memory a link.

    Parameters
    ----------
    edges : dw.identity_edges.
    decisions : dw.identity_decisions; those that were taken back play no part.
    matches : dw.identity_matches; those below the policy's probability play no part.
    customers : dw.customers, for the names.

    Returns
    -------
    `dw.identity_links`.
    """
    counted = edges.group_by("left_id", "right_id").agg(seen=edges.seen.sum())
    nobody = blocked(counted, policy).select("blocked_id").to_pyarrow()["blocked_id"]
    told = paired(edges, decisions, matches, policy).to_pyarrow()
    inputs = inputs_for(policy, nobody, decisions, customers)
    return ibis.memtable(stamped(with_verdicts(told, inputs), changed_at))


def paired(edges: ir.Table, decisions: ir.Table, matches: ir.Table, policy: Policy) -> ir.Table:
    """Return each pair once, its evidence in one row; decisions to join and matches are evidence.

    Decisions and matches add nothing to how often a pair was seen.
    """
    told = edges.select(*EDGES.columns).union(by_people_and_models(decisions, matches, policy))
    kinds = {f"is_{kind}": (told.evidence == kind).any() for kind in EVIDENCE}
    grouped = told.group_by("left_id", "right_id").agg(
        **kinds,
        sources=told.source_id.collect(distinct=True),
        seen=told.seen.sum(),
        first_seen=told.first_seen.min(),
        last_seen=told.last_seen.max(),
        load_id=told.load_id.max(),
    )
    words = ibis.literal("")
    for kind in EVIDENCE:
        words += ibis.ifelse(grouped[f"is_{kind}"], f"{kind},", "")  # pyright: ignore[reportOperatorIssue]
    return grouped.mutate(
        evidence=words.re_replace(",$", ""),  # pyright: ignore[reportAttributeAccessIssue]
        sources=grouped.sources.sort().join(","),
    ).select(*TOLD)


def by_people_and_models(decisions: ir.Table, matches: ir.Table, policy: Policy) -> ir.Table:
    """Return decisions to join and matches sure enough, as edges."""
    return _decided(decisions).union(_matched(matches, policy))


def inputs_for(
    policy: Policy,
    nobody: pa.ChunkedArray,
    decisions: ir.Table,
    customers: ir.Table,
) -> Inputs:
    """Return what verdicts depend on; names are fetched only for the users in question."""
    kept = holding(decisions).select("kind", "left_id", "right_id").distinct().to_pyarrow()
    separate, cut = (kept.filter(pc.equal(kept["kind"], kind)) for kind in ("separate", "cut"))
    return Inputs(policy, nobody, separate, cut, names_in(customers))


def holding(decisions: ir.Table) -> ir.Table:
    """Return the decisions that were not taken back."""
    return decisions.filter(decisions.revoked_at.isnull())


def names_in(customers: ir.Table) -> NamesOf:
    """Return a function that fetches the names of some users' records."""

    def names_of(users: pa.Array) -> pa.Table:
        if len(users) == 0:
            return pa.table({"visitor_id": users, "name": pa.array([], pa.string())})
        asked = ibis.memtable(pa.table({"visitor_id": users}))
        known = customers.filter(customers.name.notnull()).select("visitor_id", "name")
        return known.semi_join(asked, "visitor_id").to_pyarrow()

    return names_of


def stamped(links: pa.Table, changed_at: datetime) -> pa.Table:
    """Return the columns of `dw.identity_links`."""
    when = pa.repeat(pa.scalar(changed_at, pa.timestamp("us")), links.num_rows)
    return links.append_column("changed_at", when).select(COLUMNS)


def _decided(decisions: ir.Table) -> ir.Table:
    return _as_evidence(holding(decisions).filter(lambda t: t.kind == "join"), "decision")


def _matched(matches: ir.Table, policy: Policy) -> ir.Table:
    least = policy.join_users.linkage_at_least
    sure = matches.filter(matches.verdict == "accepted", matches.probability >= least)
    return _as_evidence(sure, "linkage")


def _as_evidence(pairs: ir.Table, kind: str) -> ir.Table:
    nothing = ibis.null("timestamp(6)")
    edges = pairs.select(
        left_id=ibis.least(pairs.left_id, pairs.right_id),
        right_id=ibis.greatest(pairs.left_id, pairs.right_id),
        evidence=ibis.literal(kind),
        source_id=ibis.literal(kind),
        seen=ibis.literal(0, "int64"),
        first_seen=nothing,
        last_seen=nothing,
        load_id=ibis.literal(0, "int64"),
    )
    # The order of columns counts in a union.
    return edges.filter(edges.left_id != edges.right_id).select(*EDGES.columns)
