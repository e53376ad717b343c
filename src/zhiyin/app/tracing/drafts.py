"""Objects and edges as they are gathered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from zhiyin.warehouse.api import LineageEdge, LineageObject, ObjectEdge

ROWS = "*"


def object_id(kind: str, name: str) -> str:
    """Return the id of an object."""
    return f"{kind}:{name}"


def column_id(table: str, column: str) -> str:
    """Return the id of a column; that of the table where its rows are meant."""
    if column == ROWS:
        return object_id("table", table)
    return object_id("column", f"{table}.{column}")


@dataclass
class Drafts:
    """What was gathered so far; an object named twice is the one that came first."""

    objects: dict[str, LineageObject] = field(default_factory=dict)
    edges: set[ObjectEdge] = field(default_factory=set)

    def add(
        self,
        kind: str,
        name: str,
        *,
        parent: str | None = None,
        title: Mapping[str, str] | None = None,
        **detail: object,
    ) -> str:
        """Note an object and return its id; details that are None are left out."""
        key = object_id(kind, name)
        known = {name: value for name, value in detail.items() if value is not None}
        self.objects.setdefault(key, LineageObject(key, kind, name, parent, title or {}, known))
        return key

    def join(self, source: str, to: str, via: str) -> None:
        """Note that `to` is made from `source`, or decided by it."""
        if source != to:
            self.edges.add(ObjectEdge(source, to, via))

    def part(self, source: str, to: str) -> None:
        """Forget that `to` is made from `source`, for something more exact."""
        self.edges = {one for one in self.edges if (one.from_id, one.to_id) != (source, to)}

    def join_columns(self, edges: Iterable[LineageEdge], to: str, via: str) -> None:
        """Note that an object is made from the columns that some edges come from."""
        for edge in edges:
            self.join(column_id(edge.from_table, edge.from_column), to, via)
