"""A campaign against its hold-out: sums in, differences with intervals and a verdict out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from zhiyin.measurement.campaigns import MeasuredCampaign
from zhiyin.measurement.tables import CAMPAIGN_RESULTS
from zhiyin.stats.answers import Difference, NotEnough
from zhiyin.stats.means import (
    contrast_means,
    ratio_of_means,
    stratified_difference_of_means,
)
from zhiyin.stats.proportions import stratified_difference_of_proportions
from zhiyin.stats.split import ALARM, strata_split_p_value
from zhiyin.stats.sums import Proportion, SampleMean

if TYPE_CHECKING:
    import ibis.expr.types as ir

LEVEL = 0.95
ANSWERS = (
    *("difference", "low", "high", "total_increment", "total_low", "total_high"),
    *("p_value", "caution", "lift", "lift_low", "lift_high"),
)


@dataclass(frozen=True)
class ArmSums:
    """One arm's outcomes as sums: how many converted, and what they spent."""

    conversion: Proportion = field(default_factory=lambda: Proportion(0, 0))
    revenue: SampleMean = field(default_factory=lambda: SampleMean(0, 0.0, 0.0, 0.0))

    def __add__(self, other: ArmSums) -> ArmSums:
        return ArmSums(self.conversion + other.conversion, self.revenue + other.revenue)

    @property
    def indicator(self) -> SampleMean:
        """Return conversion as the mean of ones and zeros; the cube of one is one."""
        n, ones = self.conversion.n, float(self.conversion.successes)
        return SampleMean(n, ones, ones, ones)


@dataclass(frozen=True)
class Stratum:
    """The arms of all people who were held out with the same planned share."""

    holdout_share: float
    treatment: ArmSums = field(default_factory=ArmSums)
    holdout: ArmSums = field(default_factory=ArmSums)


@dataclass(frozen=True)
class CampaignResult:
    """One row of `dm.campaign_results`; the meaning of each field is written there.

    A field that has no answer is None and `why` says why, a stable key.
    """

    campaign_id: str
    metric: str
    treated: int
    held_out: int
    treated_mean: float | None
    holdout_mean: float | None
    difference: float | None
    low: float | None
    high: float | None
    level: float
    total_increment: float | None
    total_low: float | None
    total_high: float | None
    p_value: float | None
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    verdict: str
    why: str | None
    caution: str | None
    srm_p_value: float | None
    is_final: bool
    window_start: datetime
    window_end: datetime


def campaign_sums(outcomes: ir.Table) -> ir.Table:
    """Return the sums that results are computed from.

    Returns
    -------
    ir.Table
        One row per campaign, strategy and compared arm: people, converted, revenue and the sums of
        its squares and cubes.
    """
    compared = outcomes.filter(outcomes.arm.isin(["treatment", "holdout"]))
    spent = compared.revenue.cast("float64")
    return compared.group_by("campaign_id", "strategy", "arm").aggregate(
        people=compared.count(),
        converted=compared.count(where=compared.is_converted),
        revenue=spent.sum(),
        revenue_squares=(spent * spent).sum(),
        revenue_cubes=(spent * spent * spent).sum(),
    )


def campaign_results(
    sums: pa.Table, campaigns: Sequence[MeasuredCampaign], *, as_of: datetime, level: float = LEVEL
) -> list[CampaignResult]:
    """Return two results per campaign, `conversion` and `revenue_per_person`.

    Strategies with the same hold-out share are pooled; several shares make strata (see
    `stats.proportions.stratified_difference_of_proportions`), because arms drawn with different
    chances differ in their mix of strategies.

    Verdicts: `works` and `harmful` when the interval lies on one side of zero, `no_proof` when it
    holds zero, `doubtful` when people are missing from one arm beyond chance, `no_answer` when the
    arms allow none. `why` is then `uneven_split`, or what `stats` says is lacking: `no_treatment`,
    `no_holdout`, `too_few`, `no_variation`.

    Parameters
    ----------
    sums
        What `campaign_sums` gives.
    """
    rows = sums.to_pylist()
    return [
        result
        for campaign in campaigns
        for result in compare(campaign, strata_of(rows, campaign), as_of=as_of, level=level)
    ]


def strata_of(rows: Sequence[Mapping[str, Any]], campaign: MeasuredCampaign) -> list[Stratum]:
    """Return the campaign's sums, one stratum per planned hold-out share, smallest share first."""
    arms: dict[float, dict[str, ArmSums]] = {}
    for row in rows:
        if row["campaign_id"] == campaign.campaign_id:
            known = arms.setdefault(campaign.share_of(row["strategy"]), {})
            known[row["arm"]] = known.get(row["arm"], ArmSums()) + _sums(row)
    return [
        Stratum(share, known.get("treatment", ArmSums()), known.get("holdout", ArmSums()))
        for share, known in sorted(arms.items())
    ]


def _sums(row: Mapping[str, Any]) -> ArmSums:
    powers = row["revenue"], row["revenue_squares"], row["revenue_cubes"]
    return ArmSums(Proportion(row["people"], row["converted"]), SampleMean(row["people"], *powers))


