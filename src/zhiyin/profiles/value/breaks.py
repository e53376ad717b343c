"""Natural breaks: where a column of numbers falls into groups by itself."""

from __future__ import annotations

import numpy as np

FINEST = 512  # different values; more are gathered first


def natural_breaks(values: np.ndarray, counts: np.ndarray, groups: int) -> list[float]:
    """Return the values at which each group after the first begins, rising.

    The groups are those of k-means in one dimension: the sum of squared distances to the groups'
    means is the smallest that there is, not merely one that a random start led to. There are fewer
    where there are fewer different values.

    Parameters
    ----------
    values : different numbers, rising, on the scale that distances are measured on.
    counts : how many people have each.
    groups : at most so many.

    Notes
    -----
    Dynamic programming over the sorted values: D[q, i] = min over j of D[q-1, j-1] + ssd(j, i), in
    groups * n**2 steps for n different values. Where n exceeds 512 the values are first gathered
    into bins of equal width, each in the place of its mean.

    References
    ----------
    Wang, H. and Song, M. (2011), Ckmeans.1d.dp: optimal k-means clustering in one dimension by
    dynamic programming, The R Journal 3(2), equation (1).
    """
    starts = values
    if len(values) > FINEST:
        values, counts, starts = gathered(values, counts)
    groups = min(groups, len(values))
    if groups < 2:
        return []
    cost = spreads(values, counts.astype(float))
    best, begins = cost[0], []
    for _ in range(1, groups):
        # Row j: all before j in the groups so far, j to i in the next.
        tried = np.concatenate([[np.inf], best[:-1]])[:, None] + cost
        begins.append(tried.argmin(axis=0))
        best = tried.min(axis=0)
    places, last = [], len(values) - 1
    for begin in reversed(begins):
        places.append(int(begin[last]))
        last = places[-1] - 1
    return [float(starts[place]) for place in reversed(places)]


def spreads(values: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the sum of squared distances to their mean of the values j to i; inf where j > i."""
    centered = values - np.average(values, weights=counts)
    weight, first, second = (
        np.concatenate([[0.0], np.cumsum(counts * centered**power)]) for power in (0, 1, 2)
    )
    many, total, squares = (sums[None, 1:] - sums[:-1, None] for sums in (weight, first, second))
    upper = np.triu(np.ones(many.shape, dtype=bool))
    divisor = np.where(upper, many, 1.0)
    return np.where(upper, np.maximum(squares - total**2 / divisor, 0.0), np.inf)


def gathered(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, count and smallest value of each bin of equal width that holds something."""
    width = (values[-1] - values[0]) / FINEST
    place = np.minimum(((values - values[0]) / width).astype(np.int64), FINEST - 1)
    _, first, bins = np.unique(place, return_index=True, return_inverse=True)
    many = np.bincount(bins, weights=counts)
    return np.bincount(bins, weights=counts * values) / many, many, values[first]
