"""The collector's HTTP edge: Segment's paths, keys, answers and limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from zhiyin.collect.events import Arrival, Rejected, accept_raw, instant_of
from zhiyin.collect.requests import (
    Body,
    Limits,
    RefusedRequest,
    items_of,
    parsed,
    too_large,
    unpacked,
    write_key_of,
)
from zhiyin.collect.write_keys import hash_write_key
from zhiyin.core.clock import Clock
from zhiyin.core.errors import Transient
from zhiyin.ports.event_log import EventLog
from zhiyin.ports.operational import WriteKey, WriteKeys

# Path -> the type of its items; the short ones are the browser library's.
SINGLE = {
    "identify": "identify",
    "track": "track",
    "page": "page",
    "screen": "screen",
    "group": "group",
    "alias": "alias",
    "i": "identify",
    "t": "track",
    "p": "page",
    "s": "screen",
    "g": "group",
    "a": "alias",
}
BATCH = ("batch", "b", "import")


class CollectContext(Protocol):
    """What the edge needs: the log, the write keys, the time."""

    @property
    def event_log(self) -> EventLog: ...

    @property
    def operational(self) -> WriteKeys: ...

    @property
    def clock(self) -> Clock: ...


def collect_router(context: CollectContext, limits: Limits | None = None) -> APIRouter:
    """Return the router that takes events in.

    `200 {"success": true}` is answered after the items are on disk. A request that is refused as
    a whole gets `{"code", "message"}` with 400 (body) or 401 (key), or 503 when the log cannot be
    written. An item that is not acceptable does not sink its batch: it goes into the log with its
    reason, and from there to the quarantine; a single call is also told so, with 400.
    """
    bounds = limits or Limits()
    router = APIRouter(include_in_schema=False)

    async def collect(request: Request) -> Response:
        try:
            return _allowing(request, await _collected(request, context, bounds))
        except RefusedRequest as refused:
            return _allowing(request, _problem(refused.status, refused.code, refused.message))
        except Transient as failed:
            answer = _problem(503, "try_again", str(failed))
            answer.headers["Retry-After"] = "5"
            return _allowing(request, answer)

    async def preflight(request: Request) -> Response:
        return _allowing(request, Response(status_code=200))

    async def settings(request: Request) -> Response:
        key = request.path_params["write_key"]
        return _allowing(request, JSONResponse({"integrations": {"Segment.io": {"apiKey": key}}}))

    for name in (*SINGLE, *BATCH):
        router.add_api_route(f"/v1/{name}", collect, methods=["POST"])
        router.add_api_route(f"/v1/{name}", preflight, methods=["OPTIONS"])
    router.add_api_route("/v1/projects/{write_key}/settings", settings, methods=["GET"])
    return router


async def _collected(request: Request, context: CollectContext, limits: Limits) -> Response:
    call = request.url.path.rsplit("/", 1)[-1]
    content = unpacked(await _content(request, limits), request.headers, limits)
    body = parsed(content)
    items = items_of(body, content, is_batch=call in BATCH, limits=limits)
    presented = write_key_of(request.headers.get("authorization"), body, request.query_params)
    rejected = await run_in_threadpool(
        _log, context, limits, presented, (body, items, SINGLE.get(call))
    )
    if rejected and call in SINGLE:
        return _problem(400, rejected[0].reason, rejected[0].detail)
    return JSONResponse({"success": True})


def _log(
    context: CollectContext,
    limits: Limits,
    presented: str | None,
    call: tuple[Body, Sequence[bytes], str | None],
) -> list[Rejected]:
    """Append the items, rejected ones with their reason; return the rejected ones."""
    body, items, kind = call
    source = _source(context.operational, presented)
    sent_at = body.sentAt if instant_of(body.sentAt) is not None else None
    arrival = Arrival(source.name, context.clock.now(), sent_at, kind, _context(body, kind))
    results = [accept_raw(item, arrival, limits.item) for item in items]
    rejected = [one for one in results if isinstance(one, Rejected)]
    context.event_log.append([one.body if isinstance(one, Rejected) else one for one in results])
    return rejected


def _context(body: Body, kind: str | None) -> msgspec.Raw | None:
    """Return the batch's context; a single call's context is its own already."""
    is_batch = kind is None
    return body.context if is_batch and bytes(body.context).startswith(b"{") else None


def _source(keys: WriteKeys, presented: str | None) -> WriteKey:
    if presented is None:
        raise RefusedRequest(401, "no_write_key", "No write key was sent; use Basic or the body.")
    found = keys.write_key(hash_write_key(presented))
    if found is None or not found.is_active:
        raise RefusedRequest(
            401, "unknown_write_key", "The write key is not known or was disabled."
        )
    return found


async def _content(request: Request, limits: Limits) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > limits.request:
            raise too_large(limits.request)
    return bytes(content)


def _allowing(request: Request, response: Response) -> Response:
    """Let pages of any origin read the answer: a write key is public, and can only write."""
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("origin", "*")
    response.headers["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "authorization, content-type, x-retry-count"
    response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Vary"] = "Origin"
    return response


def _problem(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status_code=status)
