"""The person behind every id: connected components of the links that hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.coding import clusters, coded, firsts, kind_places
from zhiyin.identity.ids import cleaned
from zhiyin.identity.policy import KINDS
from zhiyin.identity.tables import PERSON_OF

if TYPE_CHECKING:
    import ibis.expr.types as ir

SCHEMA = pa.schema([("visitor_id", pa.string()), ("person_id", pa.string()), ("ids", pa.int64())])
COLUMNS = list(PERSON_OF.columns)


def components(links: ir.Table, kinds: Sequence[str] = KINDS) -> ir.Table:
    """Return the person of every id that a link names.

    Two ids are one person exactly when a chain of links leads from one to the other. The person id
    is the component's first id: users before others, in the order of `kinds`, then by text. So
    it does not depend on the order of links, and it is itself one of the ids.

    Components need a number of rounds that nobody knows beforehand, which an expression without a
    connection cannot run. So this function fetches rows: two id columns, on every engine, about 200
    bytes of memory a link.

    Parameters
    ----------
    links : left_id, right_id; further columns are ignored.

    Returns
    -------
    visitor_id, person_id, ids (size of the component); one row per id.
    """
    pairs = links.select("left_id", "right_id").distinct().to_pyarrow()
    return ibis.memtable(component_rows(pairs["left_id"], pairs["right_id"], kinds))


def component_rows(
    left: pa.ChunkedArray,
    right: pa.ChunkedArray,
    kinds: Sequence[str] = KINDS,
    holds: np.ndarray | None = None,
) -> pa.Table:
    """Return visitor_id, person_id and ids for the graph with these edges.

    With `holds`, only edges where it is true lead anywhere; the ends of the others are there too.
    """
    if len(left) == 0:
        return SCHEMA.empty_table()
    graph = coded(left, right)
    label = clusters(graph, holds)
    first = firsts(graph.names, kind_places(graph.names, kinds), label)
    person = graph.names.take(pa.array(first)).cast(pa.string())
    sizes = np.bincount(label, minlength=graph.size)[label]
    columns = [graph.names.cast(pa.string()), person, pa.array(sizes, pa.int64())]
    return pa.table(columns, schema=SCHEMA)


def linked_people(links: pa.Table, kinds: Sequence[str]) -> pa.Table:
    """Return the rows of `dw.person_of` for the ids of some whole clusters.

    An id that only refused or blocked links name is a person of its own.

    Parameters
    ----------
    links : rows of dw.identity_links.
    """
    holds = pc.equal(links["verdict"], "linked").to_numpy()
    people = component_rows(links["left_id"], links["right_id"], kinds, holds)
    return people.append_column("cluster_id", _cluster_of(links, people["visitor_id"]))


def person_of(
    links: ir.Table,
    *facts: ir.Table,
    changed_at: datetime,
    kinds: Sequence[str] = KINDS,
) -> ir.Table:
    """Return the person of every id in the links and of every visitor in the facts.

    A visitor that no link names is a person of its own; but one that only blanks or full-width
    letters tell from a linked id is that id's person.

    Parameters
    ----------
    links : dw.identity_links.
    facts : tables with a visitor_id, null where a fact has none.
    changed_at : when these links were last changed.

    Returns
    -------
    `dw.person_of`.
    """
    told = links.select("left_id", "right_id", "verdict", "cluster_id").to_pyarrow()
    linked = ibis.memtable(linked_people(told, kinds))
    everybody = linked.union(alone(linked, *facts)) if facts else linked
    return everybody.mutate(changed_at=ibis.literal(changed_at, "timestamp(6)")).select(COLUMNS)


def alone(linked: ir.Table, *facts: ir.Table) -> ir.Table:
    """Return the facts' visitors that no link names, without the instant of change.

    Parameters
    ----------
    linked : visitor_id, person_id, ids, cluster_id of the linked ids.
    """
    return alone_among(spelled(visitors(*facts).anti_join(linked, "visitor_id")), linked)


def visitors(*facts: ir.Table) -> ir.Table:
    """Return each visitor_id of the facts once."""
    seen = ibis.union(*(fact.select("visitor_id").distinct() for fact in facts), distinct=True)
    return seen.filter(seen.visitor_id.notnull())


def spelled(seen: ir.Table) -> ir.Table:
    """Return visitors with the `plain` spelling of their ids."""
    return seen.mutate(plain=_plain(seen.visitor_id))


def alone_among(strangers: ir.Table, linked: ir.Table) -> ir.Table:
    """Return strangers as people of their own; those spelled oddly are those they are spelled like.

    Parameters
    ----------
    strangers : visitor_id, plain.
    linked : visitor_id, person_id, ids, cluster_id of the linked ids.
    """
    is_odd = strangers.plain != strangers.visitor_id
    plain = strangers.filter(~is_odd)
    own = plain.select(
        "visitor_id",
        person_id=plain.visitor_id,
        ids=ibis.literal(1, "int64"),
        cluster_id=plain.visitor_id,
    )
    known = linked.select(own.columns).union(own)
    odd = strangers.filter(is_odd).left_join(known, [("plain", "visitor_id")])
    odd = odd.select(
        "visitor_id",
        person_id=ibis.coalesce(odd.person_id, odd.visitor_id),
        ids=ibis.coalesce(odd.ids, ibis.literal(1, "int64")),
        cluster_id=ibis.coalesce(odd.cluster_id, odd.visitor_id),
    )
    return own.union(odd)


def _plain(visitor: ir.StringValue) -> ir.Value:
    bare = visitor.substr(5)
    by_kind = ibis.cases(
        (visitor.startswith("user:"), ibis.literal("user:") + cleaned("user", bare)),
        (visitor.startswith("anon:"), ibis.literal("anon:") + cleaned("anon", bare)),
    )
    return ibis.coalesce(by_kind, visitor)


def _cluster_of(links: pa.Table, names: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return each id's cluster; an id that only blocked links name is one by itself."""
    given = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    counted = links.filter(pc.not_equal(links["verdict"], "blocked"))
    cluster = counted["cluster_id"]
    found = pa.nulls(len(given), pa.string())
    for side in ("left_id", "right_id"):
        place = pc.index_in(given, counted[side].combine_chunks())
        found = pc.coalesce(found, cluster.combine_chunks().take(place))
    return pc.coalesce(found, given)
