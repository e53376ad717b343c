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


def order_seconds(visits: Visits, baskets: int) -> Ints:
    """Return when each online basket is paid: at the last event of its visit."""
    buys = visits.basket >= 0
    second = np.zeros(baskets, np.int64)
    last = visits.start + (visits.events - 1) * visits.gap
    second[visits.basket[buys]] = last[buys]
    return second


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
    visit, rank, step, turn = _steps(visits)
    second = visits.start[visit] + rank * visits.gap[visit]
    order = np.argsort(second, kind="stable")
    visit, rank, step, turn, second = (
        column[order] for column in (visit, rank, step, turn, second)
    )
    at, step_at = pa.array(visit), pa.array(step)
    basket = np.where(step == _ORDER, visits.basket[visit], -1)
    ordered = pa.array(basket, mask=basket < 0)
    sku = _products(people, catalog, visits, visit, step, turn, streams)
    member = _optional(people.member_no, np.where(visits.known, visits.person, -1))
    email = _optional(people.email, np.where(visits.known, visits.person, -1))
    key = pa.array(streams.words("message id", visits.subject, visits.day)).cast(TEXT)
    return shaped(
        WEB_EVENTS,
        len(visit),
        message_id=joined(key.take(at), "-", text(rank)),
        type=_TYPE.take(step_at),
        event=_EVENT.take(step_at),
        user_id=member.take(at),
        anonymous_id=visits.device.take(at),
        timestamp=utc(second),
        platform=pa.array(CHANNELS[:3]).take(pa.array(visits.platform)).take(at),
        page_path=pc.coalesce(_PATH.take(step_at), joined("/product/", sku)),
        product_id=sku,
        order_id=orders.number.take(ordered),
        quantity=_quantities(lines, orders, basket, step, visits.basket[visit], turn),
        revenue=fen(orders.amount).take(ordered),
        search_query=_queries(people, catalog, visits, visit, step, rank, streams),
        email=email.take(pa.array(visit, mask=step != _IDENTIFY)),
        campaign_id=_optional(campaigns, visits.message).take(at),
        **_utm(visits, at),
    )


def _steps(visits: Visits) -> tuple[Ints, Ints, Ints, Ints]:
    """Return visit, rank in the visit, step and its turn for every event, visit by visit."""
    counts = np.column_stack([
        np.ones(len(visits), np.int64), visits.identifies, visits.signs_up, visits.searches,
        visits.views, visits.adds, visits.checks_out, visits.basket >= 0,
    ]).astype(np.int64)  # fmt: skip
    cell, turn = expand(counts.ravel())
    visit, step = cell // 8, cell % 8
    total = visits.events
    rank = np.arange(len(visit)) - np.repeat(np.cumsum(total) - total, total)
    return visit, rank, step, turn


def _products(
    people: People,
    catalog: Catalog,
    visits: Visits,
    visit: Ints,
    step: Ints,
    turn: Ints,
    streams: Streams,
) -> pa.Array:
    """Return the product of views and additions; the first ones viewed are those added and bought."""
    about = (step == _VIEW) | (step == _ADD)
    chosen = np.zeros(len(visit), np.int64)
    chosen[about] = choose(
        catalog, shoppers(people, visits, streams), visit[about], turn[about], streams
    )
    return catalog.sku.take(pa.array(chosen, mask=~about))


def _queries(
    people: People,
    catalog: Catalog,
    visits: Visits,
    visit: Ints,
    step: Ints,
    rank: Ints,
    streams: Streams,
) -> pa.Array:
    searching = np.flatnonzero(step == _SEARCH)
    subject, day = visits.subject[visit[searching]], visits.day[visit[searching]]
    person = visits.person[visit[searching]]
    u = streams.uniform("query", subject, day, rank[searching])
    taste = np.where(person < 0, (u * len(CATEGORIES)).astype(np.int64), people.taste[person, 0])
    product = catalog.choose(taste, u)
    by_brand = streams.uniform("query kind", subject, day, rank[searching]) < 0.25
    words = pc.if_else(
        pa.array(by_brand),
        catalog.brand.take(pa.array(product)),
        catalog.subcategory.take(pa.array(product)),
    )
    place = np.full(len(visit), -1)
    place[searching] = np.arange(len(searching))
    return _optional(words, place)


def _quantities(
    lines: Lines, orders: Orders, basket: Ints, step: Ints, visit_basket: Ints, turn: Ints
) -> pa.Array:
    """Return the pieces added to the cart, and all pieces of an order."""
    pieces = np.zeros(len(step), np.int64)
    pieces[step == _ADD] = 1
    bought = (step == _ADD) & (visit_basket >= 0)
    first = np.searchsorted(lines.basket, visit_basket[bought])
    pieces[bought] = lines.quantity[first + turn[bought]]
    done = basket >= 0
    pieces[done] = orders.pieces[basket[done]]
    return pa.array(pieces, mask=pieces == 0)


def _utm(visits: Visits, at: pa.Array) -> dict[str, pa.Array]:
    source = pa.array(visits.source)
    return {
        name: pa.array([row[column] for row in SOURCES], TEXT).take(source).take(at)
        for column, name in enumerate(("utm_source", "utm_medium", "utm_campaign"))
    }


def _optional(values: pa.Array, index: Ints | Floats) -> pa.Array:
    """Return `values[index]` with null where the index is negative."""
    return values.take(pa.array(index, mask=index < 0))
