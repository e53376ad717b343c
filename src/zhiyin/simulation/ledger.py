"""Purchases written out as order lines of the web shop and receipt lines of the tills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from zhiyin.simulation import seasons
from zhiyin.simulation.baskets import Lines
from zhiyin.simulation.catalog import Catalog
from zhiyin.simulation.people import CHANNELS, People
from zhiyin.simulation.randomness import Ints, Streams
from zhiyin.simulation.response import DAY
from zhiyin.simulation.rows import (
    POS_LINES,
    WEB_ORDER_LINES,
    constant,
    day_text,
    fen,
    joined,
    shaped,
    text,
    wall_clock,
)  # fmt: skip

_OVER_THE_COUNTER = 50_000_000  # subjects of those who pay in a store and show no card


@dataclass(frozen=True)
class Sales:
    """Sales of either kind; aligned columns, one row per basket."""

    subject: Ints
    person: Ints  # -1 for strangers
    day: Ints
    second: Ints
    channel: Ints
    store: Ints
    named: np.ndarray  # the record carries the member's number
    number: pa.Array

    def __len__(self) -> int:
        return len(self.subject)


def passers_by(
    stores: int, customers: int, days: Ints, streams: Streams
) -> tuple[Ints, Ints, Ints]:
    """Return subject, day and store of sales over the counter to people without a card."""
    season = seasons.order_season(days)[1]
    store = np.arange(stores)
    mean = customers * 0.0022 / stores * season[None, :]
    spread = 0.6 + 0.8 * streams.uniform("passers-by", store[:, None], days[None, :])
    counts = np.minimum(np.round(mean * spread).astype(np.int64), 4_999)
    shop, column = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    flat = counts.ravel()
    turn = np.arange(flat.sum()) - np.repeat(np.cumsum(flat) - flat, flat)
    return _OVER_THE_COUNTER + shop * 5_000 + turn, days[column], shop


def order_numbers(subject: Ints, day: Ints, letter: pa.Array | str) -> pa.Array:
    """Return document numbers that do not betray whose they are."""
    # Multiplying by a number prime to 10**8 shuffles without collisions.
    return joined(letter, day_text(day), text(subject * 54_321_679 % 10**8, 8))


def till_seconds(subject: Ints, day: Ints, streams: Streams) -> Ints:
    """Return when people without a card pay."""
    return day * DAY + seasons.second_of_day(day, streams.uniform("till", subject, day), shop=True)


def web_lines(sales: Sales, lines: Lines, catalog: Catalog, people: People) -> pa.Table:
    """Return the web shop's order lines."""
    return shaped(
        WEB_ORDER_LINES,
        len(lines.basket),
        order_no=sales.number.take(pa.array(lines.basket)),
        placed_at=wall_clock(sales.second).take(pa.array(lines.basket)),
        channel=pa.array(CHANNELS).take(pa.array(sales.channel[lines.basket])),
        **_shared(sales, lines, catalog, people),
    )


def pos_lines(sales: Sales, lines: Lines, catalog: Catalog, people: People) -> pa.Table:
    """Return the tills' receipt lines."""
    return shaped(
        POS_LINES,
        len(lines.basket),
        receipt_no=sales.number.take(pa.array(lines.basket)),
        store=joined("S", text(sales.store + 1, 2)).take(pa.array(lines.basket)),
        sold_at=wall_clock(sales.second).take(pa.array(lines.basket)),
        **_shared(sales, lines, catalog, people),
    )


def _shared(sales: Sales, lines: Lines, catalog: Catalog, people: People) -> dict[str, pa.Array]:
    product = pa.array(lines.product)
    holder = pa.array(sales.person, mask=~sales.named).take(pa.array(lines.basket))
    return {
        "line_no": pa.array(lines.number + 1),
        "member_no": people.member_no.take(holder),
        "sku": catalog.sku.take(product),
        "product_name": catalog.name.take(product),
        "qty": pa.array(lines.quantity),
        "unit_price": fen(lines.price),
        "discount": fen(lines.discount),
        "coupon": lines.coupon,
        "kind": constant("sale", len(lines.basket)),
    }


def chosen_lines(lines: Lines, keep: np.ndarray) -> Lines:
    """Return the lines of the baskets marked in `keep`, baskets numbered anew."""
    stays = keep[lines.basket]
    fresh = np.cumsum(keep) - 1
    return Lines(
        fresh[lines.basket[stays]],
        lines.number[stays],
        lines.product[stays],
        lines.quantity[stays],
        lines.price[stays],
        lines.discount[stays],
        lines.coupon.take(pa.array(np.flatnonzero(stays))),
    )
