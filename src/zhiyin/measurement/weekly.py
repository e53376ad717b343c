"""Weekly figures, each as the metric dictionary of insights defines it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zhiyin.core.windows import Window
from zhiyin.insights.api import Period, facts, long, metric_values
from zhiyin.measurement.weeks import WEEK, midnight

if TYPE_CHECKING:
    import ibis.expr.types as ir

METRICS = (
    "revenue", "orders", "buyers", "new_buyers", "repeat_buyers", "average_order_value",
    "orders_per_buyer", "repurchase_rate", "visitors", "conversion_rate", "refunded", "refund_rate",
    "cost", "cac", "roi", "delivered", "opened", "clicked", "unsubscribed",
)  # fmt: skip


def weekly(inputs: Mapping[str, ir.Table], weeks: Sequence[date], timezone: str) -> ir.Table:
    """Return the figures of complete weeks.

    Parameters
    ----------
    inputs
        Tables by the names of `insights.api.INPUTS`.
    weeks
        Mondays, in order; days are those of `timezone`.

    Returns
    -------
    ir.Table
        `dm.weekly`: one row per week and metric. A ratio over zero is null.
    """
    zone = ZoneInfo(timezone)
    window = Window(midnight(weeks[0], zone), midnight(weeks[-1] + WEEK, zone))
    periods = [Period(week.isoformat(), week, week + WEEK) for week in weeks]
    values = metric_values(METRICS, facts(inputs, window, timezone), periods)
    rows = long(values, METRICS)
    return rows.select("metric", "value", week=rows.period.cast("date"))
