"""Was the split what it was planned to be."""

from __future__ import annotations

from collections.abc import Sequence

from scipy import stats

from zhiyin.core.errors import InvalidInput
from zhiyin.stats.answers import NotEnough

# Up to here the two-arm test is exact; above, chi-square is within a few percent of its p-value.
EXACT_UP_TO = 100_000

# The usual alarm threshold: strict, because every campaign is tested (Fabijan et al. 2019).
ALARM = 0.001


def split_p_value(counts: Sequence[int], shares: Sequence[float]) -> float | NotEnough:
    """Return the chance of a split at least as uneven as `counts` under the planned `shares`.

    A small value (below `ALARM`) means that people were lost or added after assignment, so that
    the arms cannot be compared (sample ratio mismatch).

    Parameters
    ----------
    counts
        People per arm.
    shares
        Planned share per arm, positive, summing to 1.

    Notes
    -----
    Two arms: exact binomial test up to 100,000 people, Pearson's chi-square above; more arms:
    chi-square.

    References
    ----------
    Fabijan et al. (2019), Diagnosing sample ratio mismatch in online controlled experiments, KDD.
    """
    if len(counts) != len(shares) or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-9:
        raise InvalidInput(
            f"Planned shares {list(shares)} do not fit {len(counts)} arms; "
            "give one positive share per arm, summing to 1."
        )
    total = sum(counts)
    if total == 0:
        return NotEnough("too_few")
    if len(counts) == 2 and total <= EXACT_UP_TO:
        return float(stats.binomtest(counts[0], total, shares[0]).pvalue)
    expected = [share * total for share in shares]
    return float(stats.chisquare(counts, expected).pvalue)


def strata_split_p_value(
    strata: Sequence[tuple[int, int]], holdout_shares: Sequence[float]
) -> float | NotEnough:
    """Return the chance of (treated, held out) counts so uneven, each stratum under its own share.

    Strata without a planned hold-out, or without people, are left out. One stratum is tested as
    `split_p_value` does; of several, the squared standard scores add up to a chi-square.
    """
    used = [
        (treated, held, share)
        for (treated, held), share in zip(strata, holdout_shares, strict=True)
        if treated + held > 0 and share > 0
    ]
    if not used:
        return NotEnough("too_few")
    if len(used) == 1:
        treated, held, share = used[0]
        return split_p_value([treated, held], [1 - share, share])
    scores = (
        (held - share * (treated + held)) ** 2 / (share * (1 - share) * (treated + held))
        for treated, held, share in used
    )
    return float(stats.chi2.sf(sum(scores), len(used)))
