"""One request of a tracking library: its key, its items, its limits."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from zhiyin.core.errors import ZhiyinError


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, unpacked, as Segment documents them; `request` bounds what is read at all."""

    item: int = 32 * 1024
    batch: int = 500 * 1024
    items: int = 2_500
    request: int = 4 * 1024 * 1024


class RefusedRequest(ZhiyinError):
    """A request of which nothing is taken: a status, a stable code and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Body(msgspec.Struct):
    """What the edge reads of a request's body; a single call has no `batch`."""

    writeKey: str | None = None
    sentAt: str | None = None
    batch: list[msgspec.Raw] | None = None
    context: msgspec.Raw = msgspec.Raw(b"null")


_BODY = msgspec.json.Decoder(Body)


def unpacked(content: bytes, headers: Mapping[str, str], limits: Limits) -> bytes:
    """Return the body, unzipped if the header or its first two bytes say so.

    Raises
    ------
    RefusedRequest
        If it is not gzip after all, or unpacks to more than the limit.
    """
    says_gzip = "gzip" in headers.get("content-encoding", "").lower()
    if not says_gzip and not content.startswith(b"\x1f\x8b"):
        return content
    unzipper = zlib.decompressobj(wbits=31)
    try:
        plain = unzipper.decompress(content, limits.request)
    except zlib.error as error:
        raise RefusedRequest(400, "bad_gzip", f"The body is not gzip: {error}.") from error
    if unzipper.unconsumed_tail:
        raise too_large(limits.request)
    if not unzipper.eof:
        raise RefusedRequest(400, "bad_gzip", "The gzip body is cut off; send it again.")
    return plain


def parsed(content: bytes) -> Body:
    """Return the body as far as the edge needs it; raises `RefusedRequest` if it is not JSON."""
    try:
        return _BODY.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedRequest(
            400, "invalid_json", f"The body is not valid JSON: {error}."
        ) from error


def items_of(body: Body, content: bytes, *, is_batch: bool, limits: Limits) -> list[bytes]:
    """Return the request's items as JSON texts.

    Raises
    ------
    RefusedRequest
        If a batch has no list, too many items, or too many bytes; if a single call is too large.
    """
    if not is_batch:
        if len(content) > limits.item:
            raise too_large(limits.item)
        return [content]
    if len(content) > limits.batch:
        raise too_large(limits.batch)
    if body.batch is None:
        raise RefusedRequest(400, "no_batch", "A batch needs the list `batch`; send one.")
    if len(body.batch) > limits.items:
        raise RefusedRequest(
            400,
            "too_many_items",
            f"The batch has {len(body.batch)} items; at most {limits.items} are taken at once.",
        )
    return [bytes(item) for item in body.batch]


def write_key_of(authorization: str | None, body: Body, query: Mapping[str, str]) -> str | None:
    """Return the write key: Basic (with or without colon), then the body, then the query."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "basic" and value.strip():
        try:
            decoded = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
        key = decoded.partition(":")[0]
        if key:
            return key
    return body.writeKey or query.get("writeKey") or None


def too_large(limit: int) -> RefusedRequest:
    """Return the refusal of a body that is larger than `limit` bytes."""
    return RefusedRequest(400, "too_large", f"The body is larger than {limit} bytes; split it.")
