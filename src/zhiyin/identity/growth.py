"""What new evidence changes: only the clusters that it touches are worked out again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.blocking import blocked
from zhiyin.identity.components import COLUMNS as PERSON_COLUMNS
from zhiyin.identity.components import alone, linked_people
from zhiyin.identity.edges import GRAIN, aliases, counted, edges, pairs, tellings
from zhiyin.identity.links import TOLD, by_people_and_models, inputs_for, paired, stamped
from zhiyin.identity.policy import Policy
from zhiyin.identity.tables import EDGES, LINKS
from zhiyin.identity.verdicts import with_verdicts

if TYPE_CHECKING:
    import ibis.expr.types as ir

PAIR = ("left_id", "right_id")
WITHDRAWN = "withdrawn"
PEOPLES = (*PAIR, "verdict", "cluster_id", "evidence")
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
    recent = [rows.filter(rows.load_id > newest - RECENT_LOADS) for rows in (records, events)]
    told = tellings(*recent, after=newest).union(aliases(events))
    fresh = counted(pairs(told), "is_new")
    before = already.select(*GRAIN, was_seen="seen", was_first="first_seen", was_last="last_seen")
    both = fresh.left_join(before, GRAIN)
    is_alias = both.evidence == "alias"
    is_late = ~both.is_new & both.was_seen.isnull()
    due = ibis.ifelse(is_alias, both.load_id > newest, both.is_new | is_late)
    adds = ~is_alias & both.was_seen.notnull()
    added = both.filter(due).select(
        *GRAIN,
        "is_new",
        "load_id",
        seen=both.seen + ibis.ifelse(adds, both.was_seen, 0),
        first_seen=_either(ibis.least, both.first_seen, both.was_first, adds),
        last_seen=_either(ibis.greatest, both.last_seen, both.was_last, adds),
    )
    found = added.to_pyarrow()
    if pc.all(found["is_new"]).as_py():
        return ibis.memtable(found.select(list(EDGES.columns)))
    anew = edges(records, events).anti_join(already, list(EDGES.columns))
    return anew.mutate(load_id=ibis.greatest(anew.load_id, newest + 1))


def _either(choice: Callable, now: ir.Value, was: ir.Value, adds: ir.BooleanValue) -> ir.Value:
    """Return the choice of two instants of which either may be unknown."""
    known = ibis.coalesce(choice(now, was), now, was)
    return ibis.ifelse(adds, known, now)


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
    return ibis.memtable(
        changed_rows(before, pa.concat_tables([judged.cast(links_schema()), gone]))
    )


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
    changed = changed.select(*PEOPLES).to_pyarrow()
    told, wanted = _clusters_of(changed, link_rows)
    people = linked_people(told, kinds)
    people = people.filter(pc.is_in(people["visitor_id"], wanted))
    before = already.semi_join(ibis.memtable(people.select(["visitor_id"])), "visitor_id")
    linked = ibis.memtable(people)
    different = changed_rows(before.to_pyarrow(), people, ["visitor_id"])
    everybody = ibis.memtable(different)
    if facts:
        known = already.select(linked.columns).anti_join(linked, "visitor_id").union(linked)
        strangers = alone(known, *facts)
        everybody = everybody.union(strangers.anti_join(already, "visitor_id"))
    newest = _greatest(link_rows, "changed_at") or since or BEGINNING
    return everybody.mutate(changed_at=ibis.literal(newest, "timestamp(6)")).select(PERSON_COLUMNS)


def _clusters_of(changed: pa.Table, link_rows: ir.Table) -> tuple[pa.Table, pa.ChunkedArray]:
    """Return the links of the clusters that changed, whole, and the ids in question.

    A link that ties tells the cluster of both its ends; of one that is blocked or withdrawn the
    ends' other links have to be looked up.
    """
    ties = pc.and_(
        pc.not_equal(changed["verdict"], "blocked"), pc.not_equal(changed["evidence"], WITHDRAWN)
    )
    tied, loose = changed.filter(ties), changed.filter(pc.invert(ties))
    ends = _ends(loose)
    ends = ends.filter(pc.invert(pc.is_in(ends, _ends(tied))))
    names = ibis.memtable(tied.select(["cluster_id"]))
    if len(ends):
        around = link_rows.filter(link_rows.verdict != "blocked", link_rows.evidence != WITHDRAWN)
        names = names.union(_clusters_touching(around, ends))
    whole = link_rows.semi_join(names.distinct(), "cluster_id").select(*PEOPLES).to_pyarrow()
    members = _ends(whole.filter(pc.not_equal(whole["verdict"], "blocked")))
    told = pa.concat_tables([whole, loose.cast(whole.schema)])
    wanted = pc.unique(pa.chunked_array([*members.chunks, *_ends(changed).chunks], pa.string()))
    return told, wanted


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
    clusters = _clusters_touching(already.filter(already.verdict != "blocked"), ids)
    by_name = already.rule == "names"
    differ = already.reason.isin(["names_differ", "users_differ"])
    contact = [already.left_id.startswith(f"{k}:") for k in policy.join_users.if_names_agree]
    for is_contact in contact:
        by_name |= differ & is_contact
    named = already.filter(by_name.fill_null(False))
    names = clusters.union(
        named.select("cluster_id"), ibis.memtable(touched).select(cluster_id="visitor_id")
    )
    return already.semi_join(names.distinct(), "cluster_id")


def _nobody(
    already: ir.Table, told: pa.Table, doubtful: pa.Table, policy: Policy
) -> pa.ChunkedArray:
    """Return which of the doubtful ids the policy blocks."""
    columns = (*PAIR, "seen")
    fresh = ibis.memtable(told.select(columns))
    ids = ibis.memtable(doubtful)
    # A user stands on the right of all its links but those to users, and is not counted.
    near = already.filter(already.evidence != WITHDRAWN).select(columns)
    near = near.semi_join(ids, [("left_id", "visitor_id")]).anti_join(fresh, PAIR)
    judged = blocked(near.union(fresh), policy)
    wanted = judged.semi_join(ids, [("blocked_id", "visitor_id")])
    return wanted.select("blocked_id").to_pyarrow()["blocked_id"]


def _clusters_touching(links: ir.Table, ids: pa.ChunkedArray) -> ir.Table:
    """Return the clusters of links with an end among some ids, possibly twice.

    Two joins, because engines run a condition on either end as a loop.
    """
    wanted = ibis.memtable(pa.table({"wanted_id": ids}))
    sides = (links.semi_join(wanted, [(side, "wanted_id")]) for side in PAIR)
    return ibis.union(*(side.select("cluster_id") for side in sides))


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
    return pa.table(filled).cast(links_schema())


def changed_rows(before: pa.Table, after: pa.Table, keys: Sequence[str] = PAIR) -> pa.Table:
    """Return the rows of `after` that are not in `before`, the instant of change aside."""
    names = [name for name in after.column_names if name != "changed_at"]
    schema = pa.schema([after.schema.field(name) for name in names])
    old = before.select(names).cast(schema)
    place = pa.array(range(len(after)), pa.int64())
    both = after.append_column("place", place).join(old, list(keys), right_suffix="_before")
    is_different = pa.array([False]).take(pa.array([0] * len(both), pa.int8()))
    for name in names:
        if name not in keys:
            new, was = both[name], both[f"{name}_before"]
            unequal = pc.fill_null(pc.not_equal(new, was), True)
            neither = pc.and_(pc.is_null(new), pc.is_null(was))
            is_different = pc.or_(is_different, pc.and_not(unequal, neither))
    # The rest of a row that is not there is null, and some column of every row is not.
    return after.take(both.filter(is_different)["place"])


def links_schema() -> pa.Schema:
    """Return the schema of `dw.identity_links`, every column nullable."""
    schema = LINKS.schema().to_pyarrow()
    return pa.schema([field.with_nullable(True) for field in schema])


def _greatest(table: ir.Table, column: str):
    return table.agg(greatest=table[column].max()).to_pyarrow()["greatest"][0].as_py()


def _after(instant: datetime | None) -> datetime:
    return BEGINNING if instant is None else instant + timedelta(microseconds=1)
