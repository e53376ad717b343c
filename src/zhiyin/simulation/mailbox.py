"""Letters of all mailboxes, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from zhiyin.simulation.config import MessageEffect
from zhiyin.simulation.people import People
from zhiyin.simulation.randomness import Streams
from zhiyin.simulation.response import DAY, Inbox, Responses, respond

_COUPON_LENGTH = 40


class Letter(NamedTuple):
    """A message that has found its receiver."""

    person: int
    second: int  # local seconds since 1970
    discount: float
    is_sms: bool
    offer: str
    campaign_id: str | None


@dataclass(frozen=True)
class Post:
    """Letters received so far, and what they do; all columns are aligned with the inbox."""

    inbox: Inbox
    responses: Responses
    offers: pa.Array  # the code a redeemed offer goes by
    campaigns: pa.Array

    def happenings(self, first_day: int, after: int) -> list[tuple[int, int, str]]:
        """Return (local second, row of the inbox, kind) of reactions on `[first_day, after)`."""
        happened = self.responses
        found: list[tuple[int, int, str]] = []
        for kind, did, at in (
            ("open", happened.opened, happened.open_at),
            ("click", happened.clicked, happened.click_at),
            ("unsubscribe", happened.unsubscribed, happened.unsubscribe_at),
        ):
            rows = np.flatnonzero(did & (at >= first_day * DAY) & (at < after * DAY))
            found += [(int(at[row]), int(row), kind) for row in rows]
        return sorted(found)


def post_of(
    letters: Sequence[Letter],
    people: People,
    *,
    effect: MessageEffect,
    scale: float,
    streams: Streams,
) -> Post:
    """Return the letters sorted into mailboxes, and what they do to their receivers."""
    columns = list(zip(*letters, strict=True)) or [()] * len(Letter._fields)
    inbox = Inbox.of(*columns[:4])
    order = pa.array(inbox.number)
    offers = pa.array([offer[:_COUPON_LENGTH] or "OFFER" for offer in columns[4]], pa.string())
    return Post(
        inbox,
        respond(people, inbox, effect=effect, scale=scale, streams=streams),
        offers.take(order),
        pa.array(columns[5], pa.string()).take(order),
    )
