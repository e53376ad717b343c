"""Visits written out as Segment events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.simulation.baskets import Lines, choose
from zhiyin.simulation.catalog import CATEGORIES, Catalog
from zhiyin.simulation.people import CHANNELS, People
from zhiyin.simulation.randomness import Floats, Ints, Streams, expand
from zhiyin.simulation.rows import TEXT, WEB_EVENTS, fen, joined, shaped, text, utc
from zhiyin.simulation.visits import SOURCES, Visits, shoppers

# Steps of a visit, in the order they happen.
_PAGE, _IDENTIFY, _SIGN_UP, _SEARCH, _VIEW, _ADD, _CHECKOUT, _ORDER = range(8)
_TYPE = pa.array(["page", "identify", *["track"] * 6])
_EVENT = pa.array([
    None, None, "Signed Up", "Products Searched", "Product Viewed", "Product Added",
    "Checkout Started", "Order Completed",
])  # fmt: skip
_PATH = pa.array(
    ["/", "/account", "/account", "/search", None, None, "/checkout", "/checkout/done"]
)


@dataclass(frozen=True)
class Orders:
    """What the events of online orders say; aligned with the visits' `basket` numbers."""

    number: pa.Array
    amount: Ints  # fen
    pieces: Ints


def visit_key(streams: Streams, subject: Ints, day: Ints | int) -> pa.Array:
    """Return what the message ids of a visit's events begin with."""
    return pa.array(streams.words("message id", subject, day)).cast(TEXT)


def order_seconds(visits: Visits, baskets: int) -> Ints:
    """Return when each online basket is paid: at the last event of its visit."""
    buys = visits.basket >= 0
    second = np.zeros(baskets, np.int64)
    last = visits.start + (visits.events - 1) * visits.gap
    second[visits.basket[buys]] = last[buys]
    return second


@dataclass(frozen=True)
class Steps:
    """Events before they are written: the visit, the rank in it, the step, and its turn."""

    visit: Ints
    rank: Ints
    step: Ints
    turn: Ints

    def __len__(self) -> int:
        return len(self.visit)

    def ordered(self, order: Ints) -> Steps:
        """Return the steps in another order."""
        return Steps(self.visit[order], self.rank[order], self.step[order], self.turn[order])


def events(
    people: People,
    catalog: Catalog,
    visits: Visits,
    *,
    orders: Orders,
    lines: Lines,
    campaigns: pa.Array,
    streams: Streams,
) -> pa.Table:
    """Return the visits' events, by time.

    `campaigns` gives the campaign id of each message of the inbox.
    """
    unsorted = _steps(visits)
    second = visits.start[unsorted.visit] + unsorted.rank * visits.gap[unsorted.visit]
    order = np.argsort(second, kind="stable")
    steps, second = unsorted.ordered(order), second[order]
    at, step_at = pa.array(steps.visit), pa.array(steps.step)
    basket = np.where(steps.step == _ORDER, visits.basket[steps.visit], -1)
    ordered = pa.array(basket, mask=basket < 0)
    sku = catalog.sku.take(_products(people, catalog, visits, steps, streams))
    known = np.where(visits.known, visits.person, -1)
    email = _optional(people.email, known)
    key = visit_key(streams, visits.subject, visits.day)
    return shaped(
        WEB_EVENTS,
        len(steps),
        message_id=joined(key.take(at), "-", text(steps.rank)),
        type=_TYPE.take(step_at),
        event=_EVENT.take(step_at),
        user_id=_optional(people.member_no, known).take(at),
        anonymous_id=visits.device.take(at),
        timestamp=utc(second),
        platform=pa.array(CHANNELS[:3]).take(pa.array(visits.platform)).take(at),
        page_path=pc.coalesce(_PATH.take(step_at), joined("/product/", sku)),
        product_id=sku,
        order_id=orders.number.take(ordered),
        quantity=_quantities(lines, orders, steps, visits.basket),
        revenue=fen(orders.amount).take(ordered),
        search_query=_queries(people, catalog, visits, steps, streams),
        email=email.take(pa.array(steps.visit, mask=steps.step != _IDENTIFY)),
        campaign_id=_optional(campaigns, visits.message).take(at),
        **_utm(visits, at),
    )


def _steps(visits: Visits) -> Steps:
    """Return the steps of all visits, visit by visit."""
    counts = np.column_stack(
        [
            np.ones(len(visits), np.int64),
            visits.identifies,
            visits.signs_up,
            visits.searches,
            visits.views,
            visits.adds,
            visits.checks_out,
            visits.basket >= 0,
        ]
    ).astype(np.int64)
    cell, turn = expand(counts.ravel())
    visit = cell // 8
    total = visits.events
    rank = np.arange(len(visit)) - np.repeat(np.cumsum(total) - total, total)
    return Steps(visit, rank, cell % 8, turn)


def _products(
    people: People, catalog: Catalog, visits: Visits, steps: Steps, streams: Streams
) -> pa.Array:
    """Return the product of views and additions; the first ones viewed are added and bought."""
    about = (steps.step == _VIEW) | (steps.step == _ADD)
    who = shoppers(people, visits, streams)
    chosen = choose(catalog, who, steps.visit[about], steps.turn[about], streams)
    return _scattered(pa.array(chosen), about)


def _queries(
    people: People, catalog: Catalog, visits: Visits, steps: Steps, streams: Streams
) -> pa.Array:
    """Return what is searched for: a kind of product, or a brand."""
    searching = steps.step == _SEARCH
    visit, rank = steps.visit[searching], steps.rank[searching]
    subject, day, person = visits.subject[visit], visits.day[visit], visits.person[visit]
    u = streams.uniform("query", subject, day, rank)
    anything = (u * len(CATEGORIES)).astype(np.int64)
    category = np.where(person < 0, anything, people.taste[person, 0])
    product = pa.array(catalog.choose(category, u))
    by_brand = pa.array(streams.uniform("query kind", subject, day, rank) < 0.25)
    words = pc.if_else(by_brand, catalog.brand.take(product), catalog.subcategory.take(product))
    return _scattered(words, searching)


def _quantities(lines: Lines, orders: Orders, steps: Steps, visit_basket: Ints) -> pa.Array:
    """Return the pieces added to the cart, and all pieces of an order."""
    pieces = np.zeros(len(steps), np.int64)
    basket = visit_basket[steps.visit]
    added, done = steps.step == _ADD, steps.step == _ORDER
    pieces[added] = 1
    bought = added & (basket >= 0)
    first = np.searchsorted(lines.basket, basket[bought])
    pieces[bought] = lines.quantity[first + steps.turn[bought]]
    pieces[done] = orders.pieces[basket[done]]
    return pa.array(pieces, mask=pieces == 0)


def _utm(visits: Visits, at: pa.Array) -> dict[str, pa.Array]:
    source = pa.array(visits.source)
    return {
        name: pa.array([row[column] for row in SOURCES], TEXT).take(source).take(at)
        for column, name in enumerate(("utm_source", "utm_medium", "utm_campaign"))
    }


def _scattered(values: pa.Array, where: np.ndarray) -> pa.Array:
    """Return the values at the marked rows and null at all others."""
    return values.take(pa.array(np.cumsum(where) - 1, mask=~where))


def _optional(values: pa.Array, index: Ints | Floats) -> pa.Array:
    """Return `values[index]` with null where the index is negative."""
    return values.take(pa.array(index, mask=index < 0))
