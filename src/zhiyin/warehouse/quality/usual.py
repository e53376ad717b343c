"""What a day's measure may be expected to be, judged from the days before it alone.

A series is brought to a scale on which chance moves it evenly, then split into a level, a weekday's
way of differing from it, and a remainder. Level and weekday are medians of the past, the spread is
the median absolute remainder, so a few odd days among the references change nothing, and the judged
day is never among them.

References
----------
Hampel, F. R. (1974). The influence curve and its role in robust estimation. JASA 69, 383-393
(median absolute deviation, its factor 1.4826 for the normal law).
Anscombe, F. J. (1948). The transformation of Poisson, binomial and negative-binomial data.
Biometrika 35, 246-254 (arc sine of the root of a share: variance 1 / 4n).
Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Trans. Inf. Theory 37.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.stats import t

Array = np.ndarray

WEEK = 7
LEVEL_DAYS = 14  # two of each weekday: follows a trend, and outvotes six odd days
REFERENCE_DAYS = 56  # eight of each weekday
FEWEST_WEEKDAYS = 3  # fewer of one weekday say nothing of it
FEWEST_DAYS = 21  # remainders that a spread is taken from
FEWEST_ROWS = 20  # shares, means and distances of fewer rows are left to chance
# How often chance alone may raise an alarm, for each measure and day.
ALARM_RATE = 5e-4
MAD = 1.4826


@dataclass(frozen=True)
class Scale:
    """How a metric is judged.

    `to` brings it to an even scale and `back` returns. `noise(expected, rows)` is the variance
    there that chance alone gives. Less than `notable` on that scale is not worth a look, however
    steady the series was. `two_sided` is false where only more is bad.
    """

    to: Callable[[Array], Array]
    back: Callable[[Array], Array]
    noise: Callable[[Array, Array], Array]
    notable: float
    two_sided: bool = True


def _share_back(value: Array) -> Array:
    return np.sin(np.clip(value, 0.0, np.pi / 2)) ** 2


def _no_noise(expected: Array, rows: Array) -> Array:
    return np.zeros_like(expected)


SCALES: Mapping[str, Scale] = {
    # A fifth more or less; the count of independent rows has variance 1 / n on the log scale.
    "rows": Scale(
        np.log1p,
        lambda value: np.maximum(np.expm1(value), 0.0),
        lambda expected, rows: 1.0 / np.maximum(np.exp(expected), 1.0),
        notable=0.18,
    ),
    # 0 to 1 %, or 50 to 60 %. Rows lack a value together, as the lines of one order do: taken as
    # groups of four, they are a fourth as many witnesses.
    "null_rate": Scale(
        lambda value: np.arcsin(np.sqrt(np.clip(value, 0.0, 1.0))),
        _share_back,
        lambda expected, rows: 1.0 / np.maximum(rows, 1.0),
        notable=0.1,
        two_sided=False,
    ),
    "mean": Scale(np.arcsinh, np.sinh, _no_noise, notable=0.18),
    "distance": Scale(
        lambda value: np.sqrt(np.maximum(value, 0.0)),
        lambda value: np.maximum(value, 0.0) ** 2,
        _no_noise,
        notable=0.12,
        two_sided=False,
    ),
}


@dataclass(frozen=True)
class Judgement:
    """One array element per day; NaN where too few days came before.

    `expected`, `low` and `high` are in the metric's own unit, `score` is the distance from the
    expectation in robust deviations. `is_odd` says that the day lies outside.
    """

    expected: Array
    low: Array
    high: Array
    score: Array
    is_odd: Array


def judged(metric: str, values: Array, rows: Array) -> Judgement:
    """Return what each day of a series let expect, and which days lie outside.

    Parameters
    ----------
    metric
        A key of `SCALES`.
    values
        One value per calendar day without gaps, oldest first; NaN where nothing was measured.
    rows
        Rows of each day.
    """
    scale = SCALES[metric]
    x = scale.to(np.asarray(values, dtype=float))
    if metric != "rows":
        x = np.where(rows >= FEWEST_ROWS, x, np.nan)
    expected = _expected_rows(x) if metric == "rows" else _expected(x)
    remainder = x - expected
    past = np.abs(_past(remainder, REFERENCE_DAYS))
    known = np.sum(~np.isnan(past), axis=1)
    spread = np.sqrt((MAD * _median(past)) ** 2 + scale.noise(expected, rows))
    spread = np.maximum(spread, scale.notable / 10)
    is_judged = (known >= FEWEST_DAYS) & ~np.isnan(remainder)
    limit = t.ppf(1 - ALARM_RATE / 2, np.where(is_judged, known - 1, np.nan))
    room = np.maximum(limit * spread, scale.notable)
    gap = np.abs(remainder) if scale.two_sided else remainder
    with np.errstate(invalid="ignore"):
        is_odd = is_judged & (gap > room)
    low = scale.back(expected - room) if scale.two_sided else 0.0 * room
    return Judgement(
        scale.back(expected) + 0.0 * room,
        low,
        scale.back(expected + room),
        remainder / spread + 0.0 * room,
        is_odd,
    )


def _expected_rows(x: Array) -> Array:
    """Return what the open days let expect, and 0 for a weekday on which the shop is closed.

    A holiday says nothing of the level on the days after it.
    """
    same_weekday = _past(x, REFERENCE_DAYS)[:, ::WEEK]
    is_closed = _median(same_weekday) == 0
    return np.where(is_closed, 0.0, _expected(np.where(x > 0, x, np.nan)))


def _expected(x: Array) -> Array:
    """Return level plus weekday, each from the days before."""
    deviation = x - _median(_past(x, 4 * WEEK))
    same_weekday = _past(deviation, REFERENCE_DAYS)[:, ::WEEK]
    is_known = np.sum(~np.isnan(same_weekday), axis=1) >= FEWEST_WEEKDAYS
    weekday = np.where(is_known, _median(same_weekday), 0.0)
    return _median(_past(x - weekday, LEVEL_DAYS)) + weekday


def _past(x: Array, days: int) -> Array:
    """Return a row per day with the `days` values before it, oldest first, NaN before the first."""
    padded = np.concatenate([np.full(days, np.nan), x])
    return sliding_window_view(padded, days)[: len(x)]


def _median(window: Array) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # rows of nothing have no median
        return np.nanmedian(window, axis=1)


def distances(counts: Array, days: int = 28) -> Array:
    """Return how far each day's shares lie from those of the days before it together.

    The Jensen-Shannon divergence in bits, 0 to 1, less what chance alone makes of it: with k
    values and n rows about (k - 1) / (2 n ln 2). NaN for days without rows, and before any.

    Parameters
    ----------
    counts
        Rows per day and value: one row of the array per calendar day, one column per value.
    days
        How many days before count together.
    """
    sums = np.vstack([np.zeros(counts.shape[1]), np.cumsum(counts, axis=0)])
    ends = np.arange(len(counts))
    before = sums[ends] - sums[np.maximum(ends - days, 0)]
    n, m = counts.sum(axis=1), before.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = counts / n[:, None], before / m[:, None]
        middle = (p + q) / 2
        divergence = (_relative(p, middle) + _relative(q, middle)) / 2
        kinds = np.sum(middle > 0, axis=1)
        # The past is a sample as well, so that 1/n + 1/m stands where one sample alone has 1/n.
        chance = (kinds - 1) * (1 / n + 1 / m) / (8 * np.log(2))
    return np.where((n > 0) & (m > 0), np.maximum(divergence - chance, 0.0), np.nan)


def _relative(p: Array, q: Array) -> Array:
    """Return the relative entropy of each row in bits; 0 log 0 is 0."""
    return np.sum(np.where(p > 0, p * np.log2(np.where(p > 0, p / q, 1.0)), 0.0), axis=1)
