"""Questions about what people do: each takes plain values and answers with plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.app.behaving import scope_of
from zhiyin.app.commands import voice
from zhiyin.app.commands.asked_steps import in_words, unseen_steps
from zhiyin.app.commands.behavior import people_behind
from zhiyin.app.commands.people import sources_of
from zhiyin.core.errors import not_allowed
from zhiyin.insights.behavior import api as behavior

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

SHOWN = 50
MOST_PEOPLE = 1_000_000

# Each analysis: how its question is read, and who is behind a point of its answer.
PEOPLE = {
    "funnel": (behavior.read_funnel, behavior.funnel_people),
    "paths": (behavior.read_paths, behavior.paths_people),
    "sessions": (behavior.read_sessions, behavior.sessions_people),
    "touches": (behavior.read_touches, behavior.touches_people),
}


def funnel(
    workspace: Workspace, *, spec: Mapping[str, Any], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Return how many people get from step to step."""
    asked = behavior.read_funnel(spec)
    scope = scope_of(workspace, sources_of(workspace), on_progress)
    ends = (one.step for one in asked.exclusions)
    unseen = unseen_steps(workspace, scope, (*asked.steps, *ends))
    told = behavior.funnel(scope, asked)
    labels = [in_words(step) for step in asked.steps]
    for period in filter(None, (told, told.get("compared"))):
        for one, label in zip(period["steps"], labels, strict=True):
            one["label"] = label
    return told | {"unseen": unseen}


def paths(
    workspace: Workspace, *, spec: Mapping[str, Any], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Return the ways that people go through events."""
    asked = behavior.read_paths(spec)
    return behavior.paths(scope_of(workspace, sources_of(workspace), on_progress), asked)


def sessions(
    workspace: Workspace, *, spec: Mapping[str, Any], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Return how many visits there were, how long and how deep."""
    asked = behavior.read_sessions(spec)
    return behavior.sessions(scope_of(workspace, sources_of(workspace), on_progress), asked)


def touches(
    workspace: Workspace, *, spec: Mapping[str, Any], on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Return the channels by which people came to a goal, in order."""
    asked = behavior.read_touches(spec)
    scope = scope_of(workspace, sources_of(workspace), on_progress)
    steps = [asked.goal if spec.get("goal") else None, asked.touch]
    unseen = unseen_steps(workspace, scope, steps)
    return behavior.touches(scope, asked) | {"unseen": unseen}


def people(
    workspace: Workspace,
    *,
    analysis: str,
    spec: Mapping[str, Any],
    point: Mapping[str, Any],
    limit: int = SHOWN,
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Return the people behind a point of an answer: how many, and the first of them by id."""
    known = {**PEOPLE, **people_behind(workspace), "voice": voice.people_behind(workspace)}
    if analysis not in known:
        raise not_allowed("An analysis", analysis, known)
    read, behind = known[analysis]
    found = behind(scope_of(workspace, sources_of(workspace), on_progress), read(spec), point)
    warehouse = workspace.warehouse
    total = warehouse.to_arrow(found.count().as_table())[0][0].as_py()
    first = found.order_by("person_id").limit(min(limit, MOST_PEOPLE))
    return {"total": total, "person_ids": warehouse.to_arrow(first)["person_id"].to_pylist()}