def compare(
    campaign: MeasuredCampaign,
    strata: Sequence[Stratum],
    *,
    as_of: datetime,
    level: float = LEVEL,
) -> tuple[CampaignResult, CampaignResult]:
    """Return one campaign's results on conversion and on revenue per person."""
    shared = {
        "campaign_id": campaign.campaign_id,
        "treated": sum(s.treatment.conversion.n for s in strata),
        "held_out": sum(s.holdout.conversion.n for s in strata),
        "level": level,
        "srm_p_value": _split(strata),
        "is_final": campaign.is_final(as_of),
        "window_start": campaign.window.start,
        "window_end": campaign.window.end,
    }
    converted = [(s.treatment.conversion, s.holdout.conversion) for s in strata]
    ones = [(s.treatment.indicator, s.holdout.indicator) for s in strata]
    spent = [(s.treatment.revenue, s.holdout.revenue) for s in strata]
    conversion = stratified_difference_of_proportions(converted, level=level)
    revenue = stratified_difference_of_means(spent, level=level)
    return (
        _result("conversion", conversion, ones, shared),
        _result("revenue_per_person", revenue, spent, shared),
    )


def results_table(results: Sequence[CampaignResult]) -> pa.Table:
    """Return the results as rows of `dm.campaign_results`."""
    schema = CAMPAIGN_RESULTS.schema().to_pyarrow()
    return pa.Table.from_pylist([asdict(result) for result in results], schema=schema)


def results_expression(outcomes: ir.Table, results: Sequence[CampaignResult]) -> ir.Table:
    """Return the results as a table that depends on the outcomes, so that lineage shows it.

    A campaign without a single decision has no outcome; it keeps its rows.
    """
    rows = ibis.memtable(results_table(results), schema=CAMPAIGN_RESULTS.schema())
    seen = outcomes.select(seen_id="campaign_id").distinct()
    joined = rows.left_join(seen, rows.campaign_id == seen.seen_id)
    given = ibis.coalesce(joined.seen_id, joined.campaign_id)
    return joined.mutate(campaign_id=given).select(list(CAMPAIGN_RESULTS.columns))


def _split(strata: Sequence[Stratum]) -> float | None:
    counts = [(s.treatment.conversion.n, s.holdout.conversion.n) for s in strata]
    chance = strata_split_p_value(counts, [s.holdout_share for s in strata])
    return None if isinstance(chance, NotEnough) else chance


def _result(
    metric: str,
    answer: Difference | NotEnough,
    strata: Sequence[tuple[SampleMean, SampleMean]],
    shared: Mapping[str, Any],
) -> CampaignResult:
    if isinstance(answer, NotEnough):
        nothing = dict.fromkeys(ANSWERS)
        means = {
            "treated_mean": _pooled_mean([treatment for treatment, _ in strata]),
            "holdout_mean": _pooled_mean([holdout for _, holdout in strata]),
        }
        return CampaignResult(
            metric=metric, verdict="no_answer", why=answer.why, **means, **nothing, **shared
        )
    verdict, why = _verdict(answer, shared["srm_p_value"])
    # People of a stratum without a hold-out are not compared, so no increment is claimed for them.
    compared = [(treatment, holdout) for treatment, holdout in strata if treatment.n and holdout.n]
    treated = sum(treatment.n for treatment, _ in compared)
    mean = sum(treatment.total for treatment, _ in compared) / treated
    return CampaignResult(
        metric=metric,
        treated_mean=mean,
        holdout_mean=mean - answer.value,
        difference=answer.value,
        low=answer.interval.low,
        high=answer.interval.high,
        total_increment=answer.value * treated,
        total_low=answer.interval.low * treated,
        total_high=answer.interval.high * treated,
        p_value=answer.p_value,
        **_lift(compared, mean, answer, shared["level"]),
        verdict=verdict,
        why=why,
        caution=answer.caution,
        **shared,
    )


def _verdict(answer: Difference, chance: float | None) -> tuple[str, str | None]:
    if chance is not None and chance < ALARM:
        return "doubtful", "uneven_split"
    if answer.is_positive:
        return "works", None
    return ("harmful" if answer.is_negative else "no_proof"), None


def _lift(
    strata: Sequence[tuple[SampleMean, SampleMean]], mean: float, answer: Difference, level: float
) -> dict[str, float | None]:
    contrast = contrast_means(strata)
    if not isinstance(contrast, NotEnough):
        ratio = ratio_of_means(contrast, level=level)
        if not isinstance(ratio, NotEnough):
            value, interval = ratio
            return {"lift": value - 1, "lift_low": interval.low - 1, "lift_high": interval.high - 1}
    # The hold-out's mean may be too uncertain for bounds and still give a best guess.
    baseline = mean - answer.value
    value = answer.value / baseline if baseline > 0 else None
    return {"lift": value, "lift_low": None, "lift_high": None}


def _pooled_mean(samples: Sequence[SampleMean]) -> float | None:
    people = sum(sample.n for sample in samples)
    return sum(sample.total for sample in samples) / people if people else None
