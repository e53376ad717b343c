"""Where things come from, and what hangs on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from zhiyin.app.tracing.asking import MOST_OBJECTS, Question, asked
from zhiyin.app.tracing.stored import stored_graph
from zhiyin.core.errors import InvalidInput, not_allowed

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

LEVELS = ("columns", "tables")
MOST_ROWS = 100


def up(
    workspace: Workspace,
    *,
    name: str,
    depth: int | None = None,
    level: str | None = None,
    person: str | None = None,
    rows: int = 5,
    most: int = MOST_OBJECTS,
) -> dict[str, Any]:
    """Return what something comes from: objects and edges, or a trace of single rows."""
    return _answer(workspace, Question(name, True, depth, level, person, rows, most))


def down(
    workspace: Workspace,
    *,
    name: str,
    depth: int | None = None,
    level: str | None = None,
    rows: int = 5,
    most: int = MOST_OBJECTS,
) -> dict[str, Any]:
    """Return what hangs on something: objects and edges, or the people and messages it touches."""
    return _answer(workspace, Question(name, False, depth, level, None, rows, most))


def objects(workspace: Workspace) -> list[dict[str, Any]]:
    """Return everything that lineage knows, without the details."""
    return [
        {"object": one.object_id, "kind": one.kind, "name": one.name, "title": dict(one.title)}
        for one in stored_graph(workspace).objects.values()
    ]


def show(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Return one object with its details, its parts, and its neighbors both ways."""
    graph = stored_graph(workspace)
    known = graph.named(name)
    if len(known) != 1:
        raise graph.unknown(name)
    one = known[0]
    return {
        **asdict(one),
        "parts": sorted(
            (asdict(part) for part in graph.objects.values() if part.parent_id == one.object_id),
            key=lambda part: part["name"],
        ),
        "sources": [asdict(edge) for edge in graph.sources.get(one.object_id, ())],
        "uses": [asdict(edge) for edge in graph.uses.get(one.object_id, ())],
    }


def _answer(workspace: Workspace, question: Question) -> dict[str, Any]:
    if question.level is not None and question.level not in LEVELS:
        raise not_allowed("The level", question.level, LEVELS)
    if question.depth is not None and question.depth < 1:
        raise InvalidInput(f"A depth of {question.depth} shows nothing; give 1 or more.")
    if not 1 <= question.newest <= MOST_ROWS:
        raise InvalidInput(f"{question.newest} rows of a kind; give 1 to {MOST_ROWS}.")
    return asked(workspace, question)


def refresh(workspace: Workspace) -> dict[str, Any]:
    """Gather all objects anew, as every run does."""
    from zhiyin.app.tracing.publishing import publish_objects  # loads the models

    publish_objects(workspace)
    graph = stored_graph(workspace)
    return {"objects": len(graph.objects), "edges": len(graph.edges)}
