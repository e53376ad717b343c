"""What new evidence changes: only the clusters that it touches are worked out again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.blocking import blocked
from zhiyin.identity.components import COLUMNS as PERSON_COLUMNS
from zhiyin.identity.components import alone, linked_people
from zhiyin.identity.edges import GRAIN, additive_pairs, alias_edges, counted, edges, oriented
from zhiyin.identity.links import TOLD, by_people_and_models, inputs_for, paired, stamped
from zhiyin.identity.policy import Policy
from zhiyin.identity.tables import EDGES, LINKS
from zhiyin.identity.verdicts import with_verdicts

if TYPE_CHECKING:
    import ibis.expr.types as ir

PAIR = ("left_id", "right_id")
WITHDRAWN = "withdrawn"
# An import takes its number when it begins, so a load may be published after some with higher
# numbers; further back than these nobody looks.
RECENT_LOADS = 64
BEGINNING = datetime(1970, 1, 1)  # noqa: DTZ001 - the warehouse keeps UTC without an offset


def new_edges(already: ir.Table, records: ir.Table, events: ir.Table) -> ir.Table:
    """Return the edges that loads since the last build added to, counted up.

    Loads are taken by number. Where a recent load is found to have been published late, everything
    is counted again, and what differs is returned as of a new load.

    Parameters
    ----------
    already : dw.identity_edges as published.
    records, events : ods.customers and ods.events.
    """
    newest = _greatest(already, "load_id") or 0
    recent = [rows.filter(rows.load_id.between(newest - RECENT_LOADS, newest))
              for rows in (records, events)]  # fmt: skip
    missing = oriented(additive_pairs(*recent)).anti_join(already, GRAIN)
    if missing.limit(1).to_pyarrow().num_rows:
        anew = edges(records, events).anti_join(already, list(EDGES.columns))
        return anew.mutate(load_id=ibis.greatest(anew.load_id, newest + 1))
    due = [rows.filter(rows.load_id > newest) for rows in (records, events)]
    fresh = oriented(additive_pairs(*due))
    before = already.semi_join(fresh, GRAIN)
    aliases = alias_edges(events)
    return counted(fresh.union(before)).union(aliases.filter(aliases.load_id > newest))


def new_links(
    already: ir.Table,
    edge_rows: ir.Table,
    decisions: ir.Table,
    matches: ir.Table,
    customers: ir.Table,
    *,
    policy: Policy,
    changed_at: datetime,
) -> ir.Table:
    """Return the rows of `dw.identity_links` that are new or have become different.

    Worked out again are the clusters that new edges touch, those that decisions name, and those
    where a name of a record decided, for names may have changed. The links of a match or decision
    that no longer holds stay as refused ones, with the evidence `withdrawn`.

    Parameters
    ----------
    already : dw.identity_links as published; the others as for `links`.
    """
    due = _due_pairs(already, edge_rows, decisions, matches, policy)
    told = paired(
        edge_rows.semi_join(ibis.memtable(due), PAIR), decisions, matches, policy
    ).to_pyarrow()
    touched = _ids(due, _decided_ids(decisions))
    before = _links_around(already, touched, policy).to_pyarrow()
    standing = before.filter(pc.not_equal(before["evidence"], WITHDRAWN))
    others = _without(standing.select(TOLD), due)
    rows = pa.concat_tables([others, told.cast(others.schema)])
    doubtful = standing.filter(pc.equal(standing["verdict"], "blocked"))
    nobody = _nobody(already, told, _ids(due, _ends(doubtful)), policy)
    inputs = inputs_for(policy, nobody, decisions, customers)
    when = max(changed_at, _after(_greatest(already, "changed_at")))
    judged = stamped(with_verdicts(rows, inputs), when)
    gone = _withdrawn(_only(standing, due), told, when)
    return ibis.memtable(_changed(before, pa.concat_tables([judged, gone])))


def new_people(
    already: ir.Table, link_rows: ir.Table, *facts: ir.Table, kinds: Sequence[str]
) -> ir.Table:
    """Return the rows of `dw.person_of` that are new or have become different.

    Parameters
    ----------
    already : dw.person_of as published.
    link_rows : dw.identity_links.
    facts : tables with a visitor_id.
    """
    since = _greatest(already, "changed_at")
    changed = link_rows if since is None else link_rows.filter(link_rows.changed_at > since)
    ends = _ends(changed.select(PAIR).to_pyarrow())
    around = link_rows.filter(link_rows.verdict != "blocked", link_rows.evidence != WITHDRAWN)
    names = _touching(around, ends).select("cluster_id").distinct()
    whole = link_rows.semi_join(names, "cluster_id").union(
        _touching(link_rows, ends), distinct=True
    )
    told = whole.select(*PAIR, "verdict", "cluster_id").to_pyarrow()
    people = linked_people(told, kinds)
    # Of a blocked id's many neighbors only those in question are here whole.
    members = whole.filter(whole.verdict != "blocked").select(*PAIR).to_pyarrow()
    wanted = pc.unique(pa.chunked_array([*_ends(members).chunks, *ends.chunks], pa.string()))
    people = people.filter(pc.is_in(people["visitor_id"], wanted))
    newest = _greatest(link_rows, "changed_at") or since or BEGINNING
    linked = ibis.memtable(people)
    strangers = _strangers(already, linked, facts)
    everybody = linked.union(strangers) if strangers is not None else linked
    stamped_rows = everybody.mutate(changed_at=ibis.literal(newest, "timestamp(6)"))
    told_before = already.drop("changed_at")
    same = stamped_rows.anti_join(told_before, list(told_before.columns))
    return same.select(PERSON_COLUMNS)


def _strangers(already: ir.Table, linked: ir.Table, facts: Sequence[ir.Table]) -> ir.Table | None:
    """Return visitors whom no row names yet, as people of their own."""
    if not facts:
        return None
    known = already.select(linked.columns).anti_join(linked, "visitor_id").union(linked)
    return alone(known, *facts)


def _due_pairs(
    already: ir.Table, edge_rows: ir.Table, decisions: ir.Table, matches: ir.Table, policy: Policy
) -> pa.Table:
    """Return the pairs whose evidence may have changed."""
    newest = _greatest(already, "load_id") or 0
    fresh = edge_rows.filter(edge_rows.load_id > newest).select(*PAIR)
    wanted = by_people_and_models(decisions, matches, policy).select(*PAIR)
    spoken = already.evidence.startswith("decision") | already.evidence.endswith("linkage")
    had = already.filter(spoken).select(*PAIR)
    return fresh.union(wanted, had, distinct=True).to_pyarrow()


def _links_around(already: ir.Table, touched: pa.Table, policy: Policy) -> ir.Table:
    """Return the links of every cluster that has to be worked out again."""
    ids = touched["visitor_id"]
    clusters = _touching(already.filter(already.verdict != "blocked"), ids)
    by_name = already.rule == "names"
    differ = already.reason.isin(["names_differ", "users_differ"])
    contact = [already.left_id.startswith(f"{k}:") for k in policy.join_users.if_names_agree]
    for is_contact in contact:
        by_name |= differ & is_contact
    named = already.filter(by_name.fill_null(False))
    names = clusters.select("cluster_id").union(
        named.select("cluster_id"), ibis.memtable(touched).select(cluster_id="visitor_id")
    )
    return already.semi_join(names.distinct(), "cluster_id")


def _nobody(
    already: ir.Table, told: pa.Table, doubtful: pa.Table, policy: Policy
) -> pa.ChunkedArray:
    """Return which of the doubtful ids the policy blocks."""
    columns = (*PAIR, "seen")
    fresh = ibis.memtable(told.select(columns))
    standing = already.filter(already.evidence != WITHDRAWN).select(columns)
    every = standing.anti_join(fresh, PAIR).union(fresh)
    judged = blocked(_touching(every, doubtful["visitor_id"]), policy)
    wanted = judged.semi_join(ibis.memtable(doubtful), [("blocked_id", "visitor_id")])
    return wanted.select("blocked_id").to_pyarrow()["blocked_id"]


def _touching(links: ir.Table, ids: pa.ChunkedArray) -> ir.Table:
    wanted = ibis.memtable(pa.table({"wanted_id": ids}))
    return links.filter(
        links.left_id.isin(wanted.wanted_id) | links.right_id.isin(wanted.wanted_id)
    )


def _decided_ids(decisions: ir.Table) -> pa.ChunkedArray:
    return _ends(decisions.select(*PAIR).to_pyarrow())


def _ends(pairs: pa.Table) -> pa.ChunkedArray:
    chunks = [*pairs["left_id"].chunks, *pairs["right_id"].chunks]
    return pa.chunked_array([pc.unique(pa.chunked_array(chunks, pa.string()))])


def _ids(pairs: pa.Table, more: pa.ChunkedArray) -> pa.Table:
    both = pa.chunked_array([*_ends(pairs).chunks, *more.chunks], pa.string())
    return pa.table({"visitor_id": pc.unique(both)})


def _without(rows: pa.Table, pairs: pa.Table) -> pa.Table:
    return rows.join(pairs, list(PAIR), join_type="left anti").select(rows.column_names)


def _only(rows: pa.Table, pairs: pa.Table) -> pa.Table:
    return rows.join(pairs, list(PAIR), join_type="left semi").select(rows.column_names)


def _withdrawn(due: pa.Table, told: pa.Table, when: datetime) -> pa.Table:
    """Return the links that nothing speaks for any more, as refused ones."""
    gone = _without(due, told.select(PAIR))
    words = {"evidence": WITHDRAWN, "sources": "", "verdict": "refused", "reason": "cut"}
    columns = {name: pa.repeat(pa.scalar(word), len(gone)) for name, word in words.items()}
    columns |= {"cluster_id": gone["left_id"], "strength": pa.repeat(pa.scalar(0), len(gone))}
    columns["rule"] = pa.nulls(len(gone), pa.string())
    columns["changed_at"] = pa.repeat(pa.scalar(when, pa.timestamp("us")), len(gone))
    filled = {name: columns.get(name, gone[name]) for name in LINKS.columns}
    return pa.table(filled).cast(_schema())


def _changed(before: pa.Table, after: pa.Table) -> pa.Table:
    """Return the rows of `after` that are not in `before`, the instant of change aside."""
    compared = [name for name in LINKS.columns if name != "changed_at"]
    kept = after.cast(_schema())
    columns = [before.cast(_schema()).select(compared), kept.select(compared)]
    old, new = (
        zip(*(column.to_pylist() for column in rows.columns), strict=True) for rows in columns
    )
    known = set(old)
    return kept.filter(pa.array([row not in known for row in new], pa.bool_()))


def _tuples(rows: pa.Table) -> Iterable[tuple[object, ...]]:
    return zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _schema() -> pa.Schema:
    schema = LINKS.schema().to_pyarrow()
    return pa.schema([field.with_nullable(True) for field in schema])


def _greatest(table: ir.Table, column: str):
    return table.agg(greatest=table[column].max()).to_pyarrow()["greatest"][0].as_py()


def _after(instant: datetime | None) -> datetime:
    return BEGINNING if instant is None else instant + timedelta(microseconds=1)
