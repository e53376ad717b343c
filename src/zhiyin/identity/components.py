"""The person behind every id: connected components of the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Whose id names the person: the first kind that a component has, then the first id by text.
KINDS = ("user:", "card:", "email:", "phone:", "anon:")

SCHEMA = pa.schema([("visitor_id", pa.string()), ("person_id", pa.string()), ("ids", pa.int64())])


def components(edges: ir.Table) -> ir.Table:
    """Return the person of every id that an edge names.

    Two ids are one person exactly when a chain of edges leads from one to the other. The person id
    is the component's first id: users before cards, e-mails, phones and devices, then by text. So
    it does not depend on the order of edges, and it is itself one of the ids.

    Components need a number of rounds that nobody knows beforehand, which an expression without a
    connection cannot run. So this is the one table function that fetches rows: two id columns, on
    every engine, about 200 bytes of memory an edge; scipy then needs a second or two for five
    million edges.

    Parameters
    ----------
    edges : left_id, right_id; further columns are ignored.

    Returns
    -------
    visitor_id, person_id, ids (size of the component); one row per id.
    """
    pairs = edges.select("left_id", "right_id").distinct().to_pyarrow()
    return ibis.memtable(component_rows(pairs["left_id"], pairs["right_id"]))


def component_rows(left: pa.ChunkedArray, right: pa.ChunkedArray) -> pa.Table:
    """Return visitor_id, person_id and ids for the graph with these edges."""
    if len(left) == 0:
        return SCHEMA.empty_table()
    # 64-bit offsets, because ten million ids may hold more than two gigabytes of text.
    both = pa.chunked_array([*left.chunks, *right.chunks]).cast(pa.large_string())
    coded = both.combine_chunks().dictionary_encode()
    names, codes = coded.dictionary, coded.indices.to_numpy()
    starts, ends = codes[: len(left)], codes[len(left) :]
    links = coo_matrix((np.ones(len(starts), np.int8), (starts, ends)), shape=(len(names),) * 2)
    _, label = connected_components(links, directed=False)
    person = names.take(pa.array(first_of_each(label, naming_order(names))[label]))
    sizes = np.bincount(label)[label]
    columns = [names.cast(pa.string()), person.cast(pa.string()), pa.array(sizes, pa.int64())]
    return pa.table(columns, schema=SCHEMA)


def naming_order(names: pa.Array) -> np.ndarray:
    """Return positions of the names, in the order in which they may name a person."""
    kind = np.full(len(names), len(KINDS), np.int8)
    for place, prefix in enumerate(KINDS):
        kind[pc.starts_with(names, prefix).to_numpy(zero_copy_only=False)] = place
    table = pa.table({"kind": kind, "name": names})
    keys = [("kind", "ascending"), ("name", "ascending")]
    return pc.sort_indices(table, sort_keys=keys).to_numpy()


def first_of_each(label: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return, for each label, the member that comes first in `order`."""
    first = np.empty(label.max() + 1, np.int64)
    # Of several assignments to one place numpy keeps the last, hence backwards.
    first[label[order][::-1]] = order[::-1]
    return first


def person_of(edges: ir.Table, *facts: ir.Table) -> ir.Table:
    """Return the person of every id in the edges and of every visitor in the facts.

    A visitor that no edge names is a person of its own.

    Parameters
    ----------
    edges : dw.identity_edges.
    facts : tables with a visitor_id, null where a fact has none.

    Returns
    -------
    `dw.person_of`.
    """
    linked = components(edges)
    seen = ibis.union(*(fact.select("visitor_id").distinct() for fact in facts), distinct=True)
    alone = seen.filter(seen.visitor_id.notnull()).anti_join(linked, "visitor_id")
    singles = alone.select("visitor_id", person_id=alone.visitor_id, ids=ibis.literal(1, "int64"))
    return ibis.union(linked, singles)
