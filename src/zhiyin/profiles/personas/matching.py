"""Ids that stay: a persona keeps its id while most of its people stay together."""

from __future__ import annotations

import numpy as np

SAME = 0.25


def kept_ids(
    labels: np.ndarray, clusters: int, before: np.ndarray, taken: int
) -> list[tuple[int, float | None]]:
    """Return the number of each cluster, and how much of the persona before it is.

    Clusters and the personas before are paired so that the Jaccard indices of their people add up
    to the most (the Hungarian method); pairs below a quarter are none. A cluster without one gets
    the next number that was never taken, the largest cluster first.

    Parameters
    ----------
    labels : cluster of each person.
    clusters : how many there are.
    before : number of each person's persona before; 0 for people without one.
    taken : the highest number that was ever given.

    References
    ----------
    Jonker, R. and Volgenant, A. (1987), A shortest augmenting path algorithm for dense and sparse
    linear assignment problems, Computing 38.
    """
    from scipy.optimize import linear_sum_assignment

    numbers = np.unique(before[before > 0])
    found: dict[int, tuple[int, float | None]] = {}
    if len(numbers):
        known = before > 0
        place = np.searchsorted(numbers, before[known])
        cells = np.bincount(
            labels[known] * len(numbers) + place, minlength=clusters * len(numbers)
        ).reshape(clusters, len(numbers))
        either = cells.sum(axis=1)[:, None] + cells.sum(axis=0)[None, :] - cells
        alike = cells / np.maximum(either, 1)
        for cluster, column in zip(*linear_sum_assignment(-alike), strict=True):
            if alike[cluster, column] >= SAME:
                found[int(cluster)] = int(numbers[column]), float(alike[cluster, column])
    sizes = np.bincount(labels, minlength=clusters)
    for cluster in sorted(range(clusters), key=lambda one: (-sizes[one], one)):
        if cluster not in found:
            taken += 1
            found[cluster] = taken, None
    return [found[cluster] for cluster in range(clusters)]
