"""The causal rule: what a message does to its receiver. The product never sees this file's numbers.

An opened message adds to the daily purchase rate of persuadable people (more with a discount, more
for the price-sensitive, less when tired of messages, fading from day to day) and lowers it for
sleeping dogs. Sure things buy anyway, lost causes never because of a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zhiyin.simulation.config import MessageEffect
from zhiyin.simulation.people import RESPONSES, People
from zhiyin.simulation.randomness import Floats, Ints, Streams

DAY = 86_400
_MEMORY_DAYS = 14.0  # an earlier message tires half as much after ten days
_SLEEPING_DOG = RESPONSES.index("sleeping_dog")


@dataclass(frozen=True)
class Inbox:
    """Messages by receiver and time: aligned columns, sorted by (person, second)."""

    person: Ints
    second: Ints  # local seconds since 1970
    discount: Floats
    is_sms: np.ndarray
    number: Ints  # the caller's number of the message

    @classmethod
    def of(
        cls,
        person: Sequence[int] | Ints,
        second: Sequence[int] | Ints,
        discount: Sequence[float] | Floats,
        is_sms: Sequence[bool] | np.ndarray,
    ) -> Inbox:
        """Return the inbox of messages given in any order."""
        who, when = np.asarray(person, np.int64), np.asarray(second, np.int64)
        order = np.lexsort((np.arange(len(who)), when, who))
        return cls(
            who[order],
            when[order],
            np.asarray(discount, float)[order],
            np.asarray(is_sms, bool)[order],
            order,
        )

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Responses:
    """What each message of an inbox did; instants are local seconds, valid where it happened."""

    fatigue: Floats  # earlier messages still felt
    opened: np.ndarray
    open_at: Ints
    clicked: np.ndarray
    click_at: Ints
    unsubscribed: np.ndarray
    unsubscribe_at: Ints
    push: Floats  # rise of the daily purchase rate on the day of opening, >= 0
    damp: Floats  # change of the log purchase rate on the day of opening, <= 0


@dataclass(frozen=True)
class Boost:
    """The effect on people (rows) and days (columns)."""

    push: Floats
    damp: Floats
    discount: Floats
    message: Ints  # row of the inbox that works, -1 where none


def respond(
    people: People, inbox: Inbox, *, effect: MessageEffect, scale: float, streams: Streams
) -> Responses:
    """Return what the messages do to their receivers."""
    who, day = inbox.person, inbox.second // DAY
    rank = _rank_within(who, day)

    def u(stream: str) -> Floats:
        return streams.uniform(stream, who, day, rank)

    fatigue = _fatigue(inbox)
    habit = np.where(inbox.is_sms, people.reads_sms[who], people.opens[who])
    opened = u("open") < habit * np.exp(-0.25 * fatigue)
    open_at = inbox.second + (-np.log1p(-u("open delay")) * 6 * 3600).astype(np.int64) + 60
    clicked = opened & (u("click") < people.clicks[who])
    unsubscribed = opened & (u("unsubscribe") < _weariness(people, who, fatigue))
    strength = strength_of(people, who, inbox.discount) * np.exp(-effect.fatigue * fatigue)
    push = scale * strength * np.where(people.churn[who] <= day, 0.25, 1.0)
    return Responses(
        fatigue=fatigue,
        opened=opened,
        open_at=open_at,
        clicked=clicked,
        click_at=open_at + 20 + (u("click delay") * 900).astype(np.int64),
        unsubscribed=unsubscribed,
        unsubscribe_at=open_at + 10,
        push=push,
        damp=damping(people, who, fatigue, scale),
    )


def strength_of(people: People, who: Ints, discount: Floats | float) -> Floats:
    """Return the pull of a fresh message: its news, and its discount for the price-sensitive."""
    return people.pull[who] * (0.6 + 4 * np.asarray(discount) * people.sensitivity[who])


def damping(people: People, who: Ints, fatigue: Floats | float, scale: float) -> Floats:
    """Return the change of the log purchase rate; a world without effects has none."""
    fatigue = np.broadcast_to(fatigue, who.shape)
    annoyed = -0.1 * np.maximum(fatigue - 4, 0)
    dog = -0.9 * (1 + 0.5 * fatigue)
    return np.where(people.response[who] == _SLEEPING_DOG, dog, annoyed) * (scale > 0)


def boost(
    inbox: Inbox, responses: Responses, people: Ints, days: Ints, effect: MessageEffect
) -> Boost:
    """Return the effect on `people` (ascending numbers) over neighbouring `days`."""
    shape = (len(people), len(days))
    push, damp, discount = (np.zeros(shape) for _ in range(3))
    message = np.full(shape, -1)
    first = responses.open_at // DAY
    row = np.searchsorted(people, inbox.person)
    known = row < len(people)
    known[known] &= people[row[known]] == inbox.person[known]
    near = known & responses.opened & (first <= days[-1]) & (first + effect.days > days[0])
    live = np.flatnonzero(near)
    for age in range(effect.days):
        column = first[live] + age - days[0]
        inside = (column >= 0) & (column < len(days))
        which = live[inside]
        cell = (row[which], column[inside])
        np.add.at(push, cell, responses.push[which] * effect.decay**age)
        np.add.at(damp, cell, responses.damp[which] * effect.decay**age)
        np.maximum.at(discount, cell, inbox.discount[which])
        np.maximum.at(message, cell, which)
    return Boost(push, damp, discount, message)


def _weariness(people: People, who: Ints, fatigue: Floats) -> Floats:
    dog = people.response[who] == _SLEEPING_DOG
    return (0.004 + 0.012 * fatigue) * np.where(dog, 4.0, 1.0)


def _rank_within(who: Ints, day: Ints) -> Ints:
    """Return 0 for a person's first message of a day, 1 for the second, ..."""
    fresh = np.ones(len(who), bool)
    fresh[1:] = (who[1:] != who[:-1]) | (day[1:] != day[:-1])
    starts = np.flatnonzero(fresh)
    return np.arange(len(who)) - np.repeat(starts, np.diff(np.append(starts, len(who))))


def _fatigue(inbox: Inbox) -> Floats:
    """Return, per message, the sum over the person's earlier ones of exp(-age / 14 days)."""
    fatigue = np.zeros(len(inbox))
    rank = _rank_within(inbox.person, np.zeros(len(inbox), np.int64))
    for turn in range(1, rank.max(initial=0) + 1):
        at = np.flatnonzero(rank == turn)
        gap = (inbox.second[at] - inbox.second[at - 1]) / DAY
        fatigue[at] = (fatigue[at - 1] + 1) * np.exp(-gap / _MEMORY_DAYS)
    return fatigue
