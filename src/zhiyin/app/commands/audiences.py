"""Audiences as definitions: listed, shown, saved, removed and brought back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.api.audience_file import AudienceFile
from zhiyin.app.schedules import check_schedule
from zhiyin.core.errors import InvalidInput
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.membership import api as membership

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

TREND = 30


def audience_list(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every audience with its size at the last run, null before the first, and its trend."""
    warehouse = workspace.warehouse
    counted = {
        row["audience"]: row for row in warehouse.to_arrow(warehouse.read(dm.AUDIENCES)).to_pylist()
    }
    trends: dict[str, list[int]] = {}
    taken: dict[str, str] = {}
    for row in membership.history(warehouse):
        trends.setdefault(row["audience"], []).append(row["members"])
        taken.setdefault(row["audience"], row["taken_at"].isoformat())
    language = workspace.settings.language
    return [
        {
            "audience": name,
            "title": audience.title.get(language, name),
            "kind": "rule" if audience.snapshot is None else "list",
            "members": counted[name]["members"] if name in counted else None,
            "as_of": counted[name]["as_of"].isoformat() if name in counted else None,
            "refresh": audience.refresh,
            "owner": audience.owner,
            "trend": trends.get(name, [])[:TREND][::-1],
            "taken_at": taken.get(name),
        }
        for name, audience in sorted(workspace.counting.definitions().audiences.items())
    ]


def audience_show(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Return an audience's definition, what uses it, and its file's version."""
    audience = workspace.counting.definitions().named(name)
    file = AudienceFile(workspace.root, name)
    return {
        "audience": name,
        "title": dict(audience.title),
        "description": dict(audience.description),
        "owner": audience.owner,
        "kind": "rule" if audience.snapshot is None else "list",
        "where": None if audience.rule is None else profiles.to_dict(audience.rule),
        "exclude": list(audience.exclude),
        "refresh": audience.refresh,
        "alert_change": audience.alert_change,
        "used_by": file.used_by(),
        "version": file.version(),
    }


def audience_save(
    workspace: Workspace,
    *,
    name: str,
    title: str | Mapping[str, str],
    where: Any = None,
    description: str | Mapping[str, str] = "",
    owner: str = "",
    exclude: list[str] | None = None,
    refresh: str = "",
    alert_change: float | None = None,
    version: str | None = None,
) -> dict[str, Any]:
    """Write an audience's file and return it as `audience_show` does.

    `version` is that of the file the change started from, None for a new audience; a file that
    was changed meanwhile is a `Conflict`. Without `where` a list keeps its members.
    """
    definitions = workspace.counting.definitions()
    known = definitions.audiences.get(name)
    body: dict[str, Any] = {"title": title, "description": description, "owner": owner}
    if where is not None:
        body["where"] = profiles.to_dict(definitions.parsed(where, beside={name}))
    elif known is not None and known.snapshot is not None:
        body["list"] = known.snapshot
    else:
        raise InvalidInput(f"The audience {name!r} needs `where`, the condition of its members.")
    body |= {"exclude": exclude or [], "alert_change": alert_change}
    body["refresh"] = check_schedule(refresh) if refresh else ""
    file = AudienceFile(workspace.root, name)
    profiles.check_audience(file.path(), body, definitions.audiences, set(definitions.tags))
    file.write(body, version=version)
    return audience_show(workspace, name=name)


def audience_remove(
    workspace: Workspace, *, name: str, version: str | None = None
) -> dict[str, Any]:
    """Put an audience's file aside; `audience_restore` brings it back.

    Raises `Conflict` while strategies or other audiences use it.
    """
    workspace.counting.definitions().named(name)
    AudienceFile(workspace.root, name).remove(version=version, at=workspace.clock.now())
    return {"audience": name, "removed": True}


def audience_restore(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Bring back the audience that was removed last under a name."""
    AudienceFile(workspace.root, name).restore()
    return audience_show(workspace, name=name)
