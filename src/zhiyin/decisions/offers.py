"""Offers: what a person is given, and what it costs us when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from zhiyin.core.errors import InvalidInput
from zhiyin.decisions.reading import check_titles, converted, read_yaml

_CENT = Decimal("0.01")


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something given to a person.

    Parameters
    ----------
    percent, amount
        The reduction of the public price, by share or by money; at most one of the two.
    points
        Points credited, for offers of kind `points`.
    cost_per_use
        What one use costs us, in the workspace's currency. If not given: `amount`, or `percent` of
        the person's average order.
    valid_days
        Days from the message to the last day it can be used.
    min_spend
        Order amount from which it can be used.
    """

    offer_id: str
    title: dict[str, str]
    kind: Literal["coupon", "points", "privilege", "content"]
    percent: Decimal | None = None
    amount: Decimal | None = None
    points: int | None = None
    code: str | None = None
    cost_per_use: Decimal | None = None
    valid_days: int = 14
    min_spend: Decimal = Decimal(0)

    def price_for(self, public_price: Decimal) -> Decimal:
        """Return what a person pays for something that everybody may buy at `public_price`.

        It is never above the public price and never below zero: an offer only takes away.
        """
        if public_price < self.min_spend:
            return public_price
        off = self.amount or Decimal(0)
        if self.percent is not None:
            off = (public_price * self.percent / 100).quantize(_CENT)
        return max(Decimal(0), public_price - max(off, Decimal(0)))


class _OffersFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    offers: list[Offer]


def load_offers(path: Path) -> Mapping[str, Offer]:
    """Read `offers.yaml` and return its offers by id.

    Raises
    ------
    InvalidInput
        A field is unknown or out of range, an id comes twice, or an offer would raise a price.
    """
    offers = converted(read_yaml(path), _OffersFile, path).offers
    by_id: dict[str, Offer] = {}
    for offer in offers:
        where = f"{path}: offer {offer.offer_id}"
        if offer.offer_id in by_id:
            raise InvalidInput(f"{where} is there twice; give each offer an id of its own.")
        check_titles(offer.title, where)
        _check_value(offer, where)
        by_id[offer.offer_id] = offer
    return by_id


def _check_value(offer: Offer, where: str) -> None:
    if offer.percent is not None and offer.amount is not None:
        raise InvalidInput(f"{where} has percent and amount; keep one of them.")
    if offer.percent is not None and not 0 < offer.percent <= 100:
        raise InvalidInput(
            f"{where}: percent is {offer.percent}; a discount takes more than 0 and at most 100 "
            "percent off the public price, and no offer raises it."
        )
    for name in ("amount", "points", "cost_per_use", "min_spend"):
        value = getattr(offer, name)
        if value is not None and value < 0:
            raise InvalidInput(f"{where}: {name} is {value}; it cannot be negative.")
    if offer.kind == "coupon" and not (offer.percent or offer.amount):
        raise InvalidInput(f"{where} is a coupon without a value; give percent or amount.")
    if offer.valid_days < 1:
        raise InvalidInput(f"{where}: valid_days is {offer.valid_days}; give at least 1.")
