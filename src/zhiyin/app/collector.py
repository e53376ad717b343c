"""The collector of tracking events: inside the server, and alone in `zhiyin collect`."""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zhiyin.app.settings import CollectSettings, load_settings
from zhiyin.core.errors import Conflict

if TYPE_CHECKING:
    import uvicorn

    from zhiyin.collect.edge.api import Collector
    from zhiyin.core.clock import Clock
    from zhiyin.ports.event_log import EventLog
    from zhiyin.ports.operational import WriteKeys

KEEP_ALIVE_SECONDS = 65  # a little longer than the usual proxy keeps a connection


def collector_of(
    settings: CollectSettings,
    event_log: EventLog,
    keys: WriteKeys,
    clock: Clock,
    *,
    is_alone: bool = False,
) -> Collector:
    """Return a collector with the settings' limits."""
    from zhiyin.collect.edge.api import Collector, Limits

    limits = Limits(
        item=settings.item_bytes,
        batch=settings.batch_bytes,
        items=settings.batch_items,
        request=settings.request_bytes,
        queue=settings.queue_bytes,
        connections=settings.connections,
    )
    return Collector(
        event_log,
        keys,
        clock,
        limits=limits,
        trusted_proxies=settings.trusted_proxies,
        is_alone=is_alone,
    )


def http_config(app: Any, collector: Collector) -> uvicorn.Config:
    """Return how the server runs: the collector's paths first, the app for all others."""
    import uvicorn

    from zhiyin.collect.edge.api import edge_protocol

    return uvicorn.Config(
        app,
        http=edge_protocol(collector),
        loop="auto",  # uvloop where there is one
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=10,
    )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; `Conflict` if the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio leaves Nagle's algorithm on: 40 ms for every answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Conflict(
            f"Port {port} at {host} cannot be used ({error.strerror}); choose another with --port."
        ) from error
    listener.listen(1024)
    return listener


def collect_forever(
    root: Path, *, name: str, host: str | None, port: int, as_json: bool = False
) -> None:
    """Take events in until SIGINT or SIGTERM, beside whatever else has the workspace open.

    Nothing is read but the settings and the write keys, and nothing is written but the log's
    partition `name`. Who is answered 200 finds the event there, however the process ends.
    """
    from zhiyin.app import wiring
    from zhiyin.app.workspace import Workspace

    workspace = Workspace(root.resolve(), load_settings(root.resolve()))
    workspace.data.mkdir(exist_ok=True)
    listener = listen(host or workspace.settings.server.host, port)
    keys = wiring.operational(workspace)
    log = wiring.log_of(workspace.settings.log, workspace.data, name, workspace.clock)
    collector = collector_of(workspace.settings.collect, log, keys, workspace.clock, is_alone=True)
    try:
        _serve(collector, listener, name=name, as_json=as_json)
    finally:
        listener.close()
        collector.close()
        log.close()
        keys.close()


def _serve(collector: Collector, listener: socket.socket, *, name: str, as_json: bool) -> None:
    import uvicorn

    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    # What is there now stays: the collector of garbage need not look at it again.
    gc.collect()
    gc.freeze()
    # The thread that writes waits for its turn at most so long while requests are parsed.
    sys.setswitchinterval(0.001)
    server = uvicorn.Server(http_config(_nothing_else, collector))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="http")
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    _announce(listener, name, as_json)
    while not stopping.wait(0.5) and thread.is_alive():
        pass
    server.should_exit = True
    thread.join()


def _announce(listener: socket.socket, name: str, as_json: bool) -> None:
    host, port = listener.getsockname()[:2]
    url = f"http://{host}:{port}"
    if as_json:
        click.echo(json.dumps({"url": url, "pid": os.getpid(), "name": name}))
    else:
        click.echo(f"Zhiyin collects at {url} into partition {name}  (ctrl-C stops it)")


async def _nothing_else(scope: Any, receive: Any, send: Any) -> None:
    """Answer every path that is not the collector's."""
    body = b'{"code":"not_found","message":"This is a collector; it has no such path."}'
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})
