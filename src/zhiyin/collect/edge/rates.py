"""How fast each source may send: a bucket of tokens, one per event."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from zhiyin.collect.edge.exchange import Refused
from zhiyin.ports.operational import WriteKey

BURST_SECONDS = 2.0


@dataclass
class _Bucket:
    tokens: float
    at: float


class Rates:
    """A bucket per source, which fills at its rate and holds two seconds' worth.

    A request is taken whole while there is a token left, and may leave the bucket in debt: so a
    batch larger than the bucket passes too, and the average holds.
    """

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def spend(self, source: WriteKey, events: int, now: float | None = None) -> None:
        """Take tokens; raises `Refused` with 429 if the source has none left."""
        rate = source.events_per_second
        if rate <= 0:
            return
        at = time.monotonic() if now is None else now
        bucket = self._buckets.setdefault(source.name, _Bucket(rate * BURST_SECONDS, at))
        bucket.tokens = min(rate * BURST_SECONDS, bucket.tokens + (at - bucket.at) * rate)
        bucket.at = at
        if bucket.tokens <= 0:
            raise Refused(
                429,
                "rate_limit",
                f"The source {source.name} may send {rate:,} a second on average; "
                "send the same again after the given seconds.",
                retry_after=max(1, math.ceil(-bucket.tokens / rate)),
            )
        bucket.tokens -= events
