"""The collector of tracking events: inside the server, and alone in `zhiyin collect`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhiyin.app.settings import CollectSettings

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
