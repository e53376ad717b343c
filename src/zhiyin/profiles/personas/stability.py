"""How many personas there are: as many as come back when the buyers are drawn anew."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zhiyin.profiles.personas.clustering import k_means, nearest

FEWEST, MOST = 3, 8
DRAWS = 6
SAMPLE = 6000
STABLE = 0.8
SLACK = 0.05


def stabilities(points: np.ndarray, rng: np.random.Generator) -> dict[int, float]:
    """Return for each number of clusters how alike the clusters of resamples are.

    The points, at most 6,000 of them, are clustered; then six times a sample drawn from them with
    replacement. The figure is the mean adjusted Rand index between where all points then lie and
    where they lay at first: 1 for the same clusters, about 0 for unrelated ones.

    References
    ----------
    Hennig, C. (2007), Cluster-wise assessment of cluster stability, Computational Statistics and
    Data Analysis 52(1), section 2.
    """
    if len(points) > SAMPLE:
        points = points[rng.choice(len(points), SAMPLE, replace=False)]
    most = min(MOST, len(np.unique(points, axis=0)))
    return {clusters: stability(points, clusters, rng) for clusters in range(FEWEST, most + 1)}


def stability(points: np.ndarray, clusters: int, rng: np.random.Generator) -> float:
    """Return the mean adjusted Rand index of `DRAWS` resamples."""
    first, _ = nearest(points, k_means(points, clusters, rng))
    found = []
    for _ in range(DRAWS):
        drawn = points[rng.integers(len(points), size=len(points))]
        again, _ = nearest(points, k_means(drawn, clusters, rng, starts=2))
        found.append(adjusted_rand(first, again))
    return float(np.mean(found))


def chosen(stable: Mapping[int, float], before: int | None = None) -> int:
    """Return the largest number with a stability of 0.8 or more and within 0.05 of the best.

    It is the most stable number where none reaches 0.8. A split of a cluster by chance leaves the
    others as they are and looks fairly stable; it does not look as stable as no split.

    The number of the search before is kept while its stability is within 0.05 of what decides, so
    that personas do not come and go with a few customers.
    """
    least = max(STABLE, max(stable.values()) - SLACK)
    enough = [number for number, figure in stable.items() if figure >= least]
    best = max(enough) if enough else max(stable, key=lambda number: (stable[number], -number))
    decides = min(STABLE, stable[best])
    if before is not None and stable.get(before, 0.0) >= decides - SLACK:
        return before
    return best


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Return the adjusted Rand index of two labelings of the same points.

    References
    ----------
    Hubert, L. and Arabie, P. (1985), Comparing partitions, Journal of Classification 2, eq. (5).
    """
    width = int(other.max()) + 1
    cells = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width)
    table = cells.reshape(-1, width).astype(float)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    rows, columns = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    everything = pairs(np.array([len(one)]))
    expected = rows * columns / everything if everything else 0.0
    largest = (rows + columns) / 2
    return (pairs(table) - expected) / (largest - expected) if largest != expected else 1.0
