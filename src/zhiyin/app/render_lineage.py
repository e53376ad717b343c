"""Lineage as a person reads it on a terminal: a tree, each thing told once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zhiyin.app import render as plain
from zhiyin.app.render import console

SIBLINGS = 8
SHORT_DIGEST = 12


def render(name: str, result: Any) -> None:
    """Print a command's result."""
    if name in ("lineage.up", "lineage.down"):
        for line in lines(result):
            console.print(line, soft_wrap=True)
    else:
        plain.render(name, result)


def lines(result: Mapping[str, Any]) -> Iterator[str]:
    """Give the lines of an answer."""
    if "trace" in result:
        for node in result["trace"]:
            yield _node(node)
            yield from _below(node, "")
        return
    upward = result["direction"] == "up"
    tree = Tree(result, upward=upward)
    yield tree.label(result["object"])
    yield from tree.below(result["object"], "")
    if not result["edges"]:
        yield "Nothing: it comes from outside." if upward else "Nothing hangs on it yet."


class Tree:
    """A graph told as a tree: everything stands where the walk met it first."""

    def __init__(self, result: Mapping[str, Any], *, upward: bool) -> None:
        self._objects = {one["object_id"]: one for one in result["objects"]}
        here, there = ("to_id", "from_id") if upward else ("from_id", "to_id")
        self._next: dict[str, list[str]] = {}
        told = {result["object"]}
        edges = sorted(
            result["edges"], key=lambda e: (self._depth(e[here]), e[here], self._depth(e[there]))
        )
        for edge in edges:
            is_onward = self._depth(edge[there]) == self._depth(edge[here]) + 1
            if is_onward and edge[there] not in told:
                told.add(edge[there])
                self._next.setdefault(edge[here], []).append(edge[there])

    def label(self, name: str) -> str:
        """Return the line of one object."""
        one = self._objects[name]
        title = one.get("title", {}).get("en")
        shown = name.partition(":")[2] if one["kind"] in ("table", "column") else name
        hidden = f"  (+{one['hidden']} further)" if one["hidden"] else ""
        return shown + (f" - {title}" if title else "") + hidden

    def below(self, name: str, indent: str) -> Iterator[str]:
        """Give the lines of what stands below an object."""
        children = sorted(self._next.get(name, ()))
        shown = children[:SIBLINGS]
        rest = len(children) - len(shown)
        for place, child in enumerate(shown):
            is_last = place == len(shown) - 1 and not rest
            yield indent + ("└─ " if is_last else "├─ ") + self.label(child)
            yield from self.below(child, indent + ("   " if is_last else "│  "))
        if rest:
            yield f"{indent}└─ … {rest} more"

    def _depth(self, name: str) -> int:
        return self._objects[name]["depth"]


def _below(node: Mapping[str, Any], indent: str) -> Iterator[str]:
    children: Sequence[Mapping[str, Any]] = node.get("children", ())
    more = node.get("more", 0)
    for place, child in enumerate(children):
        is_last = place == len(children) - 1 and not more
        yield indent + ("└─ " if is_last else "├─ ") + _node(child)
        yield from _below(child, indent + ("   " if is_last else "│  "))
    if more:
        yield f"{indent}└─ … {more:,} more"


def _node(node: Mapping[str, Any]) -> str:
    parts = [f"{node['kind']} {node['name']}"]
    title = node.get("title", {}).get("en")
    if title:
        parts.append(f"- {title}")
    values = [
        f"{one['name']}={_value(one['value'])}"
        for one in node.get("values", ())
        if one["value"] is not None
    ]
    if values:
        parts.append(" " + ", ".join(values))
    if node.get("origin"):
        parts.append(f" [{_origin(node['origin'])}]")
    if node.get("is_again"):
        parts.append(" (see above)")
    return " ".join(parts)


def _origin(origin: Mapping[str, Any]) -> str:
    told = [origin["table"], f"load {origin['load_id']}"]
    if origin.get("recipe"):
        told.append(f"recipe {origin['recipe']}")
    if origin.get("sha256"):
        told.append(f"sha256 {origin['sha256'][:SHORT_DIGEST]}…")
    if not origin["is_kept"]:
        told.append("purged from the log since")
    return ", ".join(told)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    return str(value)
