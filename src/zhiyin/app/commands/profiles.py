"""Live profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def show(workspace: Workspace, *, id: str) -> dict[str, Any]:
    """Return what is known of one person at this moment, by any typed id."""
    found = workspace.profiling.shown(id)
    return {**found, "last_event_at": told(found["last_event_at"])} | {
        kind: [{**one, "since": told(one["since"])} for one in found[kind]]
        for kind in ("tags", "audiences")
    }


def told(instant: Any) -> str | None:
    """Return an instant as text."""
    return None if instant is None else instant.isoformat()


def status(workspace: Workspace) -> dict[str, Any]:
    """Return how many people have live profiles, and how far behind the log they are."""
    return workspace.profiling.standing()
