"""Segment's and RudderStack's calls: one event, or a batch of them."""

from __future__ import annotations

import msgspec

from zhiyin.collect.edge.calls import Call, Unmapped, without_key
from zhiyin.collect.edge.exchange import Refused, Request, too_large
from zhiyin.collect.edge.limits import Limits
from zhiyin.collect.events import instant_of

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
BATCHES = ("batch", "b", "import")


class Body(msgspec.Struct, gc=False):
    """What the edge reads of a body; a single call has no `batch`."""

    writeKey: str | None = None
    sentAt: str | None = None
    batch: list[msgspec.Raw] | None = None
    context: msgspec.Raw = msgspec.Raw(b"null")


_BODY = msgspec.json.Decoder(Body)


def read_single(kind: str, request: Request, content: bytes, limits: Limits) -> Call:
    """Return a call whose body is one event."""
    if len(content) > limits.item:
        raise too_large(limits.item)
    body = parsed(content)
    content = without_key(content, body.writeKey)
    return Call([content], content=content, key=body.writeKey, kind=kind, is_single=True)


def read_batch(request: Request, content: bytes, limits: Limits) -> Call:
    """Return a call whose body holds its events in the list `batch`.

    Too many items are refused all together, as Segment does: the answer is 200, and one record
    with the beginning of the body goes aside.
    """
    if len(content) > limits.batch:
        raise too_large(limits.batch)
    body = parsed(content)
    if body.batch is None:
        raise Refused(400, "no_batch", "A batch needs the list `batch`; send one.")
    if len(body.batch) > limits.items:
        return Call([], key=body.writeKey, unmapped=[too_many(len(body.batch), content, limits)])
    items = body.batch
    # Some browser libraries write the key into every item; then it is in the first one too.
    if items and body.writeKey and body.writeKey.encode() in bytes(items[0]):
        content = without_key(content, body.writeKey)
        items = parsed(content).batch or []
    sent_at = body.sentAt if instant_of(body.sentAt) is not None else None
    context = body.context if bytes(body.context).startswith(b"{") else None
    return Call(items, content=content, key=body.writeKey, sent_at=sent_at, context=context)


def parsed(content: bytes) -> Body:
    """Return the body as far as the edge needs it; raises `Refused` if it is not JSON."""
    try:
        return _BODY.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, "invalid_json", f"The body is not valid JSON: {error}.") from error


def too_many(count: int, content: bytes, limits: Limits) -> Unmapped:
    """Return what stands for a batch with too many items: their number, the body's beginning."""
    detail = f"{count} items in one batch; at most {limits.items}"
    return Unmapped("too_many_items", detail, content[: limits.item])
