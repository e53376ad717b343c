"""What new evidence changes: only the clusters that it touches are worked out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.components import COLUMNS as PERSON_COLUMNS
from zhiyin.identity.components import alone_among, linked_people, spelled, visitors
from zhiyin.identity.edges import GRAIN, aliases, counted, edges, pairs, tellings
from zhiyin.identity.links import TOLD, by_people_and_models, inputs_for, paired, stamped
from zhiyin.identity.nobodies import nobodies_by_look, nobodies_by_users, users_of
from zhiyin.identity.policy import Policy
from zhiyin.identity.replacing import having, replacing
from zhiyin.identity.tables import EDGES, LINKS
from zhiyin.identity.verdicts import with_verdicts
from zhiyin.warehouse.api import Exchange

if TYPE_CHECKING:
    import ibis.expr.types as ir

PAIR = ["left_id", "right_id"]
WITHDRAWN = "withdrawn"
PEOPLES = [*PAIR, "verdict", "cluster_id", "evidence", "reason"]
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
    newest = greatest(already, "load_id")[0] or 0
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
) -> Exchange:
    """Return the rows of `dw.identity_links` that are new or have become different.

    Worked out again are the clusters that new edges touch, those that decisions name, and those
    where a name of a record decided, for names may have changed. The links of a match or decision
    that no longer holds stay as refused ones, with the evidence `withdrawn`.

    Parameters
    ----------
    already : dw.identity_links as published; the others as for `links`.
    """
    newest, last = greatest(already, "load_id", "changed_at")
    fresh = edge_rows.load_id > (newest or 0)
    due = _due_pairs(already, edge_rows.filter(fresh), decisions, matches, policy)
    before = _links_around(already, _ids(due, _decided_ids(decisions)), policy).to_pyarrow()
    standing = before.filter(pc.not_equal(before["evidence"], WITHDRAWN))
    is_due = pa.array(having(standing, due))
    known = standing.filter(is_due)
    others = standing.select([*TOLD, "verdict"]).filter(pc.invert(is_due))
    # A pair without a link has no edges but new ones.
    older = edge_rows.filter(~fresh).semi_join(ibis.memtable(known.select(PAIR)), PAIR)
    rows = edge_rows.filter(fresh).union(older) if len(known) else edge_rows.filter(fresh)
    told = paired(rows, decisions, matches, policy).to_pyarrow()
    told = told.cast(others.select(TOLD).schema)
    nobody = _nobody(already, others, told, due, policy)
    inputs = inputs_for(policy, nobody, decisions, customers)
    when = max(changed_at, _after(last))
    judged = stamped(with_verdicts(pa.concat_tables([others.select(TOLD), told]), inputs), when)
    gone = known.filter(pa.array(~having(known, told.select(PAIR))))
    worked_out = pa.concat_tables([judged.cast(links_schema()), _withdrawn(gone, when)])
    return replacing(before, worked_out, PAIR)


def new_people(
    already: ir.Table, link_rows: ir.Table, *facts: ir.Table, kinds: Sequence[str]
) -> Exchange:
    """Return the rows of `dw.person_of` that are new or have become different.

    Parameters
    ----------
    already : dw.person_of as published.
    link_rows : dw.identity_links.
    facts : tables with a visitor_id.
    """
    (since,) = greatest(already, "changed_at")
    changed = link_rows if since is None else link_rows.filter(link_rows.changed_at > since)
    changed = changed.select(*PEOPLES, "changed_at").to_pyarrow()
    told, wanted = clusters_of(changed.select(PEOPLES), link_rows)
    people = linked_people(told, kinds)
    people = people.filter(pc.is_in(people["visitor_id"], wanted))
    linked = people.select(["visitor_id"])
    before = already.semi_join(ibis.memtable(linked), "visitor_id").to_pyarrow()
    found = replacing(before, people, ["visitor_id"])
    come = [found.added, *_strangers(already, people, facts)]
    added = pa.concat_tables([rows.select(people.column_names) for rows in come])
    newest = pc.max(changed["changed_at"]).as_py() or since or BEGINNING
    when = pa.repeat(pa.scalar(newest, pa.timestamp("us")), len(added))
    added = added.append_column("changed_at", when).select(PERSON_COLUMNS)
    return Exchange(found.removed, added)


def _strangers(
    already: ir.Table, people: pa.Table, facts: Sequence[ir.Table]
) -> Iterable[pa.Table]:
    """Return the facts' visitors that neither links nor the table know."""
    if not facts:
        return
    linked = ibis.memtable(people)
    seen = visitors(*facts).anti_join(already, "visitor_id").anti_join(linked, "visitor_id")
    strangers = spelled(seen).to_pyarrow()
    if len(strangers):
        rows = ibis.memtable(strangers)
        odd = strangers.filter(pc.not_equal(strangers["plain"], strangers["visitor_id"]))
        near = already.select(linked.columns).anti_join(linked, "visitor_id")
        near = near.semi_join(ibis.memtable(odd), [("visitor_id", "plain")])
        yield alone_among(rows, near.union(linked)).to_pyarrow().cast(people.schema)


