"""Which columns a column is computed from, read off the expression that computes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis.expr.operations as ops
import pyarrow as pa

from zhiyin.core.errors import unknown

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.tables import TableSpec

Source = tuple[str, str]

# Joins after which there are rows of the right side too, or more rows for it.
BRINGS_ROWS = ("inner", "outer", "right", "cross", "positional", "asof")

# In place of a column: the rows of a table, which is what counting them comes from.
ROWS = "*"


@dataclass(frozen=True, order=True)
class LineageEdge:
    """One column is computed from another."""

    to_table: str
    to_column: str
    from_table: str
    from_column: str


@dataclass(frozen=True, order=True)
class LineageStep:
    """An edge met on a walk; `depth` is 1 for the edges at the column itself."""

    depth: int
    edge: LineageEdge


def column_lineage(expr: ir.Table, to: TableSpec, inputs: Sequence[TableSpec]) -> list[LineageEdge]:
    """Return an edge from every input column that a promised column's value is computed from.

    Arguments and the conditions of a case count. What only decides which rows are looked at does
    not: filters, join keys, groups, the order of a window, the key of an argmax; except that a
    rank or a row number comes from nothing else than its window. A count of rows comes from the
    tables whose rows they are, written as the column `*`; so does `*` of the table itself: tables
    that are joined on the left or stacked bring rows, tables that are looked up do not. Rows that
    the expression brings along itself have no lineage, and tables other than the inputs are left
    out.
    """
    known = {spec.name for spec in inputs}
    walk = Walk()
    columns = [ROWS, *(name for name in to.columns if name in expr.columns)]
    return sorted(
        LineageEdge(to.name, column, table, source)
        for column in columns
        for table, source in walk.sources(expr.op(), column)
        if table in known
    )


class Walk:
    """One descent through an expression; every column of every relation is looked at once."""

    def __init__(self) -> None:
        self.seen: dict[tuple[ops.Node, str], frozenset[Source]] = {}

    def sources(self, relation: ops.Node, column: str) -> frozenset[Source]:
        """Return the stored columns behind one column of a relation."""
        key = (relation, column)
        if key not in self.seen:
            self.seen[key] = self._look(relation, column)
        return self.seen[key]

    def _look(self, relation: ops.Node, column: str) -> frozenset[Source]:
        if isinstance(relation, (ops.DatabaseTable, ops.UnboundTable)):
            return frozenset({(_table_name(relation), column)})
        if isinstance(relation, ops.Set):
            return self.sources(relation.left, column) | self.sources(relation.right, column)
        if isinstance(relation, (ops.SelfReference, ops.AliasedRelation)):
            return self.sources(relation.parent, column)
        if column == ROWS:
            return self._rows(relation)
        if isinstance(relation, ops.TableUnnest) and column == relation.column_name:
            return self._behind(relation.column)
        value = relation.values.get(column)
        return frozenset() if value is None else self._behind(value)

    def _rows(self, relation: ops.Node) -> frozenset[Source]:
        if isinstance(relation, ops.JoinChain):
            brought = [link.table for link in relation.rest if link.how in BRINGS_ROWS]
            return frozenset().union(
                *(self.sources(part, ROWS) for part in (relation.first, *brought))
            )
        parent = getattr(relation, "parent", None)
        return self.sources(parent, ROWS) if isinstance(parent, ops.Relation) else frozenset()

    def _behind(self, value: ops.Node) -> frozenset[Source]:
        found: set[Source] = set()
        for relation, column in _fields(value):
            found |= self.sources(relation, column)
        return frozenset(found)


def lineage_up(edges: ir.Table | pa.Table, name: str) -> list[LineageStep]:
    """Return all edges behind a column such as `dm.customers.monetary`, nearest first.

    `edges` is `dw.column_lineage`. A table's name stands for all of its columns.

    Raises
    ------
    NotFound
        If no edge knows the name.
    """
    return _reach(_read(edges), name, upward=True)


def lineage_down(edges: ir.Table | pa.Table, name: str) -> list[LineageStep]:
    """Return all edges from a column such as `ods.events.revenue` onward, nearest first.

    `edges` is `dw.column_lineage`. A table's name stands for all of its columns.

    Raises
    ------
    NotFound
        If no edge knows the name.
    """
    return _reach(_read(edges), name, upward=False)


def _read(edges: ir.Table | pa.Table) -> list[LineageEdge]:
    rows = edges if isinstance(edges, pa.Table) else edges.to_pyarrow()
    return [LineageEdge(**row) for row in rows.to_pylist()]


def _reach(edges: list[LineageEdge], name: str, *, upward: bool) -> list[LineageStep]:
    leaving: dict[Source, list[LineageEdge]] = {}
    columns: set[Source] = set()
    for edge in edges:
        to, source = (edge.to_table, edge.to_column), (edge.from_table, edge.from_column)
        leaving.setdefault(to if upward else source, []).append(edge)
        columns |= {to, source}
    frontier = {column for column in columns if name in (column[0], ".".join(column))}
    if not frontier:
        tables = sorted({table for table, _ in columns})
        raise unknown("table or column", name, tables, then="Write it as layer.table.column.")
    steps: list[LineageStep] = []
    visited: set[Source] = set()
    depth = 1
    while frontier:
        visited |= frontier
        found = sorted({edge for column in frontier for edge in leaving.get(column, [])})
        steps += [LineageStep(depth, edge) for edge in found]
        ends = {
            (edge.from_table, edge.from_column) if upward else (edge.to_table, edge.to_column)
            for edge in found
        }
        frontier, depth = ends - visited, depth + 1
    return steps


def _fields(value: ops.Node) -> Iterator[tuple[ops.Node, str]]:
    """Give (relation, column) of every field that a value is made of."""
    stack: list[ops.Node] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, ops.Field):
            yield node.rel, node.name
        elif isinstance(node, (ops.CountStar, ops.CountDistinctStar)):
            yield node.arg, ROWS
        elif not isinstance(node, ops.Relation):
            if isinstance(node, ops.Subquery):
                yield from ((node.rel, column) for column in node.rel.schema)
            stack.extend(_parts(node))


def _parts(node: ops.Node) -> tuple[ops.Node, ...]:
    """Return the operands whose values reach the result, not those that only choose rows."""
    if isinstance(node, (ops.ArgMin, ops.ArgMax)):
        return (node.arg,)
    if isinstance(node, ops.WindowFunction) and any(True for _ in _fields(node.func)):
        return (node.func,)
    if isinstance(node, ops.Reduction):
        return tuple(child for child in node.__children__ if child != node.where)  # pyright: ignore[reportReturnType]
    return node.__children__  # pyright: ignore[reportReturnType]


def _table_name(table: ops.PhysicalTable) -> str:
    database = table.namespace.database if isinstance(table, ops.DatabaseTable) else None
    return f"{database}.{table.name}" if database else table.name
