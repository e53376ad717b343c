"""What changed in the week, and what to do about it: rules with thresholds and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from zhiyin.measurement.review.model import CampaignLine, ChannelLine, Finding, Review

# Weekly revenue of shops moves by a tenth without any cause; less is not worth a reader's time.
NOTABLE_CHANGE = 0.10
CAC_RISE = 0.30
REFUND_RISE = 0.01
UNSUBSCRIBE_LIMIT = 0.005
QUARANTINE_LIMIT = 0.01
UNATTRIBUTED_LIMIT = 0.60
DRIVERS = ("buyers", "orders_per_buyer", "average_order_value")
LEVELS = ("bad", "warning", "good")


def findings(review: Review) -> list[Finding]:
    """Return the review's findings, bad ones first."""
    rules: tuple[Callable[[Review], Iterator[Finding]], ...] = (
        _revenue,
        _silenced,
        _campaigns,
        _channels,
        _refunds,
        _unsubscribes,
        _attribution_gap,
        _models,
        _quality,
    )
    found = [finding for rule in rules for finding in rule(review)]
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))


def _revenue(review: Review) -> Iterator[Finding]:
    """Revenue = buyers x orders per buyer x average order: name the factor that moved most.

    Logarithms of the factors' ratios add up to that of revenue, up to sales without a customer.
    """
    revenue = review.figure("revenue")
    if revenue is None or revenue.change is None or abs(revenue.change) < NOTABLE_CHANGE:
        return
    moves = {}
    for name in DRIVERS:
        figure = review.figure(name)
        if figure is not None and figure.change is not None and figure.change > -1:
            moves[name] = math.log1p(figure.change)
    if not moves:
        return
    sign = 1 if revenue.change > 0 else -1
    driver = max(moves, key=lambda name: sign * moves[name])
    cause = review.figure(driver)
    values = {
        "change": revenue.change,
        "value": revenue.value,
        "previous": revenue.previous,
        "driver": driver,
        "driver_change": cause.change if cause else None,
    }
    code = "revenue_up" if sign > 0 else f"revenue_down_{driver}"
    yield Finding(code, "good" if sign > 0 else "bad", values)


def _silenced(review: Review) -> Iterator[Finding]:
    if review.silenced.people > 0:
        values = {"people": review.silenced.people, "monetary": review.silenced.monetary}
        yield Finding("high_value_silent", "warning", values)


def _campaigns(review: Review) -> Iterator[Finding]:
    for campaign in review.campaigns:
        finding = _campaign(campaign)
        if campaign.is_final and finding is not None:
            yield finding


def _campaign(campaign: CampaignLine) -> Finding | None:
    result = campaign.conversion
    values = {
        "name": campaign.name,
        "difference": result.difference,
        "low": result.low,
        "high": result.high,
        "increment": campaign.revenue.total_increment,
        "cost": campaign.cost,
        "held_out": result.held_out,
        "treated": result.treated,
    }
    verdict = result.verdict
    if verdict == "works" and campaign.roi_high is not None and campaign.roi_high < 0:
        return Finding("campaign_costs_more", "bad", values)
    if verdict in ("works", "no_proof"):
        return Finding(f"campaign_{verdict}", "good" if verdict == "works" else "warning", values)
    if verdict in ("harmful", "doubtful"):
        return Finding(f"campaign_{verdict}", "bad", values)
    return Finding("campaign_no_holdout", "warning", values) if result.why == "no_holdout" else None


def _channels(review: Review) -> Iterator[Finding]:
    for line in review.channels:
        values = {
            "channel": line.channel,
            "cost": line.cost,
            "revenue": line.revenue,
            "cac": line.cac,
            "previous_cac": line.previous_cac,
            "roi": line.roi,
        }
        if line.cost > 0 and line.orders == 0:
            yield Finding("channel_without_orders", "bad", values)
        elif line.roi is not None and line.roi < 0:
            yield Finding("channel_loss", "bad", values)
        elif line.cac and line.previous_cac and _is_dearer(line):
            change = line.cac / line.previous_cac - 1
            yield Finding("cac_up", "warning", {**values, "change": change})


def _is_dearer(line: ChannelLine) -> bool:
    """Whether the cost per new customer rose by more than counts of new customers vary by chance.

    Counts are taken as Poisson, so the logarithm of their ratio has variance 1/n + 1/m.
    """
    if not line.cac or not line.previous_cac or not line.previous_new_customers:
        return False
    error = math.sqrt(1 / line.new_customers + 1 / line.previous_new_customers)
    rise = math.log(line.cac / line.previous_cac)
    return rise >= math.log1p(CAC_RISE) and rise > 1.96 * error


def _refunds(review: Review) -> Iterator[Finding]:
    figure = review.figure("refund_rate")
    if figure is None or figure.value is None or figure.previous is None:
        return
    if figure.value - figure.previous >= REFUND_RISE and figure.value >= 1.5 * figure.previous:
        yield Finding("refunds_up", "bad", {"value": figure.value, "previous": figure.previous})


def _unsubscribes(review: Review) -> Iterator[Finding]:
    left, delivered = review.figure("unsubscribed"), review.figure("delivered")
    if left is None or delivered is None or not left.value or not delivered.value:
        return
    share = left.value / delivered.value
    if share >= UNSUBSCRIBE_LIMIT:
        values = {"people": int(left.value), "delivered": int(delivered.value), "share": share}
        yield Finding("unsubscribes_high", "warning", values)


def _attribution_gap(review: Review) -> Iterator[Finding]:
    orders = sum(line.orders for line in review.channels)
    unknown = sum(line.orders for line in review.channels if line.channel == "unattributed")
    is_tracked = any(line.channel != "unattributed" and line.orders for line in review.channels)
    if is_tracked and unknown / orders >= UNATTRIBUTED_LIMIT:
        yield Finding(
            "orders_unattributed", "warning", {"orders": int(unknown), "share": unknown / orders}
        )


def _models(review: Review) -> Iterator[Finding]:
    for line in review.models:
        if line.value is None or line.baseline is None or line.metric not in BETTER:
            continue
        is_worse = (line.value - line.baseline) * BETTER[line.metric] <= 0
        if is_worse:
            values = {
                "model": line.model,
                "metric": line.metric,
                "value": line.value,
                "baseline": line.baseline,
            }
            yield Finding("model_behind", "warning", values)


# Which direction of a model's measure is good: +1 higher, -1 lower.
BETTER = {
    "auc": 1, "average_precision": 1, "spearman": 1, "r2": 1, "gini": 1,
    "mape": -1, "mae": -1, "rmse": -1, "logloss": -1, "log_loss": -1, "brier": -1,
    "value_error": -1,
}  # fmt: skip


def _quality(review: Review) -> Iterator[Finding]:
    quality = review.quality
    if quality.read and quality.quarantined / quality.read >= QUARANTINE_LIMIT:
        reason = next(iter(quality.reasons), "")
        values = {
            "rows": quality.quarantined,
            "share": quality.quarantined / quality.read,
            "reason": reason,
        }
        yield Finding("rows_quarantined", "warning", values)
