"""What a request brings, in whatever dialect: items in Segment's vocabulary, and their key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from zhiyin.collect.edge.exchange import Answer, Request
from zhiyin.collect.edge.limits import Limits

Item = bytes | msgspec.Raw


@dataclass(frozen=True)
class Unmapped:
    """A record that has no meaning in our vocabulary: a stable reason, a sentence, the record."""

    reason: str
    detail: str
    record: bytes


@dataclass(frozen=True)
class Call:
    """The items of one request.

    Attributes
    ----------
    items
        Each one an event as JSON text.
    content
        The JSON text that `items` were cut from, if they are its list `batch`, or if it is the
        only item itself.
    key
        The write key, if the body holds it.
    kind
        Type of items that name none.
    sent_at, context
        The batch's, for items without their own.
    unmapped
        Records that go aside.
    is_single
        Whether the answer is to tell of a refused item.
    """

    items: Sequence[Item]
    content: bytes | None = None
    key: str | None = None
    kind: str | None = None
    sent_at: str | None = None
    context: msgspec.Raw | None = None
    unmapped: Sequence[Unmapped] = ()
    is_single: bool = False


# What is shorter is no write key, and may well stand in an event.
SHORTEST_KEY = 16

Reader = Callable[[Request, bytes, Limits], Call]


@dataclass(frozen=True)
class Way:
    """A path of the API: how its requests are read, and what is answered when all went well.

    A way that `always_answers` says so even if nothing was taken: its client shows a picture. One
    that takes nothing needs no key.
    """

    read: Reader
    done: Answer
    methods: tuple[str, ...] = ("POST",)
    always_answers: bool = False
    needs_key: bool = True


def presented_key(request: Request, in_body: str | None) -> str | None:
    """Return the write key: of Basic (with or without colon), the body, Jitsu's header, the query.

    A bearer token is not a key: who sends one puts the key into the body.
    """
    authorization = request.headers.get(b"authorization")
    if authorization is not None and (key := _basic(authorization)):
        return key
    if in_body:
        return in_body
    if jitsu := request.header(b"x-write-key"):
        return jitsu
    if not request.query:
        return None
    arguments = request.arguments()
    names = ("writeKey", "write_key", "api_key", "token", "project")
    return next((arguments[name] for name in names if arguments.get(name)), None)


def without_key(content: bytes, key: str | None) -> bytes:
    """Return the text without the key, which is stored nowhere else in the clear either."""
    if key is None or len(key) < SHORTEST_KEY:
        return content
    return content.replace(key.encode(), b"")


@lru_cache(maxsize=1024)
def _basic(authorization: bytes) -> str | None:
    scheme, _, value = authorization.partition(b" ")
    if scheme.lower() != b"basic" or not value.strip():
        return None
    try:
        decoded = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return decoded.partition(":")[0] or None
