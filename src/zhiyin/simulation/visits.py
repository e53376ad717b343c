"""Who comes to the web shop, from where, on which device, and how far they get."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from zhiyin.simulation import seasons
from zhiyin.simulation.baskets import Shoppers
from zhiyin.simulation.catalog import CATEGORIES
from zhiyin.simulation.demand import STORE, Purchases, visit_rate
from zhiyin.simulation.people import ARRIVALS, People, devices
from zhiyin.simulation.randomness import Floats, Ints, Streams, pick
from zhiyin.simulation.response import DAY, Responses
from zhiyin.simulation.rows import joined

# utm_source, utm_medium, utm_campaign, cost of a click in fen; None where the link carries nothing.
SOURCES: tuple[tuple[str | None, str | None, str | None, int], ...] = (
    (None, None, None, 0),
    ("baidu", "cpc", "brand_search", 95),
    ("douyin", "paid_social", "feed_ads", 140),
    ("xiaohongshu", "paid_social", "note_ads", 120),
    ("wechat", "paid_social", "moments_ads", 110),
    ("baidu", "organic", None, 0),
    ("wechat", "social", "official_account", 0),
    ("email", "email", None, 0),
)
EMAIL = len(SOURCES) - 1
_MEMBER_SOURCE = np.cumsum([0.56, 0.08, 0.05, 0.05, 0.04, 0.10, 0.12])[None, :]
_STRANGER_SOURCE = np.cumsum([0.16, 0.18, 0.22, 0.16, 0.10, 0.14, 0.04])[None, :]
_BY_ARRIVAL = np.array([1, 2, 3, 4, 0, 0])
_STRANGERS = 2_000_000_000  # subjects of visitors whom nobody knows
_FIRST_DRAW = 4  # first sub-index of draws that belong to the visit as a whole


@dataclass(frozen=True)
class Visits:
    """Visits to web, app or mini program; aligned columns."""

    subject: Ints
    person: Ints  # -1 for strangers
    day: Ints
    start: Ints  # local seconds since 1970
    gap: Ints  # seconds between two events
    platform: Ints  # 0 web, 1 app, 2 mini program
    device: pa.Array
    known: np.ndarray  # logged in
    signs_up: np.ndarray
    identifies: np.ndarray
    source: Ints
    message: Ints  # row of the inbox whose link was clicked, -1
    basket: Ints  # row of the online purchase, -1
    searches: Ints
    views: Ints
    adds: Ints
    checks_out: np.ndarray

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def events(self) -> Ints:
        """Number of events of each visit."""
        return (
            1
            + self.identifies
            + self.signs_up
            + self.searches
            + self.views
            + self.adds
            + self.checks_out
            + (self.basket >= 0)
        ).astype(np.int64)


def together(first: Visits, second: Visits) -> Visits:
    """Return both lots of visits."""
    columns = {}
    for column in fields(Visits):
        a, b = getattr(first, column.name), getattr(second, column.name)
        joint = pa.concat_arrays([a, b]) if isinstance(a, pa.Array) else np.concatenate([a, b])
        columns[column.name] = joint
    return Visits(**columns)


def member_visits(
    people: People,
    who: Ints,
    days: Ints,
    *,
    streams: Streams,
    purchases: Purchases,
    responses: Responses,
    inbox_person: Ints,
    lines: Ints,
) -> Visits:
    """Return visits of members, and of those who will join, at most one per person and day.

    A visit happens because of browsing, an online purchase (with `lines` lines), joining, or a
    click.
    """
    rate = visit_rate(people, who, days)
    comes = streams.uniform("visit", who[:, None], days[None, :]) < -np.expm1(-rate)
    comes |= (
        days
        == np.where(people.arrival[who] == ARRIVALS.index("store"), -1, people.join[who])[:, None]
    )
    basket, click = (np.full(comes.shape, -1) for _ in range(2))
    online = np.flatnonzero(purchases.channel != STORE)
    buyer, when = purchases.person[online], purchases.day[online]
    _mark(basket, who, days, person=buyer, day=when, value=online)
    clicked = np.flatnonzero(responses.clicked)
    when = responses.click_at[clicked] // DAY
    _mark(click, who, days, person=inbox_person[clicked], day=when, value=clicked)
    row, column = np.nonzero(comes | (basket >= 0) | (click >= 0))
    return _plan(
        people,
        who[row],
        days[column],
        streams=streams,
        purchases=purchases,
        basket=basket[row, column],
        click=click[row, column],
        responses=responses,
        lines=lines,
    )


def stranger_visits(customers: int, days: Ints, *, streams: Streams) -> Visits:
    """Return visits of people who never register; cookies live for a month."""
    season = seasons.visit_season(days)[2]
    jitter = 0.9 + 0.2 * streams.uniform("strangers", np.zeros(1, np.int64), days)
    counts = np.round(customers * 0.0085 * season * jitter).astype(np.int64)
    day = np.repeat(days, counts)
    number = np.arange(len(day)) - np.repeat(np.cumsum(counts) - counts, counts)
    subject = _STRANGERS + number
    cookie = (streams.uniform("cookie", subject, day) ** 1.5 * customers * 1.2).astype(np.int64)
    u = _draws(streams, subject, day)
    platform = pick(np.array([[0.62, 0.70, 1.0]]), u(0))
    views = 1 + np.floor(-np.log1p(-u(3)) * 1.7).astype(np.int64).clip(0, 8)
    adds = np.minimum((u(4) < 0.10).astype(np.int64), views)
    return Visits(
        subject=subject,
        person=np.full(len(day), -1),
        day=day,
        gap=12 + (u(1) * 40).astype(np.int64),
        start=_start(day, seasons.second_of_day(day, u(2))),
        platform=platform,
        device=joined(
            "v", pa.array(streams.words("cookie id", cookie, day // 30)).cast(pa.string())
        ),
        known=np.zeros(len(day), bool),
        signs_up=np.zeros(len(day), bool),
        identifies=np.zeros(len(day), bool),
        source=pick(_STRANGER_SOURCE, u(5)),
        message=np.full(len(day), -1),
        basket=np.full(len(day), -1),
        searches=(u(6) < 0.25).astype(np.int64),
        views=views,
        adds=adds,
        checks_out=(adds > 0) & (u(7) < 0.15),
    )


def shoppers(people: People, visits: Visits, streams: Streams) -> Shoppers:
    """Return the visitors as those who choose products."""
    return shoppers_of(people, visits.person, visits.subject, visits.day, streams)


def shoppers_of(
    people: People, person: Ints, subject: Ints, day: Ints, streams: Streams
) -> Shoppers:
    """Return people (or strangers, -1) as those who choose products."""
    stranger = person < 0
    someone = np.where(stranger, 0, person)
    made_up = streams.uniform("stranger taste", subject, day, 0) * len(CATEGORIES)
    taste = np.where(stranger[:, None], made_up.astype(np.int64)[:, None], people.taste[someone])
    return Shoppers(
        subject=subject,
        day=day,
        type=np.where(stranger, 2, people.type[someone]),
        taste=taste,
        sensitivity=np.where(stranger, 0.5, people.sensitivity[someone]),
        coupon=np.where(stranger, 0.08, people.coupon[someone]),
    )


def _plan(
    people: People,
    person: Ints,
    day: Ints,
    *,
    streams: Streams,
    purchases: Purchases,
    basket: Ints,
    click: Ints,
    responses: Responses,
    lines: Ints,
) -> Visits:
    u = _draws(streams, person, day)
    buys = basket >= 0
    bought = _taken(lines, basket, otherwise=np.zeros(len(day), np.int64))
    online = people.channel[person][:, :3] / people.channel[person][:, 2:3]
    platform = _taken(purchases.channel, basket, otherwise=pick(online, u(0)))
    member = day >= people.join[person]
    signs_up = (day == people.join[person]) & (people.arrival[person] != ARRIVALS.index("store"))
    known = member & (buys | signs_up | (u(1) < 0.55))
    views = np.maximum(bought, 1) + np.floor(-np.log1p(-u(3)) * 2.2).astype(np.int64).clip(0, 10)
    adds = np.where(buys, bought, np.minimum((u(4) < 0.16) * 1 + (u(4) < 0.05), views))
    clicks = click >= 0
    first_source = _BY_ARRIVAL[people.arrival[person]]
    source = np.where(day < people.join[person], first_source, pick(_MEMBER_SOURCE, u(5)))
    begins = day * DAY + seasons.second_of_day(day, u(2))
    begins = _taken(purchases.second, basket, otherwise=begins)
    begins = _taken(responses.click_at, click, otherwise=begins)
    return Visits(
        subject=person,
        person=person,
        day=day,
        gap=12 + (u(6) * 40).astype(np.int64),
        start=_start(day, begins - day * DAY),
        platform=platform,
        device=devices(streams, person, np.where((platform == 0) & (u(7) < 0.3), 3, platform)),
        known=known,
        signs_up=signs_up,
        identifies=known & (signs_up | (u(8) < 0.3)),
        source=np.where(clicks, EMAIL, source),
        message=click,
        basket=basket,
        searches=(u(9) < 0.4).astype(np.int64) + (u(9) < 0.1),
        views=views,
        adds=adds,
        checks_out=buys | ((adds > 0) & (u(10) < 0.22)),
    )


def _taken(values: Ints, rows: Ints, *, otherwise: Ints) -> Ints:
    """Return `values[rows]`, and `otherwise` where the row is negative."""
    if not len(values):
        return otherwise
    return np.where(rows >= 0, values[np.maximum(rows, 0)], otherwise)


def _draws(streams: Streams, subject: Ints, day: Ints):
    def u(number: int) -> Floats:
        return streams.uniform("visit draws", subject, day, _FIRST_DRAW + number)

    return u


def _start(day: Ints, second: Ints) -> Ints:
    # The longest visit has 32 events of 51 seconds; every visit ends on the day it begins.
    return day * DAY + np.minimum(second, DAY - 2_000)


def _mark(cells: Ints, who: Ints, days: Ints, *, person: Ints, day: Ints, value: Ints) -> None:
    """Write values into the cells of their person and day, where those are in the block."""
    row = np.searchsorted(who, person)
    inside = (row < len(who)) & (day >= days[0]) & (day <= days[-1])
    inside[inside] &= who[row[inside]] == person[inside]
    cells[row[inside], day[inside] - days[0]] = value[inside]
