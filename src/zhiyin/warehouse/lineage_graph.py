"""Objects and what each is made from: walks over the graph, column by column or table by table."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from zhiyin.core.errors import NotFound

# Edges between whole tables: said of tables, too coarse for a column.
WHOLE_TABLES = "input"
SUGGESTED = 5


@dataclass(frozen=True)
class LineageObject:
    """Something that data comes from or flows into; see `dw.lineage_objects`."""

    object_id: str
    kind: str
    name: str
    parent_id: str | None = None
    title: Mapping[str, str] = field(default_factory=dict)
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class ObjectEdge:
    """`to_id` is made from `from_id`, or decided by it; `via` says how."""

    from_id: str
    to_id: str
    via: str


@dataclass(frozen=True)
class ObjectWalk:
    """What a walk met: every object with its distance from the start, and the edges between.

    `hidden` counts, per object shown, the neighbors in the walk's direction that are not.
    """

    start: str
    depths: Mapping[str, int]
    edges: tuple[ObjectEdge, ...]
    hidden: Mapping[str, int]


@dataclass(frozen=True)
class LineageGraph:
    """All objects by id, and the edges between them."""

    objects: Mapping[str, LineageObject]
    edges: tuple[ObjectEdge, ...]

    @cached_property
    def sources(self) -> Mapping[str, list[ObjectEdge]]:
        """Edges by what they lead to."""
        return _grouped(self.edges, lambda edge: edge.to_id)

    @cached_property
    def uses(self) -> Mapping[str, list[ObjectEdge]]:
        """Edges by what they start from."""
        return _grouped(self.edges, lambda edge: edge.from_id)

    def walk(
        self, start: str, *, upward: bool, depth: int | None = None, most: int | None = None
    ) -> ObjectWalk:
        """Return what `start` is made from (`upward`) or what is made from it, nearest first.

        Parameters
        ----------
        depth
            Steps at most; None for all.
        most
            Objects at most; the nearest are kept, and of those equally near the first by name.
        """
        leaving = self.sources if upward else self.uses
        depths = {start: 0}
        frontier, distance = [start], 0
        while frontier and (depth is None or distance < depth):
            distance += 1
            ends = {_end(edge, upward) for near in frontier for edge in leaving.get(near, ())}
            frontier = sorted(ends - set(depths))
            if most is not None:
                frontier = frontier[: most - len(depths)]
            depths |= dict.fromkeys(frontier, distance)
        shown = [e for e in self.edges if e.from_id in depths and e.to_id in depths]
        hidden = {
            near: count
            for near in depths
            if (count := len({_end(e, upward) for e in leaving.get(near, ())} - set(depths)))
        }
        return ObjectWalk(start, depths, tuple(shown), hidden)

    def at_columns(self) -> LineageGraph:
        """Return the graph without the edges between whole tables."""
        return LineageGraph(self.objects, tuple(e for e in self.edges if e.via != WHOLE_TABLES))

    def at_tables(self) -> LineageGraph:
        """Return the graph with every column taken for its table, every field for its source.

        Features are left out; their tables stand for them.

        Between tables the inputs of their builds count, which also name those that only decide
        which rows there are.
        """
        whole = {
            one.object_id: one.parent_id or one.object_id
            for one in self.objects.values()
            if one.kind in ("column", "field")
        }
        tables = {one.object_id for one in self.objects.values() if one.kind == "table"}
        edges = set()
        for edge in self._past_features():
            source, to = (whole.get(end, end) for end in (edge.from_id, edge.to_id))
            if source == to:
                continue
            between = source in tables and to in tables
            edges.add(replace(edge, from_id=source, to_id=to, via="input" if between else edge.via))
        gone = {*whole, *self._features()}
        objects = {key: one for key, one in self.objects.items() if key not in gone}
        return LineageGraph(objects, tuple(sorted(edges)))

    def _features(self) -> set[str]:
        return {one.object_id for one in self.objects.values() if one.kind == "feature"}

    def _past_features(self) -> Iterator[ObjectEdge]:
        """Give the edges, those through a feature as one from its column to its model."""
        features = self._features()
        for edge in self.edges:
            if edge.from_id in features:
                for source in self.sources.get(edge.from_id, ()):
                    yield replace(edge, from_id=source.from_id)
            elif edge.to_id not in features:
                yield edge

    def named(self, text: str) -> list[LineageObject]:
        """Return the objects that a person may mean: by id, by `layer.table`, by bare name."""
        if text in self.objects:
            return [self.objects[text]]
        wanted = text.lower()
        return sorted(
            (one for one in self.objects.values() if wanted in _names(one)),
            key=lambda one: one.object_id,
        )

    def suggestions(self, text: str) -> list[str]:
        """Return the ids nearest to a name that nothing has."""
        by_name: dict[str, str] = {}
        for one in self.objects.values():
            for name in (*_names(one), one.object_id.lower()):
                by_name.setdefault(name, one.object_id)
        near = difflib.get_close_matches(text.lower(), by_name, n=SUGGESTED, cutoff=0.5)
        return list(dict.fromkeys(by_name[name] for name in near))

    def unknown(self, text: str) -> NotFound:
        """Return the error for a name that nothing has."""
        near = self.suggestions(text)
        if near:
            return NotFound(f"Nothing is named {text!r}; did you mean {', '.join(near)}?")
        return NotFound(
            f"Nothing is named {text!r}; give layer.table.column, a table, a file, tag:NAME, "
            "score:NAME, audience:NAME, metric:NAME, campaign:ID, or the id of a message, "
            "decision, order or customer."
        )


def _names(one: LineageObject) -> set[str]:
    names = {one.name.lower()}
    if one.kind == "field":
        names.add(one.name.lower().rsplit("/", 1)[-1])
    if one.kind == "file":
        names.add(one.name.lower().rsplit("/", 1)[-1])
    return names


def _end(edge: ObjectEdge, upward: bool) -> str:
    return edge.from_id if upward else edge.to_id


def _grouped(
    edges: Iterable[ObjectEdge], end: Callable[[ObjectEdge], str]
) -> dict[str, list[ObjectEdge]]:
    found: dict[str, list[ObjectEdge]] = {}
    for edge in edges:
        found.setdefault(end(edge), []).append(edge)
    return found
