"""K-means in numpy: the same rows and the same seed give the same clusters."""

from __future__ import annotations

import numpy as np

CHUNK = 1 << 16
ROUNDS = 60
STARTS = 4


def k_means(
    points: np.ndarray, clusters: int, rng: np.random.Generator, *, starts: int = STARTS
) -> np.ndarray:
    """Return the centers of the best of some starts, one row each.

    Lloyd's rounds from k-means++ centers until no center moves. A cluster that loses all of its
    points begins anew at the point that lies farthest from its center.

    References
    ----------
    Arthur, D. and Vassilvitskii, S. (2007), k-means++: the advantages of careful seeding, SODA.
    """
    best, least = None, np.inf
    for _ in range(starts):
        centers = seeded(points, clusters, rng)
        total = np.inf
        for _ in range(ROUNDS):
            labels, distances = nearest(points, centers)
            moved = middles(points, labels, distances, centers)
            total = float(distances.sum())
            if np.allclose(moved, centers, atol=1e-4):
                break
            centers = moved
        if total < least:
            best, least = centers, total
    assert best is not None
    return best


def seeded(points: np.ndarray, clusters: int, rng: np.random.Generator) -> np.ndarray:
    """Return k-means++ centers: each next one drawn by its squared distance to those before."""
    chosen = [int(rng.integers(len(points)))]
    distance = squared(points, points[chosen[-1]])
    while len(chosen) < clusters:
        total = float(distance.sum())
        place = (
            int(np.searchsorted(np.cumsum(distance), rng.random() * total))
            if total > 0
            else int(rng.integers(len(points)))
        )
        chosen.append(min(place, len(points) - 1))
        distance = np.minimum(distance, squared(points, points[chosen[-1]]))
    return points[chosen].astype(np.float64)


def squared(points: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Return the squared distance of each point to one center."""
    return np.square(points - center).sum(axis=1, dtype=np.float64)


def nearest(points: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each point the nearest center and its squared distance."""
    labels = np.empty(len(points), dtype=np.int64)
    distances = np.empty(len(points))
    moved = centers.astype(points.dtype)
    norms = np.square(moved).sum(axis=1)
    for begin in range(0, len(points), CHUNK):
        part = points[begin : begin + CHUNK]
        apart = norms - 2 * (part @ moved.T)
        place = apart.argmin(axis=1)
        labels[begin : begin + CHUNK] = place
        least = apart[np.arange(len(part)), place] + np.square(part).sum(axis=1)
        distances[begin : begin + CHUNK] = np.maximum(least, 0.0)
    return labels, distances


def middles(
    points: np.ndarray, labels: np.ndarray, distances: np.ndarray, centers: np.ndarray
) -> np.ndarray:
    """Return the mean of each cluster's points."""
    clusters = len(centers)
    counts = np.bincount(labels, minlength=clusters)
    sums = np.column_stack(
        [np.bincount(labels, weights=column, minlength=clusters) for column in points.T]
    )
    means = sums / np.maximum(counts, 1)[:, None]
    for empty in np.flatnonzero(counts == 0):
        means[empty] = points[int(distances.argmax())]
    return means
