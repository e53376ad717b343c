"""Commands about sources: who may send events, on which terms, with which key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from zhiyin.app.workspace import Workspace
from zhiyin.collect import api as collect
from zhiyin.core.errors import InvalidInput
from zhiyin.governance.api import Action, Audit
from zhiyin.ports.operational import WriteKey

COMMAND_LINE = "command line"
_GRACE = re.compile(r"(\d+(?:\.\d+)?)\s*([dhm]?)")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "": "days"}


def create(
    workspace: Workspace,
    *,
    name: str,
    source_type: str = "server",
    allowed_origins: Sequence[str] = (),
    events_per_second: int = 0,
    required_consents: Sequence[str] = (),
    actor: str = COMMAND_LINE,
) -> dict[str, Any]:
    """Make a source and return its write key, which is not kept."""
    key, record = collect.new_write_key(
        name,
        workspace.clock,
        source_type=source_type,
        allowed_origins=allowed_origins,
        events_per_second=events_per_second,
        required_consents=required_consents,
    )
    workspace.operational.add_write_key(record)
    _audit(workspace, actor, Action.SOURCE_CREATE, record.name, {"source_type": source_type})
    return {"name": record.name, "source_id": record.source_id, "write_key": key}


def list_sources(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the sources and their terms."""
    return [_shown(source) for source in workspace.operational.write_keys()]


def change(
    workspace: Workspace,
    *,
    name: str,
    source_type: str | None = None,
    allowed_origins: Sequence[str] | None = None,
    events_per_second: int | None = None,
    required_consents: Sequence[str] | None = None,
    is_active: bool | None = None,
    actor: str = COMMAND_LINE,
) -> dict[str, Any]:
    """Change a source's terms; those that are not given stay."""
    terms = collect.checked_terms(
        {
            "source_type": source_type,
            "allowed_origins": allowed_origins,
            "events_per_second": events_per_second,
            "required_consents": required_consents,
            "is_active": is_active,
        }
    )
    if not terms:
        raise InvalidInput(
            "Nothing to change was given; give a type, origins, a rate, consents or a state."
        )
    workspace.operational.change_source(name, **terms)
    _audit(workspace, actor, Action.SOURCE_CHANGE, name, {"changed": sorted(terms)})
    return _source(workspace, name)


def rotate(
    workspace: Workspace, *, name: str, grace: str = "7d", actor: str = COMMAND_LINE
) -> dict[str, Any]:
    """Give a source a new key; the one before is good until the grace ends."""
    key = collect.fresh_key()
    valid_until = workspace.clock.now() + grace_of(grace)
    workspace.operational.rotate_write_key(name, collect.hash_write_key(key), valid_until)
    detail = {"valid_until": valid_until.isoformat()}
    _audit(workspace, actor, Action.SOURCE_ROTATE, name, detail)
    return {"name": name, "write_key": key, "old_key_valid_until": valid_until.isoformat()}


def disable(workspace: Workspace, *, name: str, actor: str = COMMAND_LINE) -> dict[str, Any]:
    """Take no more events from a source, whichever of its keys it uses."""
    workspace.operational.disable_write_key(name)
    _audit(workspace, actor, Action.SOURCE_DISABLE, name, {})
    return _source(workspace, name)


def enable(workspace: Workspace, *, name: str, actor: str = COMMAND_LINE) -> dict[str, Any]:
    """Take events from a source again."""
    workspace.operational.change_source(name, is_active=True)
    _audit(workspace, actor, Action.SOURCE_ENABLE, name, {})
    return _source(workspace, name)


def grace_of(text: str) -> timedelta:
    """Return a time such as `7d`, `12h`, `30m` or `0`; a bare number counts days.

    Raises
    ------
    InvalidInput
        If it is none, or longer than a year.
    """
    found = _GRACE.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"The grace {text!r} is no time; give one such as 7d, 12h, 30m or 0.")
    number = min(float(found.group(1)), 1e6)
    grace = timedelta(**{_UNITS[found.group(2)]: number})
    if grace > timedelta(days=366):
        raise InvalidInput(f"The grace {text!r} is longer than a year; give at most 366d.")
    return grace


def _source(workspace: Workspace, name: str) -> dict[str, Any]:
    return next(_shown(s) for s in workspace.operational.write_keys() if s.name == name)


def _shown(source: WriteKey) -> dict[str, Any]:
    return {
        "name": source.name,
        "source_id": source.source_id,
        "source_type": source.source_type,
        "allowed_origins": list(source.allowed_origins),
        "events_per_second": source.events_per_second,
        "required_consents": list(source.required_consents),
        "created_at": source.created_at.isoformat(),
        "is_active": source.is_active,
    }


def _audit(
    workspace: Workspace, actor: str, action: Action, name: str, detail: dict[str, Any]
) -> None:
    Audit(workspace.operational, workspace.clock).record(actor, action, name, detail)
