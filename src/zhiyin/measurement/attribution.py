"""Credits against costs: what a channel brought, and what a new customer cost there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from zhiyin.insights.api import figure
from zhiyin.measurement.campaigns import MeasuredCampaign
from zhiyin.measurement.last_touch import MODEL
from zhiyin.measurement.stacking import stacked
from zhiyin.measurement.weeks import local_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("channel", "campaign_id")
SPENDING = {"day": "date", "channel": "string", "campaign_id": "string", "amount": "float64"}
MEASURES = ("orders", "new_customers", "revenue", "cost")
SIDES = {**dict.fromkeys(KEYS, "string"), **dict.fromkeys(MEASURES, "float64")}


def spending(
    costs: ir.Table, funnel: ir.Table, campaigns: Sequence[MeasuredCampaign], timezone: str
) -> ir.Table:
    """Return what was spent per day, channel and campaign, own messages and offers included.

    A campaign of ours that `dw.costs` already bills is taken from there; any other brings the cost
    of its funnel, on the day of its launch.

    Returns
    -------
    ir.Table
        day, channel, campaign_id, amount (float64).
    """
    zone = ZoneInfo(timezone)
    launches = ibis.memtable(
        pa.table(
            {
                "campaign_id": pa.array([c.campaign_id for c in campaigns], pa.string()),
                "launch_day": pa.array(
                    [local_day(c.window.start, zone).isoformat() for c in campaigns], pa.string()
                ),
            }
        )
    )
    billed = costs.select(
        "channel", "campaign_id", day=costs.cost_date, amount=costs.amount.cast("float64")
    )
    own = funnel.inner_join(launches, "campaign_id").anti_join(
        costs.select("campaign_id"), "campaign_id"
    )
    own = own.select(
        "channel",
        "campaign_id",
        day=own.launch_day.cast("date"),
        amount=own.cost.cast("float64"),
    )
    return stacked(SPENDING, billed, own.filter(own.amount > 0))


def attribution(credited: ir.Table, spent: ir.Table, *, by: Sequence[str] = KEYS) -> ir.Table:
    """Return credited orders and cost per channel and campaign; either side may be alone.

    Parameters
    ----------
    by
        `channel` and `campaign_id`, or one of them.

    Notes
    -----
    CAC and ROI are those of the metric dictionary, of credited revenue, which knows no refunds;
    unknown without cost. Revenue is the amount of orders, not a margin, and last touch says whom to
    credit, not what would not have happened otherwise; campaigns with a hold-out answer that.

    Returns
    -------
    ir.Table
        `dm.attribution`: one row per value of `by`.
    """
    earned = credited.select(
        *KEYS,
        orders=ibis.literal(1.0),
        new_customers=credited.is_first.cast("int64").cast("float64"),
        revenue=credited.revenue.cast("float64"),
        cost=ibis.literal(0.0),
    )
    paid = spent.select(
        *KEYS,
        orders=ibis.literal(0.0),
        new_customers=ibis.literal(0.0),
        revenue=ibis.literal(0.0),
        cost=spent.amount,
    )
    both = stacked(SIDES, earned, paid)
    rows = both.group_by(list(by)).aggregate(**{name: both[name].sum() for name in MEASURES})
    measures = {
        "revenue": rows.revenue,
        "refunded": ibis.literal(0.0),
        "cost": rows.cost.nullif(0.0),
        "new_buyers": rows.new_customers,
    }
    ratios = {name: figure(name, measures) for name in ("cac", "roi")}
    return rows.mutate(model=ibis.literal(MODEL), **ratios)
