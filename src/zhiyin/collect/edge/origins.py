"""Pages of which origins may send, and what a browser is told about it."""

from __future__ import annotations

from collections.abc import Sequence

from zhiyin.collect.edge.exchange import Answer, Refused, Request

_USUAL = b"authorization, content-type, content-encoding, x-retry-count, x-write-key"


def check_origin(request: Request, allowed: Sequence[str]) -> None:
    """Raise `Refused` if the request comes from a page whose origin is not allowed.

    A request without an origin is not a browser's, hence nobody's page; `*.` in front of a host
    stands for any subdomain.
    """
    origin = request.header(b"origin")
    if not origin or not allowed or any(_fits(origin.lower(), one.lower()) for one in allowed):
        return
    raise Refused(
        403,
        "origin_not_allowed",
        f"Pages of {origin} may not send with this write key; add the origin to its source.",
    )


def allowing(request: Request) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers that let the asking page read the answer; none for other clients."""
    origin = request.headers.get(b"origin")
    if origin is None:
        return ()
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset"),
        (b"vary", b"Origin"),
    )


def preflight(request: Request) -> Answer:
    """Answer a browser that asks before it sends: any page may try, the key decides."""
    wanted = request.headers.get(b"access-control-request-headers", b"")
    return Answer(
        200,
        b"",
        b"text/plain",
        (
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", wanted or _USUAL),
            (b"access-control-max-age", b"86400"),
        ),
    )


def _fits(origin: str, allowed: str) -> bool:
    if origin == allowed:
        return True
    scheme, star, host = allowed.partition("*.")
    return bool(star) and origin.startswith(scheme) and origin.endswith(f".{host}")
