"""The Chinese retail year: festivals, sales, weekends and hours.

Types of customers are numbered as in `people.TYPES`.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from zhiyin.simulation.config import day_number, day_of
from zhiyin.simulation.randomness import Floats, Ints

# Lunar New Year's day.
SPRING_FESTIVAL = {
    2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10),
    2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
    2031: (1, 23), 2032: (2, 11),
}  # fmt: skip

# Share of a day's visits per hour; workdays peak at lunch and in the evening.
_WORKDAY = [
    14,
    8,
    4,
    3,
    3,
    5,
    12,
    24,
    38,
    50,
    58,
    60,
    72,
    62,
    52,
    50,
    50,
    52,
    58,
    74,
    96,
    104,
    82,
    42,
]
_WEEKEND = [
    18,
    11,
    6,
    4,
    3,
    4,
    8,
    16,
    32,
    56,
    74,
    78,
    76,
    72,
    76,
    78,
    74,
    68,
    66,
    80,
    94,
    98,
    80,
    46,
]
_SHOP = [0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 30, 48, 50, 46, 52, 60, 64, 66, 70, 74, 60, 26, 0, 0]

# How strongly each type (loyal, bargain, browser, gift, churner) follows sales and gift days.
_SALE_PULL = np.array([0.5, 1.6, 1.0, 0.3, 0.7])
_GIFT_PULL = np.array([0.5, 0.3, 0.3, 2.2, 0.4])
_WEEKDAY = np.array([0.92, 0.90, 0.92, 0.95, 1.05, 1.16, 1.12])


def festivals(day: date) -> tuple[float, float]:
    """Return how much of a sale and how much of a gift season a day is; 0 on an ordinary day."""
    sale = max(
        _near(day, date(day.year, 11, 11), before=10, after=1, height=3.2),
        _near(day, date(day.year, 6, 18), before=8, after=2, height=2.2),
        _near(day, date(day.year, 12, 12), before=2, after=0, height=1.2),
    )
    new_year = spring_festival(day.year)
    gift = max(
        _near(day, new_year, before=21, after=-4, height=2.0),
        _near(day, date(day.year, 2, 14), before=5, after=0, height=1.0),
        _near(day, date(day.year, 5, 12), before=5, after=0, height=1.0),
        _near(day, date(day.year, 9, 10), before=4, after=0, height=0.7),
        _near(day, date(day.year, 12, 24), before=6, after=1, height=1.1),
    )
    return sale, gift


def spring_festival(year: int) -> date:
    """Return Lunar New Year's day; early February for years outside the table."""
    month, day = SPRING_FESTIVAL.get(year, (2, 5))
    return date(year, month, day)


def order_season(days: Ints) -> Floats:
    """Return the factor on the order rate, one row per type, one column per day."""
    sale, gift, calm = _facts(days)
    level = 1 + _SALE_PULL[:, None] * sale + _GIFT_PULL[:, None] * gift
    return level * calm


def visit_season(days: Ints) -> Floats:
    """Return the factor on the visit rate, one row per type, one column per day."""
    return 0.5 + 0.5 * order_season(days)


def sale_discount(days: Ints) -> Floats:
    """Return the shop's own price cut on a day: 15 % at the height of a sale."""
    sale = _facts(days)[0]
    return np.where(sale > 0.5, 0.15, 0.0)


def second_of_day(days: Ints, u: Floats, *, shop: bool = False) -> Ints:
    """Return the second of the day that quantile `u` of the day's visits falls on."""
    weekend = (days + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    hours = _SHOP if shop else _WORKDAY
    second = np.interp(u, _quantiles(hours), _BOUNDS)
    if not shop:
        second = np.where(weekend, np.interp(u, _quantiles(_WEEKEND), _BOUNDS), second)
    return second.astype(np.int64)


_BOUNDS = np.arange(25) * 3600.0


def _quantiles(hours: list[int]) -> Floats:
    # A tiny floor keeps the curve strictly rising, so that closed hours have no quantile.
    cumulative = np.cumsum([0, *hours]) + np.arange(25) * 1e-9
    return cumulative / cumulative[-1]


def _facts(days: Ints) -> tuple[Floats, Floats, Floats]:
    dates = [day_of(day) for day in days]
    sale, gift = np.array([festivals(day) for day in dates]).T
    calm = np.array([0.45 if _at_home(day) else 1.0 for day in dates])
    return sale, gift, calm * _WEEKDAY[(days + 3) % 7]


def _at_home(day: date) -> bool:
    """Tell whether parcels rest: New Year's eve to the fifth day."""
    return timedelta(days=-1) <= day - spring_festival(day.year) <= timedelta(days=5)


def _near(day: date, peak: date, *, before: int, after: int, height: float) -> float:
    """Rise to `height` over `before` days, then fall to nothing `after` days past the peak.

    A negative `after` ends the season that many days before the peak.
    """
    distance = day_number(day) - day_number(peak)
    if after < 0:
        return height * (1 + distance / (before + 1)) if -before <= distance <= after else 0.0
    if distance > 0:
        return height * 0.4 if distance <= after else 0.0
    return height * 0.35 ** (-distance / 2) + 0.25 if distance >= -before else 0.0
