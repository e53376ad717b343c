"""A request's body, unzipped, and never more of it than allowed."""

from __future__ import annotations

import zlib

from zhiyin.collect.edge.exchange import Refused, Request, too_large

_GZIP = b"\x1f\x8b"


def unpacked(request: Request, largest: int) -> bytes:
    """Return the body, unzipped if the header or its first two bytes say so.

    Raises
    ------
    Refused
        If it is not gzip after all, is cut off, or unpacks to more than `largest` bytes.
    """
    content = request.body
    if len(content) > largest:
        raise too_large(largest)
    if not content.startswith(_GZIP):
        if b"gzip" not in request.headers.get(b"content-encoding", b"").lower():
            return content
        if content.lstrip()[:1] in (b"{", b"["):
            return content  # a proxy unzipped it and left the header
    return unzipped(content, largest)


def unzipped(content: bytes, largest: int) -> bytes:
    """Return what a gzip body holds; raises `Refused` as `unpacked` does."""
    unzipper = zlib.decompressobj(wbits=31)
    try:
        plain = unzipper.decompress(content, largest)
    except zlib.error as error:
        raise Refused(400, "bad_gzip", f"The body is not gzip: {error}.") from error
    if unzipper.unconsumed_tail:
        raise too_large(largest)
    if not unzipper.eof:
        raise Refused(400, "bad_gzip", "The gzip body is cut off; send it again.")
    return plain