def clusters_of(changed: pa.Table, link_rows: ir.Table) -> tuple[pa.Table, pa.ChunkedArray]:
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
    names = ibis.memtable(pa.table({"cluster_id": pc.unique(tied["cluster_id"])}))
    if len(ends):
        unbroken = link_rows.evidence != WITHDRAWN
        around = link_rows.filter(
            (link_rows.verdict != "blocked") & unbroken & _ends_in(link_rows, ends)
        )
        names = names.union(around.select("cluster_id"), distinct=True)
    whole = link_rows.semi_join(names, "cluster_id").select(*PEOPLES).to_pyarrow()
    members = _ends(whole.filter(pc.not_equal(whole["verdict"], "blocked")))
    told = pa.concat_tables([whole, loose.cast(whole.schema)])
    wanted = pc.unique(pa.chunked_array([*members.chunks, *_ends(changed).chunks], pa.string()))
    return told, wanted


def _due_pairs(
    already: ir.Table, fresh: ir.Table, decisions: ir.Table, matches: ir.Table, policy: Policy
) -> pa.Table:
    """Return the pairs whose evidence may have changed."""
    wanted = by_people_and_models(decisions, matches, policy).select(*PAIR)
    spoken = already.evidence.startswith("decision") | already.evidence.endswith("linkage")
    had = already.filter(spoken).select(*PAIR)
    return fresh.select(*PAIR).union(wanted, had, distinct=True).to_pyarrow()


def _links_around(already: ir.Table, touched: pa.Table, policy: Policy) -> ir.Table:
    """Return the links of every cluster that has to be worked out again."""
    near = already.filter(already.verdict != "blocked", _ends_in(already, touched["visitor_id"]))
    contact = [already.left_id.startswith(f"{kind}:") for kind in policy.join_users.if_names_agree]
    # Apart, for engines look up one value among millions quickly, and either of two slowly.
    found = [near, already.filter(already.rule == "names")]
    if contact:
        differ = [already.reason == reason for reason in ("names_differ", "users_differ")]
        found += [already.filter(reason, reduce(or_, contact)) for reason in differ]
    clusters = [rows.select("cluster_id") for rows in found]
    touched_alone = ibis.memtable(touched).select(cluster_id="visitor_id")
    names = ibis.union(*clusters, touched_alone, distinct=True)
    return already.semi_join(names, "cluster_id")


def _ends_in(links: ir.Table, ids: pa.ChunkedArray) -> ir.BooleanValue:
    """Return whether an end of each link is among some ids."""
    wanted = ibis.memtable(pa.table({"wanted_id": ids}))
    return links.left_id.isin(wanted.wanted_id) | links.right_id.isin(wanted.wanted_id)


