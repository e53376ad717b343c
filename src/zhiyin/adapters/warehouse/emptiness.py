"""Parts of an expression that can have no rows, left out before the expression is made into SQL.

A young workspace has orders and nothing else: what is computed over events, sends and costs there
is nothing. The engine finds that out in no time, but only after Ibis has written all of it down.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.operations as ops
import pyarrow as pa

# Relations that have no row where the one they are made from has none.
BY_ROW = (
    ops.Project,
    ops.Filter,
    ops.Sort,
    ops.Limit,
    ops.Distinct,
    ops.FillNull,
    ops.DropNull,
    ops.Sample,
    ops.DropColumns,
    ops.TableUnnest,
    ops.Reference,
    ops.AliasedRelation,
)
# Joins that have no row where either side has none; where the left has none; the right.
BOTH = ("inner", "cross", "semi", "any_inner")
LEFT = ("left", "any_left", "anti", "asof")


def without_empty(
    root: ops.Relation,
    tables: Collection[ops.Relation],
    *,
    empty: Callable[[ibis.Schema], ops.Relation],
) -> ops.Relation:
    """Return the relation, with what can have no rows as the given tables have none left out.

    It has the same columns and rows. Of what is left out not even the tables are read; where it is
    still spoken of, there is what `empty` makes: a table of that schema without rows.
    """
    emptiness = Emptiness(tables)
    staying = _staying_of(root, emptiness)
    blanks: dict[ibis.Schema, ops.Relation] = {}

    def blank(relation: ops.Relation) -> ops.Relation:
        if relation.schema not in blanks:
            blanks[relation.schema] = empty(relation.schema)
        return blanks[relation.schema]

    def exchanged(node: ops.Node, changed: Mapping[str, Any] | None) -> ops.Node:
        if _is_replaceable(node) and emptiness.is_empty(node):
            return blank(node)
        if isinstance(node, ops.Subquery) and changed and not changed["rel"].values:
            # A subquery wants a column with a value, and a table has none of these.
            changed = {**changed, "rel": ops.Project(changed["rel"], changed["rel"].fields)}
        new = node.__recreate__(changed) if changed else node
        if emptiness.kept_side(node) is not None:
            side = new.left if emptiness.kept_side(node) is node.left else new.right
            return ops.Distinct(side) if node.distinct else side
        return new

    return root.replace(exchanged, filter=staying.__contains__)


class Emptiness:
    """Which relations can have no rows; each is looked at once."""

    def __init__(self, tables: Collection[ops.Relation]) -> None:
        self.known: dict[ops.Relation, bool] = dict.fromkeys(tables, True)

    def is_empty(self, relation: ops.Relation) -> bool:
        """Return whether a relation can have no rows."""
        # Not by recursion: a cleaned table is hundreds of selects deep.
        waiting = [relation]
        while waiting:
            here = waiting[-1]
            unknown = [one for one in _made_from(here) if one not in self.known]
            waiting += unknown
            if not unknown:
                waiting.pop()
                if here not in self.known:
                    self.known[here] = self._look(here)
        return self.known[relation]

    def kept_side(self, relation: Any) -> Any:
        """Return the side of a union, or the left of a difference, that is all there is to it."""
        if isinstance(relation, ops.Union) and self.is_empty(relation.left):
            return relation.right
        if isinstance(relation, (ops.Union, ops.Difference)) and self.is_empty(relation.right):
            return relation.left
        return None

    def _look(self, relation: ops.Relation) -> bool:
        if isinstance(relation, ops.InMemoryTable):
            rows: Any = getattr(relation.data, "obj", None)
            return isinstance(rows, pa.Table) and len(rows) == 0
        if isinstance(relation, ops.Limit) and relation.n == 0:
            return True
        is_grouped = isinstance(relation, ops.Aggregate) and bool(relation.groups)
        if is_grouped or isinstance(relation, BY_ROW):
            return self.known[relation.parent]
        if isinstance(relation, ops.Set):
            left, right = self.known[relation.left], self.known[relation.right]
            if isinstance(relation, ops.Union):
                return left and right
            return left or (right and isinstance(relation, ops.Intersection))
        return isinstance(relation, ops.JoinChain) and self._joins_nothing(relation)

    def _joins_nothing(self, chain: ops.JoinChain) -> bool:
        is_empty = self.known[chain.first]
        for link in chain.rest:
            other = self.known[link.table]
            if link.how in BOTH:
                is_empty = is_empty or other
            elif link.how == "right":
                is_empty = other
            elif link.how not in LEFT:
                is_empty = is_empty and other
        return is_empty


def _made_from(relation: ops.Relation) -> Sequence[ops.Relation]:
    """Return the relations whose rows a relation's rows are made from."""
    if isinstance(relation, ops.Set):
        return (relation.left, relation.right)
    if isinstance(relation, ops.JoinChain):
        return (relation.first, *(link.table for link in relation.rest))
    parent = getattr(relation, "parent", None)
    return (parent,) if isinstance(parent, ops.Relation) else ()


def _staying_of(root: ops.Relation, emptiness: Emptiness) -> set[ops.Node]:
    """Return the nodes that stay, and the topmost of those that have no rows."""
    found: set[ops.Node] = set()
    waiting: list[ops.Node] = [root]
    while waiting:
        if (node := waiting.pop()) not in found:
            found.add(node)
            waiting += _below(node, emptiness)
    return found


def _below(node: Any, emptiness: Emptiness) -> Sequence[ops.Node]:
    if _is_replaceable(node) and emptiness.is_empty(node):
        return ()
    side = emptiness.kept_side(node)
    return node.__children__ if side is None else (side,)


def _is_replaceable(node: ops.Node) -> bool:
    # Joins are made of references, whatever these refer to.
    return isinstance(node, ops.Relation) and not isinstance(node, ops.Reference)
