"""What a trace of single rows is made of: a tree of things, each with what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import TableSpec


@dataclass(frozen=True)
class Value:
    """One thing known of a node, with how personal it is."""

    name: str
    value: Any
    pii: Pii = Pii.NONE


@dataclass(frozen=True)
class Origin:
    """Where a raw row came from.

    `line` is the 1-based record number in a file, or the offset in a partition of the event log.
    `sha256` is that of the file as it was imported. `is_kept` is False for a record of the log
    that was purged since.
    """

    table: str
    file: str | None
    partition: str | None
    line: int
    load_id: int
    recipe: str | None = None
    sha256: str | None = None
    loaded_at: str | None = None
    is_kept: bool = True


@dataclass(frozen=True)
class Node:
    """One thing on the way, what it is to the node above it (`via`), and what it rests on.

    `more` counts further children that are not listed. A node that was shown before has
    `is_again` and no children.
    """

    kind: str
    name: str
    via: str = ""
    values: tuple[Value, ...] = ()
    title: Mapping[str, str] | None = None
    children: tuple[Node, ...] = ()
    more: int = 0
    origin: Origin | None = None
    is_again: bool = False

    def walk(self) -> Iterator[Node]:
        """Give this node and all below it, from top to bottom."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as JSON-able values; what a node has nothing of is left out."""
        told: dict[str, Any] = {"kind": self.kind, "name": self.name}
        if self.via:
            told["via"] = self.via
        if self.title:
            told["title"] = dict(self.title)
        if self.values:
            told["values"] = [
                {"name": one.name, "value": json_value(one.value), "pii": one.pii.value}
                for one in self.values
            ]
        if self.origin:
            told["origin"] = {k: v for k, v in vars(self.origin).items() if v is not None}
        if self.more:
            told["more"] = self.more
        if self.is_again:
            told["is_again"] = True
        if self.children:
            told["children"] = [child.to_dict() for child in self.children]
        return told


def values_of(spec: TableSpec, row: Mapping[str, Any], names: Sequence[str]) -> tuple[Value, ...]:
    """Return the known values of some columns of a row, in the given order."""
    return tuple(
        Value(name, row[name], spec.columns[name].pii)
        for name in names
        if row.get(name) is not None
    )


def told_once(node: Node, seen: set[tuple[str, str]] | None = None) -> Node:
    """Return the tree in which what was shown before is only named."""
    seen = set() if seen is None else seen
    key = (node.kind, node.name)
    if node.children and key in seen:
        return replace(node, children=(), more=0, is_again=True)
    seen.add(key)
    return replace(node, children=tuple(told_once(child, seen) for child in node.children))


def json_value(value: Any) -> Any:
    """Return a value as JSON has it: exact whole numbers stay whole, times become text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
