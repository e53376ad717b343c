"""The loop that counts which items follow in the same baskets.

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
