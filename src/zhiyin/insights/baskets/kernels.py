"""The loops that count which items lie in the same baskets.

Plain Python over numpy arrays, to be run by `stats.loops`.
"""

from __future__ import annotations

import numpy as np


def deliver(
    places: np.ndarray,
    items: np.ndarray,
    ends: np.ndarray,
    at_least: int,
    counts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the items that follow given places often enough, and where.

    Occurrence deliver of LCM (Uno, Kiyomi, Arimura, 2004): one walk counts, a second one hands
    each frequent item the places where it occurs, so that no basket is looked at in vain.

    Parameters
    ----------
    places : positions in `items`, one a basket.
    items : items of all baskets, one basket after the other, ascending within each.
    ends : for each position the end of its basket.
    at_least : baskets that an item must follow in.
    counts : zeros, one for each item; zeros again afterwards.

    Returns
    -------
    The items, the bounds of each one's places (one more than items), and the places.
    """
    for n in range(len(places)):
        for at in range(places[n] + 1, ends[places[n]]):
            counts[items[at]] += 1
    frequent = np.flatnonzero(counts >= at_least)
    bounds = np.zeros(len(frequent) + 1, np.int64)
    for n in range(len(frequent)):
        bounds[n + 1] = bounds[n] + counts[frequent[n]]
    # From now on a count is where the item's next place goes; -1 for items that are too rare.
    counts[:] = -1
    for n in range(len(frequent)):
        counts[frequent[n]] = bounds[n]
    found = np.empty(bounds[len(frequent)], np.int64)
    for n in range(len(places)):
        for at in range(places[n] + 1, ends[places[n]]):
            item = items[at]
            if counts[item] >= 0:
                found[counts[item]] = at
                counts[item] += 1
    counts[:] = 0
    return frequent, bounds, found


def arranged(
    basket: np.ndarray, item: np.ndarray, baskets: int, items: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return baskets one after the other, items ascending within each, and where each item lies.

    Lines are counted into place by item and then by basket, which no comparison sort is as fast as.
    An item that is written down twice in a basket is kept once.

    Parameters
    ----------
    basket, item : of each line, numbers below `baskets` and `items`.

    Returns
    -------
    The items, each basket closed by -1; the positions, by item; and the bounds of each item's
    positions (one more than items).
    """
    lines = len(item)
    bounds = np.zeros(items + 1, np.int64)
    after = np.zeros(baskets + 1, np.int32)
    for line in range(lines):
        bounds[item[line] + 1] += 1
        after[basket[line] + 1] += 1
    for n in range(items):
        bounds[n + 1] += bounds[n]
    for n in range(baskets):
        after[n + 1] += after[n] + 1
    by_item = np.empty(lines, np.int32)
    following = bounds[:-1].copy()
    for line in range(lines):
        by_item[following[item[line]]] = basket[line]
        following[item[line]] += 1
    # `after` is where a basket's next item goes. Nothing else is looked up for a line, because
    # each look-up in arrays of this size waits for memory.
    laid, places = np.full(lines + baskets, -1, np.int32), np.empty(lines, np.int32)
    low = kept = 0
    for one in range(items):
        high = bounds[one + 1]
        for n in range(low, high):
            place = after[by_item[n]]
            if place > 0 and laid[place - 1] == one:
                continue
            after[by_item[n]] = place + 1
            laid[place] = one
            places[kept] = place
            kept += 1
        low = high
        bounds[one + 1] = kept
    return laid, places[:kept], bounds


def count_pairs(
    laid: np.ndarray, places: np.ndarray, bounds: np.ndarray, at_least: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs of items, the lower first, that enough baskets hold, and how many do.

    Parameters
    ----------
    laid, places, bounds : from `arranged`.
    at_least : baskets that a pair must share.
    """
    items, found = len(bounds) - 1, 0
    one, two, times = np.empty(1024, np.int64), np.empty(1024, np.int64), np.empty(1024, np.int64)
    counts, met = np.zeros(items, np.int32), np.empty(items, np.int32)
    for item in range(items):
        others = 0
        for n in range(bounds[item], bounds[item + 1]):
            at = places[n] + 1
            while laid[at] >= 0:
                other = laid[at]
                if counts[other] == 0:
                    met[others] = other
                    others += 1
                counts[other] += 1
                at += 1
        for n in range(others):
            other = met[n]
            if counts[other] >= at_least:
                if found == len(one):
                    one = np.concatenate((one, np.empty(found, np.int64)))
                    two = np.concatenate((two, np.empty(found, np.int64)))
                    times = np.concatenate((times, np.empty(found, np.int64)))
                one[found], two[found], times[found] = item, other, counts[other]
                found += 1
            counts[other] = 0
    return one[:found], two[:found], times[:found]
