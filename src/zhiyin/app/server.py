"""`zhiyin serve`: one process that serves, loads, sends and keeps the schedule."""

from __future__ import annotations

import gc
import json
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhiyin.app.collector import collector_of, http_config, listen
from zhiyin.app.workers import Workers
from zhiyin.app.workspace import Workspace
from zhiyin.core.errors import Conflict, ZhiyinError

if TYPE_CHECKING:
    import uvicorn

    from zhiyin.api.context import ApiContext
    from zhiyin.collect.edge.api import Collector

SWITCH_SECONDS = 0.001
# A full collection of garbage looks at every live profile and stops all threads for up to a second.
# Left to itself it came every few seconds; what cycles hold meanwhile waits for the next one.
FULL_COLLECTION_SECONDS = 600.0
COLLECTION_THRESHOLDS = (50_000, 20, 1_000_000)


class Server:
    """The HTTP server and the workers of one open workspace.

    `start` returns when requests are answered; `stop` finishes running requests, lets workers end
    their present piece of work, and leaves the workspace open.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        host: str | None = None,
        port: int | None = None,
        has_workers: bool = True,
    ) -> None:
        settings = workspace.settings.server
        self._workspace = workspace
        self._socket = listen(host or settings.host, settings.port if port is None else port)
        self._token = secrets.token_urlsafe(24)
        self._workers = Workers(workspace) if has_workers else None
        self._collector: Collector | None = None
        self._http: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def _card(self) -> Path:
        return self._workspace.data / "server.json"

    def start(self) -> None:
        """Serve in a thread of this process."""
        import uvicorn

        from zhiyin.api.app import create_app

        workspace = self._workspace
        app = create_app(api_context(workspace, token=self._token, base_url=self.url))
        self._collector = collector_of(
            workspace.settings.collect, workspace.event_log, workspace.operational, workspace.clock
        )
        self._http = uvicorn.Server(http_config(app, self._collector))
        self._thread = threading.Thread(
            target=self._http.run, kwargs={"sockets": [self._socket]}, name="http", daemon=True
        )
        self._thread.start()
        while not self._http.started:
            self._thread.join(0.02)
            if not self._thread.is_alive():
                raise Conflict(f"The server could not start at {self.url}; see the messages above.")
        self._announce()
        if self._workers:
            self._workers.start()

    def stop(self) -> None:
        """Stop serving."""
        self._card.unlink(missing_ok=True)
        if self._workers:
            self._workers.stop()
        if self._http is not None and self._thread is not None:
            self._http.should_exit = True
            self._thread.join(timeout=10)
        if self._collector is not None:
            self._collector.close()
        self._socket.close()

    def _announce(self) -> None:
        text = json.dumps({"pid": os.getpid(), "url": self.url, "token": self._token})
        draft = self._card.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(self._card)


def api_context(workspace: Workspace, *, token: str, base_url: str) -> ApiContext:
    """Give the API the ports and commands of an open workspace."""
    from zhiyin.api.context import ApiContext
    from zhiyin.app.commands import execute
    from zhiyin.app.looking import run_as_of

    def run_command(name: str, params: Any) -> Any:
        return execute(workspace, name, params)

    settings = workspace.settings
    return ApiContext(
        workspace=settings.name,
        definitions=workspace.root,
        warehouse=workspace.warehouse,
        operational=workspace.operational,
        event_log=workspace.event_log,
        clock=workspace.clock,
        execute=run_command,
        as_of=lambda: run_as_of(workspace),
        profile=workspace.profiling.shown,
        currency=settings.currency,
        timezone=settings.timezone,
        language=settings.language,
        base_url=settings.server.base_url or base_url,
        secret=workspace.secret,
        local_token=token,
        is_cookie_secure=settings.server.is_behind_https,
    )


def serve_forever(
    root: Path, *, host: str | None = None, port: int | None = None, as_json: bool = False
) -> None:
    """Serve a workspace until SIGINT or SIGTERM."""
    with Workspace.open(root, doing="serve") as workspace:
        wait_while_serving(workspace, host=host, port=port, as_json=as_json)


def wait_while_serving(
    workspace: Workspace,
    *,
    host: str | None,
    port: int | None,
    as_json: bool,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve an open workspace until SIGINT or SIGTERM; `announce` prints the address."""
    # An answer changes threads some ten times; each time it would wait 5 ms for a busy one.
    sys.setswitchinterval(SWITCH_SECONDS)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    server = Server(workspace, host=host, port=port)
    try:
        server.start()
        (announce or _announcer(as_json))(server.url)
        collect_seldom()
        while not stopping.wait(FULL_COLLECTION_SECONDS):
            gc.collect()
    finally:
        with suppress(ZhiyinError):
            server.stop()


def collect_seldom() -> None:
    """Leave full collections of garbage to who asks for them; what lives now is not looked at."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTION_THRESHOLDS)


def _announcer(as_json: bool) -> Callable[[str], None]:
    def announce(url: str) -> None:
        if as_json:
            click.echo(json.dumps({"url": url, "pid": os.getpid()}))
        else:
            click.echo(f"Zhiyin serves {url}  (ctrl-C stops it)")

    return announce
