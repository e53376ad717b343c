"""What a person asks for: any name or id, upward or downward, answered as a graph or a trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from zhiyin.app.tracing.impact import Impact
from zhiyin.app.tracing.nodes import Node
from zhiyin.app.tracing.reasons import person_of
from zhiyin.app.tracing.stored import stored_graph
from zhiyin.app.tracing.traces import Tracer
from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.identity.tables import PERSON_OF

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.warehouse.api import LineageGraph, LineageObject

IDS = ("user", "anon", "email", "phone", "card")
ROW_KINDS = ("message", "decision", "order", "refund", "event", "person", "customer")
# Bare ids are looked for in this order, after the names of objects.
BARE = ("message", "decision", "order", "person", "refund", "event")
OF_A_PERSON = ("tag", "score", "audience")
MOST_OBJECTS = 400


@dataclass(frozen=True)
class Question:
    """What is asked for.

    Parameters
    ----------
    name
        An object of the graph, or the id of a message, decision, order, refund, event or person.
    upward
        What it comes from; else what hangs on it.
    depth
        Steps at most; None for all.
    level
        `columns` or `tables`: how fine a walk over objects is; tables for a table, else columns.
    person
        With a tag, score or audience: the person whose it is.
    newest
        How many facts of a kind are shown of a person.
    most
        How many objects a graph may have.
    """

    name: str
    upward: bool = True
    depth: int | None = None
    level: str | None = None
    person: str | None = None
    newest: int = 5
    most: int = MOST_OBJECTS


def asked(workspace: Workspace, question: Question) -> dict[str, Any]:
    """Return what something comes from or what hangs on it, as a graph or as a trace of rows.

    Raises
    ------
    NotFound
        If nothing has that name; the nearest names are told.
    """
    name, upward, depth = question.name.strip(), question.upward, question.depth
    graph = stored_graph(workspace)
    tracer = Tracer(workspace, graph, question.newest)
    if question.person is not None:
        return _told(name, upward, [_of_person(tracer, name, question.person)], depth)
    kind, _, rest = name.partition(":")
    known = graph.named(name)
    if not known and kind in (*ROW_KINDS, *IDS) and rest:
        found = _rows(tracer, "person" if kind in IDS else kind, name if kind in IDS else rest)
        if not (nodes := found(upward)):
            raise NotFound(f"No {kind} is named {rest!r} in this workspace.")
        return _told(name, upward, nodes, depth)
    if len(known) == 1 and known[0].kind == "file":
        impact = Impact(tracer)
        look = impact.file_source if upward else impact.file
        return _told(name, upward, [look(known[0].name)], depth)
    if known:
        return _graph(graph, _only(known, name), question)
    for nodes in _bare(tracer, name, upward):
        if nodes:
            return _told(name, upward, nodes, depth)
    raise graph.unknown(name)


def _only(known: list[LineageObject], name: str) -> LineageObject:
    if len(known) > 1:
        ids = ", ".join(one.object_id for one in known)
        raise InvalidInput(f"{name!r} is the name of several things: {ids}; say which.")
    return known[0]


def _bare(tracer: Tracer, name: str, upward: bool) -> Iterator[list[Node]]:
    file = Impact(tracer).file_source(name) if upward else Impact(tracer).file(name)
    yield [file] if file else []
    for kind in BARE:
        yield _rows(tracer, kind, name)(upward)


def _rows(tracer: Tracer, kind: str, name: str) -> Callable[[bool], list[Node]]:
    """Return what finds the things of a kind that have a name, upward or downward."""
    impact = Impact(tracer)
    if kind in ("person", "customer"):
        return partial(_person, tracer, name)
    if kind in ("order", "refund", "event"):
        return lambda up: tracer.fact(kind, name) if up else impact.fact(kind, name)
    return lambda up: [
        node for node in (getattr(tracer if up else impact, kind)(name),) if node is not None
    ]


def _person(tracer: Tracer, name: str, upward: bool) -> list[Node]:
    person_id = _known_person(tracer, name)
    if person_id is None:
        return []
    return [tracer.person(person_id) if upward else Impact(tracer).person(person_id)]


def _known_person(tracer: Tracer, name: str) -> str | None:
    """Return the person behind a typed id, or a bare number, e-mail or device; None if nobody."""
    typed = name.partition(":")[0] in IDS
    for one in (name,) if typed else (
        f"user:{name}", f"email:{name.lower()}", f"anon:{name}",
    ):  # fmt: skip
        row = tracer.first(PERSON_OF, "visitor_id", one)
        if row is not None:
            return row["person_id"]
    return None


def _of_person(tracer: Tracer, name: str, person: str) -> Node:
    kind, _, rest = name.partition(":")
    if kind not in OF_A_PERSON or not rest:
        raise InvalidInput(f"{name!r} with a person: give tag:NAME, score:NAME or audience:NAME.")
    if not tracer.graph.named(name):
        raise tracer.graph.unknown(name)
    person_id = _known_person(tracer, person)
    if person_id is None:
        raise NotFound(f"No customer is known as {person!r}; give an id such as user:17850.")
    return getattr(tracer, kind)(rest, person_of(tracer.workspace, person_id))


def _graph(graph: LineageGraph, start: LineageObject, question: Question) -> dict[str, Any]:
    level = question.level or ("tables" if start.kind == "table" else "columns")
    if start.kind == "feature":
        level = "columns"  # features are columns of a kind; whole tables stand for them
    shown = graph.at_tables() if level == "tables" else graph.at_columns()
    where = start.object_id if start.object_id in shown.objects else start.parent_id or ""
    walk = shown.walk(where, upward=question.upward, depth=question.depth, most=question.most)
    objects = [
        {**_known(shown.objects[key]), "depth": distance, "hidden": walk.hidden.get(key, 0)}
        for key, distance in walk.depths.items()
    ]
    return {
        "object": where,
        "direction": "up" if question.upward else "down",
        "level": level,
        "objects": objects,
        "edges": [asdict(edge) for edge in walk.edges],
    }


def _known(one: LineageObject) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if value not in (None, {})}


def _told(name: str, upward: bool, nodes: list[Any], depth: int | None) -> dict[str, Any]:
    traces = [node.to_dict() for node in nodes]
    for trace in traces if depth is not None else ():
        _cut(trace, depth or 0)
    return {
        "object": name if ":" in name else f"{traces[0]['kind']}:{traces[0]['name']}",
        "direction": "up" if upward else "down",
        "trace": traces,
    }


def _cut(node: dict[str, Any], depth: int) -> None:
    """Leave out what lies deeper, and count it."""
    children = node.get("children", [])
    if depth <= 0 and children:
        node["more"] = node.get("more", 0) + len(children)
        del node["children"]
        return
    for child in children:
        _cut(child, depth - 1)
