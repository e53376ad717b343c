"""What lies in a basket, what it costs, and which coupon is on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.simulation import seasons
from zhiyin.simulation.catalog import CATEGORIES, Catalog
from zhiyin.simulation.randomness import Floats, Ints, Streams, expand

_LINES = np.array(
    [
        [0.52, 0.80, 0.93, 0.98],
        [0.45, 0.75, 0.90, 0.97],
        [0.75, 0.94, 0.99, 1.00],
        [0.62, 0.88, 0.97, 1.00],
        [0.60, 0.85, 0.95, 0.99],
    ]
)


@dataclass(frozen=True)
class Shoppers:
    """Those who stand at a shelf: aligned columns of draws' subject and what they like."""

    subject: Ints
    day: Ints
    type: Ints
    taste: Ints  # two columns of categories
    sensitivity: Floats
    coupon: Floats


@dataclass(frozen=True)
class Lines:
    """Lines of baskets, sorted by basket; amounts in fen."""

    basket: Ints
    number: Ints  # from 0
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    coupon: pa.Array  # null where none

    @property
    def amount(self) -> Ints:
        """Net amount of each line."""
        return self.quantity * self.price - self.discount

    def totals(self, baskets: int) -> Ints:
        """Return the net amount of each basket."""
        return np.bincount(self.basket, self.amount, baskets).astype(np.int64)


def choose(catalog: Catalog, who: Shoppers, rows: Ints, turn: Ints, streams: Streams) -> Ints:
    """Return the product that shopper `rows` looks at as number `turn` of the day."""
    subject, day = who.subject[rows], who.day[rows]
    where = streams.uniform("category", subject, day, turn)
    other = (streams.uniform("any category", subject, day, turn) * len(CATEGORIES)).astype(np.int64)
    taste = who.taste[rows]
    category = np.where(where < 0.48, taste[:, 0], np.where(where < 0.74, taste[:, 1], other))
    # The sensitive look at the cheap end of the shelf.
    u = streams.uniform("product", subject, day, turn) ** np.exp(who.sensitivity[rows] - 0.4)
    return catalog.choose(category, u)


def fill(
    catalog: Catalog, who: Shoppers, *, offered: Floats, offers: pa.Array, streams: Streams
) -> Lines:
    """Return the lines of one basket per shopper.

    `offered` is the discount a message promised (0 where none) and `offers` the code it goes by.
    """
    subject, day = who.subject, who.day
    u = streams.uniform("lines", subject, day)
    basket, number = expand(1 + (u[:, None] >= _LINES[who.type]).sum(axis=1))
    product = choose(catalog, who, basket, number, streams)
    more = streams.uniform("quantity", subject[basket], day[basket], number)
    quantity = 1 + (more > 0.84) + (more > 0.96) + (more > 0.995) * 2
    sale = seasons_discount(day)[basket]
    price = np.floor(catalog.price[product] * (1 - sale) / 10).astype(np.int64) * 10
    share, coupon = _coupons(who, offered, offers, streams)
    discount = np.floor(quantity * price * share[basket]).astype(np.int64)
    return Lines(basket, number, product, quantity, price, discount, coupon.take(pa.array(basket)))


def seasons_discount(day: Ints) -> Floats:
    """Return the shop's own price cut on each of many days."""
    days, back = np.unique(day, return_inverse=True)
    return seasons.sale_discount(days)[back] if len(days) else np.zeros(0)


def _coupons(
    who: Shoppers, offered: Floats, offers: pa.Array, streams: Streams
) -> tuple[Floats, pa.Array]:
    """Return the share taken off each basket and the code it goes by.

    A promised discount is used three times in four; otherwise one of the shop's own coupons may be.
    """
    use = streams.uniform("coupon", who.subject, who.day)
    redeemed = (offered > 0) & (use < 0.75)
    own = ~redeemed & (use < who.coupon)
    big = streams.uniform("coupon size", who.subject, who.day) < 0.3
    share = np.where(redeemed, offered, np.where(own, np.where(big, 0.15, 0.08), 0.0))
    shop = pa.array(["SAVE8", "SAVE15"]).take(pa.array(big.astype(int), mask=~own))
    code = pa.array(np.arange(len(use)), mask=~redeemed)
    chosen = offers.take(code)
    return share, pc.coalesce(chosen, shop)
