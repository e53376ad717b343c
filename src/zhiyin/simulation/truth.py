"""What the product is to find out: hidden types, individual effects, potential outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from zhiyin.core.errors import InvalidInput
from zhiyin.simulation.demand import order_rate, recorded_share
from zhiyin.simulation.people import RESPONSES, TYPES
from zhiyin.simulation.randomness import Floats, Ints
from zhiyin.simulation.response import damping, strength_of

if TYPE_CHECKING:
    from zhiyin.simulation.mailbox import Post
    from zhiyin.simulation.shop import Shop


@dataclass(frozen=True)
class Outcomes:
    """What each person bought in a window under one assignment, as far as it is on record.

    Purchases in a store without the card shown bear nobody's number and count for nobody.
    """

    converted: np.ndarray
    orders: Ints
    revenue: Floats  # yuan, net of discounts, refunds not deducted


@dataclass(frozen=True)
class TrueEffect:
    """The difference between two arms over the same people and the same draws."""

    people: int
    conversion: float  # rise in the share of people with an order
    revenue: float  # rise in yuan per person
    conversion_without: float
    conversion_with: float
    revenue_without: float
    revenue_with: float
    individual: Floats  # per person -1, 0 or 1: conversion with minus conversion without

    @classmethod
    def of(cls, treated: Outcomes, untreated: Outcomes) -> TrueEffect:
        """Return the sample average effect of two arms."""
        gained = treated.converted.astype(float) - untreated.converted.astype(float)
        return cls(
            people=len(gained),
            conversion=float(gained.mean()),
            revenue=float((treated.revenue - untreated.revenue).mean()),
            conversion_without=float(untreated.converted.mean()),
            conversion_with=float(treated.converted.mean()),
            revenue_without=float(untreated.revenue.mean()),
            revenue_with=float(treated.revenue.mean()),
            individual=gained,
        )


@dataclass(frozen=True)
class Truth:
    """Hidden facts about the members, by member number order."""

    shop: Shop
    scale: float
    today: int

    @property
    def types(self) -> list[str]:
        """Hidden type of each present member."""
        return [TYPES[kind] for kind in self.shop.people.type[self._members]]

    @property
    def responses(self) -> list[str]:
        """How each present member takes messages; one of `people.RESPONSES`."""
        return [RESPONSES[kind] for kind in self.shop.people.response[self._members]]

    @property
    def member_numbers(self) -> list[str]:
        """Member numbers, in the order of all other columns."""
        return self.shop.people.member_no.to_pylist()[: len(self._members)]

    @property
    def alive(self) -> np.ndarray:
        """Whether each present member would still buy by itself."""
        return self.shop.people.churn[self._members] > self.today

    @property
    def effects(self) -> Floats:
        """Expected rise of each member's conversion by one fresh message of reference discount."""
        return expected_lift(self.shop, self._members, self.today, self.scale)

    @property
    def _members(self) -> Ints:
        return np.flatnonzero(self.shop.people.join < self.today)


def outcomes(shop: Shop, numbers: Ints, days: Ints, post: Post) -> Outcomes:
    """Return what each of `numbers` (any order, no repeats) orders on `days`."""
    who = np.sort(numbers)
    _, sales, lines = shop.sales(who, days, post)
    place = np.searchsorted(who, numbers)
    row = np.searchsorted(who, sales.person[sales.named])
    orders = np.bincount(row, minlength=len(who))
    revenue = np.bincount(row, lines.totals(len(sales))[sales.named], len(who)) / 100
    return Outcomes(orders[place] > 0, orders[place], revenue[place])


def expected_lift(shop: Shop, who: Ints, start: int, scale: float) -> Floats:
    """Return each person's expected rise in conversion within the effect's days.

    P(order) = 1 - exp(-sum of daily rates of recorded purchases) with and without the message,
    times the chance that it is opened; opening is taken to happen on the day of sending.
    """
    effect = shop.config.message_effect
    days = np.arange(start, start + effect.days)
    fade = effect.decay ** np.arange(effect.days)
    people = shop.people
    seen = recorded_share(people, who)[:, None]
    rate = order_rate(people, who, days) * seen
    winback = np.where(people.churn[who] <= start, 0.25, 1.0)
    push = scale * strength_of(people, who, effect.reference_discount) * winback
    damp = damping(people, who, 0.0, scale)
    moved = rate * np.exp(damp[:, None] * fade) + push[:, None] * fade * seen
    return people.opens[who] * (np.exp(-rate.sum(axis=1)) - np.exp(-moved.sum(axis=1)))


def calibrate(shop: Shop, start: int) -> float:
    """Return the scale at which the average effect on members who agree to e-mail is as planted.

    Raises
    ------
    InvalidInput
        If no scale reaches it: not everyone opens messages, and not everyone can be persuaded.
    """
    planted = shop.config.message_effect.conversion_lift
    if planted == 0:
        return 0.0
    people = shop.people
    who = np.flatnonzero(
        (people.join < start) & people.email_ok & people.email.is_valid().to_numpy(False)
    )
    who = who[:: max(len(who) // 5_000, 1)]
    if not len(who):
        return 0.0

    def lift(scale: float) -> float:
        return float(expected_lift(shop, who, start, scale).mean())

    low, high = 0.0, 10.0
    if lift(high) < planted:
        raise InvalidInput(
            f"No message can lift the conversion of this shop by {planted}; "
            f"give a conversion_lift below {lift(high):.3f}."
        )
    # The lift rises with the scale; 32 halvings leave an error of 2e-9.
    for _ in range(32):
        middle = (low + high) / 2
        low, high = (middle, high) if lift(middle) < planted else (low, middle)
    return high