def _nobody(
    already: ir.Table, others: pa.Table, told: pa.Table, due: pa.Table, policy: Policy
) -> pa.Array:
    """Return which ids of links that have to be judged the policy blocks.

    An id of a link that stands and is not blocked is none for its look. Links of blocked ids may be
    anywhere; all others of an id in question are among `others` and `told`.
    """
    is_blocked = pc.equal(others["verdict"], "blocked")
    doubtful = _ids(due, _ends(others.select(PAIR).filter(is_blocked)))["visitor_id"]
    apart = pc.or_(is_blocked, pc.starts_with(others["evidence"], "decision"))
    columns = [*PAIR, "seen"]
    old, new = (
        rows.filter(pc.greater(rows["seen"], 0))
        for rows in (others.select(columns).filter(pc.invert(apart)), told.select(columns))
    )
    elsewhere = _seen_apart(already, doubtful, due).to_pyarrow()
    users = [users_of(rows) for rows in (old, new)]
    users = pa.concat_tables([*users, elsewhere.cast(users[0].schema)])
    ids = pa.chunked_array([*_ends(new).chunks, *elsewhere["left_id"].chunks], pa.string())
    strange = ids.filter(pc.invert(pc.is_in(ids, _ends(old))))
    found = nobodies_by_users(users, policy) | nobodies_by_look(strange, policy)
    return pa.array(sorted(found), pa.string())


def _seen_apart(already: ir.Table, doubtful: pa.ChunkedArray, due: pa.Table) -> ir.Table:
    """Return the doubtful ids that stand in blocked or decided links, and with how many users."""
    apart = (already.verdict == "blocked") | already.evidence.startswith("decision")
    links = already.filter(apart, already.seen > 0).anti_join(ibis.memtable(due), PAIR)
    asked = ibis.memtable(pa.table({"asked_id": doubtful}))
    ties = links.right_id.startswith("user:") & ~links.left_id.startswith("user:")
    lefts = links.select("left_id", users=ties.cast("int64"))
    rights = links.select(left_id="right_id", users=ibis.literal(0, "int64"))
    both = lefts.union(rights).semi_join(asked, [("left_id", "asked_id")])
    return both.group_by("left_id").agg(users=both.users.sum())


def _decided_ids(decisions: ir.Table) -> pa.ChunkedArray:
    return _ends(decisions.select(*PAIR).to_pyarrow())


def _ends(pairs: pa.Table) -> pa.ChunkedArray:
    chunks = [*pairs["left_id"].chunks, *pairs["right_id"].chunks]
    return pa.chunked_array([pc.unique(pa.chunked_array(chunks, pa.string()))])


def _ids(pairs: pa.Table, more: pa.ChunkedArray) -> pa.Table:
    both = pa.chunked_array([*_ends(pairs).chunks, *more.chunks], pa.string())
    return pa.table({"visitor_id": pc.unique(both)})


def _withdrawn(gone: pa.Table, when: datetime) -> pa.Table:
    """Return the links that nothing speaks for any more, as refused ones."""
    words = {"evidence": WITHDRAWN, "sources": "", "verdict": "refused", "reason": "cut"}
    columns = {name: pa.repeat(pa.scalar(word), len(gone)) for name, word in words.items()}
    columns |= {"cluster_id": gone["left_id"], "strength": pa.repeat(pa.scalar(0), len(gone))}
    columns["rule"] = pa.nulls(len(gone), pa.string())
    columns["changed_at"] = pa.repeat(pa.scalar(when, pa.timestamp("us")), len(gone))
    filled = {name: columns.get(name, gone[name]) for name in LINKS.columns}
    return pa.table(filled).cast(links_schema())


def links_schema() -> pa.Schema:
    """Return the schema of `dw.identity_links`, every column nullable."""
    schema = LINKS.schema().to_pyarrow()
    return pa.schema([field.with_nullable(True) for field in schema])


def greatest(table: ir.Table, *columns: str) -> tuple:
    """Return the greatest value of each column; None where there are no rows."""
    found = table.agg(**{name: table[name].max() for name in columns}).to_pyarrow()
    return tuple(found[name][0].as_py() for name in columns)


def _after(instant: datetime | None) -> datetime:
    return BEGINNING if instant is None else instant + timedelta(microseconds=1)
