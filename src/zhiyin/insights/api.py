"""Insights' front door: the metric dictionary, its evaluator, the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiyin.insights.daily import DAILY_MEASURES, daily
from zhiyin.insights.dictionary import (
    dictionary,
    dictionary_digest,
    grain,
    load_metrics,
    measures_of,
    metric,
    used_in,
)
from zhiyin.insights.evaluation import Period, figure, long, metric_values
from zhiyin.insights.facts import Facts, facts
from zhiyin.insights.first_page import first_page, first_page_builds
from zhiyin.insights.formula import formula, plain_figure
from zhiyin.insights.inputs import INPUTS, METRIC_INPUTS
from zhiyin.insights.metric_kinds import Measure, Metric, Metrics, Ratio
from zhiyin.insights.overview import METRICS as OVERVIEW_METRICS
from zhiyin.insights.overview import overview
from zhiyin.insights.tables import DAILY
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "DAILY_MEASURES",
    "INPUTS",
    "METRIC_INPUTS",
    "OVERVIEW_METRICS",
    "Facts",
    "Measure",
    "Metric",
    "Metrics",
    "Period",
    "Ratio",
    "builds",
    "daily",
    "dictionary",
    "facts",
    "figure",
    "first_page",
    "first_page_builds",
    "formula",
    "grain",
    "load_metrics",
    "long",
    "measures_of",
    "metric",
    "metric_values",
    "overview",
    "plain_figure",
    "used_in",
]


def builds() -> list[TableBuild]:
    """Return the build of `dm.daily`."""
    return [
        TableBuild(
            spec=DAILY,
            inputs=tuple(INPUTS.values()),
            build=build_daily,
            depends_on_time=True,
            definition=dictionary_digest(),
        )
    ]


def build_daily(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dm.daily`."""
    named = dict(zip(INPUTS, inputs, strict=True))
    return daily(named, as_of=context.as_of, timezone=context.timezone)
