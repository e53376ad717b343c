"""Connected components by joins alone, for engines that hold more links than one machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.errors import Unsupported

if TYPE_CHECKING:
    import ibis.expr.types as ir

Keep = Callable[["ir.Table"], "ir.Table"]

# Every round at least halves the nodes that are left, so this is enough for 2^64 of them.
MOST_ROUNDS = 64


def fetched(table: ir.Table) -> ir.Table:
    """Return the rows as a table in memory: how small results are kept between rounds."""
    return ibis.memtable(table.to_pyarrow())


def contracted(links: ir.Table, keep: Keep = fetched) -> ir.Table:
    """Return the first id, by text, of each id's connected component.

    Every id hooks to its smallest neighbor, where that is smaller than itself; paths are made flat
    by jumping; links are drawn between the ends of the paths; until no link is left. All of it is
    joins and groups, so an engine runs it wherever its rows lie, and nothing is fetched but counts.

    Parameters
    ----------
    links : left_id, right_id.
    keep : keeps a step's rows so that the next step does not work them out again. On Spark
        `lambda table: table.cache()`; by default they are fetched, which one machine must hold.

    Returns
    -------
    node_id, component_id; one row per id.

    Notes
    -----
    Hooking to the smallest neighbor and contracting halves the nodes of every component that has
    two, and jumping makes a path of n flat in log2(n) joins (Shiloach and Vishkin, 1982).
    """
    edges = keep(_both_ways(links.select("left_id", "right_id")))
    nodes = keep(edges.select(node_id="one").union(links.select(node_id="left_id"), distinct=True))
    found = nodes.mutate(component_id=nodes.node_id)
    for _ in range(MOST_ROUNDS):
        if _rows(edges) == 0:
            return found
        roots = _flat(_hooked(edges), keep)
        found = keep(_through(found, roots))
        edges = keep(_drawn(edges, roots))
    raise Unsupported(
        f"Components were not found in {MOST_ROUNDS} rounds; work them out on one machine."
    )


def _both_ways(links: ir.Table) -> ir.Table:
    real = links.filter(links.left_id != links.right_id)
    there = real.select(one="left_id", other="right_id")
    back = real.select(one="right_id", other="left_id")
    return there.union(back, distinct=True)


def _hooked(edges: ir.Table) -> ir.Table:
    least = edges.group_by("one").agg(least=edges.other.min())
    return least.select(node_id="one", root=ibis.least(least.one, least.least))


def _flat(parents: ir.Table, keep: Keep) -> ir.Table:
    """Return each node's root, by jumping to the parent's parent until nothing moves."""
    current = keep(parents)
    while True:
        above = current.view().select(above_id="node_id", above_root="root")
        joined = current.join(above, [("root", "above_id")])
        jumped = keep(joined.select("node_id", root=joined.above_root, was=joined.root))
        moved = jumped.filter(jumped.root != jumped.was)
        current = jumped.select("node_id", "root")
        if _rows(moved) == 0:
            return current


def _through(found: ir.Table, roots: ir.Table) -> ir.Table:
    ends = roots.select(end_id="node_id", end_root="root")
    joined = found.left_join(ends, [("component_id", "end_id")])
    return joined.select(
        "node_id", component_id=ibis.coalesce(joined.end_root, joined.component_id)
    )


def _drawn(edges: ir.Table, roots: ir.Table) -> ir.Table:
    first = roots.select(one_id="node_id", one_root="root")
    second = roots.view().select(other_id="node_id", other_root="root")
    moved = edges.join(first, [("one", "one_id")]).join(second, [("other", "other_id")])
    moved = moved.filter(moved.one_root != moved.other_root)
    return moved.select(one="one_root", other="other_root").distinct()


def _rows(table: ir.Table) -> int:
    return table.agg(rows=table.count()).to_pyarrow()["rows"][0].as_py()
