"""How much each tag says about who responds, from campaigns' treated people and hold-outs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from zhiyin.stats.logistic import fit_logistic

# A tag that fewer have, or fewer lack, is not told apart from chance.
LEAST_SHARE = 0.02
LEAST_PEOPLE = 30
# Prior standard deviation of a standardized effect on the log-odds.
PRIOR = 0.5
# Conversions at which half of the estimate is believed.
HALF_BELIEVED = 200


@dataclass(frozen=True)
class Observed:
    """The people of measured campaigns as of each launch.

    Attributes
    ----------
    campaign, treated, converted : an entry per person and campaign.
    tagged : a row per person and campaign, a column per feature: whether it has the value.
    features : tag and value of each column; None for having the tag at all.
    """

    campaign: np.ndarray
    treated: np.ndarray
    converted: np.ndarray
    tagged: np.ndarray
    features: Sequence[tuple[str, str | None]]


@dataclass(frozen=True)
class TagResponse:
    """What a tag says: its effect, and the weight that follows."""

    weight: float
    effect: float | None
    error: float | None
    people: int


def tag_responses(observed: Observed, tags: Sequence[str]) -> dict[str, TagResponse]:
    """Return the weight of every tag; 1 on average, and 1 where nothing is known.

    The effect of a feature is how much more its holders' log-odds of an order rise by being
    treated than those of others: a campaign finds many buyers who would have bought anyway, and
    these are not whom a tag should point at. A tag with several values has the length of their
    effects.

    Notes
    -----
    One logistic regression with an intercept and an effect of treatment per campaign, each feature
    (standardized), and each feature times treatment, shrunk by a Gaussian prior of standard
    deviation 0.5. With the effect ``b`` and its error ``s``, the evidence is
    ``|b| * b**2 / (b**2 + s**2)``; weights are its ratio to the mean, drawn towards 1 by
    ``n / (n + 200)`` where n counts conversions.
    """
    kept = frequent(observed)
    people = {
        tag: int(observed.tagged[:, columns_of(observed, tag)].any(axis=1).sum()) for tag in tags
    }
    if not kept or not 0 < observed.converted.sum() < len(observed.converted):
        return {tag: TagResponse(1.0, None, None, people[tag]) for tag in tags}
    effects, errors = interactions(observed, kept)
    told: dict[str, tuple[float, float]] = {}
    for tag in tags:
        mine = [place for place, column in enumerate(kept) if observed.features[column][0] == tag]
        if mine:
            told[tag] = signed_length(effects[mine]), float(np.sqrt((errors[mine] ** 2).mean()))
    weights = weights_of(told, conversions=int(observed.converted.sum()))
    return {
        tag: TagResponse(weights.get(tag, 1.0), *told.get(tag, (None, None)), people[tag])
        for tag in tags
    }


def columns_of(observed: Observed, tag: str) -> list[int]:
    """Return the columns of a tag's features."""
    return [column for column, (name, _) in enumerate(observed.features) if name == tag]


def frequent(observed: Observed) -> list[int]:
    """Return the columns of features that enough people have and enough lack."""
    rows = len(observed.converted)
    least = max(LEAST_SHARE * rows, LEAST_PEOPLE)
    holders = observed.tagged.sum(axis=0)
    return [int(place) for place in np.flatnonzero((holders >= least) & (rows - holders >= least))]


def interactions(observed: Observed, kept: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the effects of features on what treatment does, and their errors."""
    tagged = observed.tagged[:, list(kept)].astype(float)
    standard = (tagged - tagged.mean(axis=0)) / tagged.std(axis=0)
    own = (observed.campaign[:, None] == np.unique(observed.campaign)[None, :]).astype(float)
    treated = observed.treated.astype(float)[:, None]
    design = np.hstack([own, own * treated, standard, standard * treated])
    free = 2 * own.shape[1]
    penalty = np.full(design.shape[1], 1 / PRIOR**2)
    penalty[:free] = 1e-6
    fit = fit_logistic(design, observed.converted.astype(float), penalty=penalty)
    return fit.coefficients[-len(kept) :], fit.errors[-len(kept) :]


def signed_length(effects: np.ndarray) -> float:
    """Return a single effect as it is, and of several the length."""
    return float(effects[0]) if len(effects) == 1 else float(np.linalg.norm(effects))


def weights_of(told: Mapping[str, tuple[float, float]], *, conversions: int) -> dict[str, float]:
    """Return the weights of tags that something is known of; 1 on average."""
    evidence = {
        tag: abs(effect) * effect**2 / (effect**2 + error**2) if effect else 0.0
        for tag, (effect, error) in told.items()
    }
    mean = sum(evidence.values()) / len(evidence) if evidence else 0.0
    if mean == 0:
        return dict.fromkeys(told, 1.0)
    trust = conversions / (conversions + HALF_BELIEVED)
    return {tag: 1 - trust + trust * one / mean for tag, one in evidence.items()}
