"""Calls by picture: an event in the query of a GET."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from zhiyin.collect.edge.calls import Call
from zhiyin.collect.edge.exchange import Answer, Request
from zhiyin.collect.edge.limits import Limits
from zhiyin.collect.edge.mapping import decoded, unwrapped

PIXEL = Answer(
    200,
    base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    b"image/gif",
    ((b"cache-control", b"no-store, private"), (b"cross-origin-resource-policy", b"cross-origin")),
)
# Fields of an event; all others are properties, or traits where the call has these.
_FIELDS = (
    "anonymousId",
    "event",
    "groupId",
    "messageId",
    "name",
    "previousId",
    "sentAt",
    "timestamp",
    "type",
    "userId",
)
_KEYS = ("writeKey", "write_key", "api_key", "token")
_PARTS = ("properties", "traits", "context")


def read_pixel(kind: str, request: Request, content: bytes, limits: Limits) -> Call:
    """Return a call by picture: base64 JSON in `data`, or fields of the event in the query.

    `properties.price=3` is a property, and so is any field that is none of an event's.
    """
    arguments = request.arguments()
    if "data" in arguments:
        event = decoded(unwrapped(arguments["data"], limits.item))
    else:
        event = _event(arguments, "traits" if kind in ("identify", "group") else "properties")
    key = event.pop("writeKey", None) if isinstance(event, dict) else None
    item = msgspec.json.encode(event)
    is_text = isinstance(key, str) and key
    return Call([item], key=key if is_text else arguments.get("writeKey"), kind=kind)


def _event(arguments: dict[str, str], others: str) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for name, value in arguments.items():
        part, dot, rest = name.partition(".")
        if name in _KEYS:
            continue
        if name in _FIELDS:
            event[name] = value
        elif dot and part in _PARTS and rest:
            _put(event.setdefault(part, {}), rest.split("."), value)
        else:
            event.setdefault(others, {})[name] = value
    return event


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    *branches, leaf = path
    for branch in branches:
        inner = tree.setdefault(branch, {})
        if not isinstance(inner, dict):
            return
        tree = inner
    tree.setdefault(leaf, value)
