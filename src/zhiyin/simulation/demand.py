"""How often people come and buy on a given day, with and without messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zhiyin.simulation import seasons
from zhiyin.simulation.people import CHANNELS, People
from zhiyin.simulation.randomness import Floats, Ints, Streams, pick
from zhiyin.simulation.response import DAY, Boost

STORE = CHANNELS.index("store")
FORGETS_CARD = 0.15  # chance that a member pays in a store without showing the card


def recorded_share(people: People, who: Ints) -> Floats:
    """Return the share of each person's purchases that bear the member's number."""
    return 1 - FORGETS_CARD * (1 - people.channel[who, STORE - 1])


@dataclass(frozen=True)
class Purchases:
    """At most one purchase per person and day; aligned columns."""

    person: Ints
    day: Ints
    channel: Ints
    second: Ints  # local seconds since 1970 at which the visit begins
    discount: Floats  # discount of the message that works on the person that day
    message: Ints  # row of the inbox that works that day, -1 where none


def order_rate(people: People, who: Ints, days: Ints) -> Floats:
    """Return the purchase rate without messages: a row per person, a column per day."""
    ramp = np.clip((people.churn[who, None] - days) / 40, 0.35, 1)
    season = seasons.order_season(days)[people.type[who]]
    return people.order_rate[who, None] * season * ramp * _alive(people, who, days)


def visit_rate(people: People, who: Ints, days: Ints) -> Floats:
    """Return the rate of visits that end without a purchase; anonymous ones precede joining."""
    ramp = np.clip((people.churn[who, None] - days) / 60, 0.1, 1)
    season = seasons.visit_season(days)[people.type[who]]
    member = people.visit_rate[who, None] * season * ramp * _alive(people, who, days)
    curious = (days >= people.first_seen[who, None]) & (days < people.join[who, None])
    return member + 0.22 * curious


def purchases(
    people: People, who: Ints, days: Ints, *, streams: Streams, boost: Boost | None, open_at: Ints
) -> Purchases:
    """Return who buys when, and how.

    `open_at` gives the opening of each message of the inbox that `boost` refers to. The draw of a
    person and day is the same in every arm of a comparison, so a message can only move outcomes
    by moving the rate.
    """
    rate = order_rate(people, who, days)
    if boost is not None:
        rate = rate * np.exp(boost.damp) + boost.push
    u = streams.uniform("order", who[:, None], days[None, :])
    row, column = np.nonzero(u < -np.expm1(-rate))
    person, day = who[row], days[column]
    discount = boost.discount[row, column] if boost is not None else np.zeros(len(row))
    message = boost.message[row, column] if boost is not None else np.full(len(row), -1)
    channel = pick(people.channel[person], streams.uniform("channel", person, day))
    at = streams.uniform("time", person, day)
    second = np.where(
        channel == STORE,
        seasons.second_of_day(day, at, shop=True),
        seasons.second_of_day(day, at),
    )
    second = _after_opening(day * DAY + second, day, message, open_at, at)
    return Purchases(person, day, channel, second, discount, message)


def _after_opening(second: Ints, day: Ints, message: Ints, open_at: Ints, u: Floats) -> Ints:
    """Move purchases of the opening day that a message works on to after its opening."""
    worked = message >= 0
    opened = np.where(worked, open_at[np.where(worked, message, 0)] if len(open_at) else 0, 0)
    early = worked & (opened // DAY == day) & (second <= opened)
    left = np.maximum((day + 1) * DAY - opened - 1, 0)
    return np.where(early, opened + (u * left).astype(np.int64), second)


def _alive(people: People, who: Ints, days: Ints) -> np.ndarray:
    return (days >= people.join[who, None]) & (days < people.churn[who, None])
