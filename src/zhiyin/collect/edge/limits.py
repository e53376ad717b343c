"""How much the edge takes, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, unpacked; times in seconds.

    Attributes
    ----------
    item, batch, items
        As Segment documents them.
    request
        What is read of any body, packed or unpacked.
    queue
        Bodies that are being received or wait for the disk; more is answered with 429.
    connections
        Open at once; further ones are answered with 503.
    head_seconds, body_seconds
        From the first byte of a request to the end of its headers, and to the end of its body. A
        client that takes longer is cut off.
    """

    item: int = 32 * 1024
    batch: int = 500 * 1024
    items: int = 2_500
    request: int = 4 * 1024 * 1024
    queue: int = 32 * 1024 * 1024
    connections: int = 2_000
    head_bytes: int = 64 * 1024
    head_seconds: float = 10.0
    body_seconds: float = 30.0
