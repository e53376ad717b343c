"""Run a command here, or hand it to the server that has the workspace open."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zhiyin.app.lock import is_locked
from zhiyin.app.settings import load_settings
from zhiyin.core.errors import Conflict, InvalidInput, NotFound, Permanent, Transient, ZhiyinError

Progress = Callable[[str], None]

_ERRORS: dict[str, type[ZhiyinError]] = {
    "invalid_input": InvalidInput,
    "not_found": NotFound,
    "conflict": Conflict,
    "transient": Transient,
}


def call(
    root: Path, command: str, params: Mapping[str, Any], *, on_progress: Progress | None = None
) -> Any:
    """Run a command on the workspace and return its JSON-able result.

    A running server has the workspace's files open, so the command runs inside it; otherwise
    this process opens the workspace.
    """
    load_settings(root)
    server = running_server(root)
    if server is not None:
        return _ask(server, command, params)
    from zhiyin.app.commands import execute
    from zhiyin.app.workspace import Workspace

    with Workspace.open(root, doing=command) as workspace:
        return execute(workspace, command, params, on_progress=on_progress)


def running_server(root: Path) -> Mapping[str, Any] | None:
    """Return the address and token of the server that has the workspace open, if one does."""
    path = root / "data" / "server.json"
    if not path.is_file() or not is_locked(root / "data"):
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return found if {"url", "token"} <= set(found) else None


def _ask(server: Mapping[str, Any], command: str, params: Mapping[str, Any]) -> Any:
    # urllib, not httpx: it is a third of a second cheaper to import, and one POST is all we need.
    import urllib.error
    import urllib.request

    request = urllib.request.Request(
        f"{server['url']}/internal/commands/{command}",
        data=json.dumps(params, default=str).encode(),
        headers={"Content-Type": "application/json", "X-Zhiyin-Token": server["token"]},
        method="POST",
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=3600) as answer:
            return json.loads(answer.read())["result"]
    except urllib.error.HTTPError as error:
        raise _error_of(error.read(), error.code) from None
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise Transient(
            f"The running server at {server['url']} does not answer ({error}); "
            "look at its output, or stop it and try again."
        ) from error


def _error_of(body: bytes, status: int) -> ZhiyinError:
    try:
        told = json.loads(body)
    except ValueError:
        return Permanent(f"The running server answered with status {status}.")
    return _ERRORS.get(told.get("code", ""), Permanent)(told.get("message", f"status {status}"))
