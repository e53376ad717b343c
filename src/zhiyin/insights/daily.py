"""What happened per day and channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhiyin.core.clock import naive_utc
from zhiyin.core.windows import Window
from zhiyin.insights.dictionary import dictionary, metric
from zhiyin.insights.evaluation import aggregated, is_measure
from zhiyin.insights.fact_columns import FACTS
from zhiyin.insights.facts import facts
from zhiyin.insights.tables import DAILY

if TYPE_CHECKING:
    import ibis.expr.types as ir

BEGINNING = naive_utc(datetime(1970, 1, 1, tzinfo=UTC))

DAILY_MEASURES = tuple(name for name in DAILY.columns if name in dictionary())


def daily(inputs: Mapping[str, ir.Table], *, as_of: datetime, timezone: str) -> ir.Table:
    """Return the measures of the dictionary that `dm.daily` promises, per day and channel.

    Facts at or after `as_of` are not seen. A distinct count of one day cannot be added to another
    channel's or another day's: someone may be in both.

    Parameters
    ----------
    inputs : as `insights.facts.facts` wants them.
    as_of : naive UTC.
    timezone : IANA name of the zone whose days count.
    """
    known = facts(inputs, Window(BEGINNING, as_of), timezone)
    measures = [found for found in map(metric, DAILY_MEASURES) if is_measure(found)]
    table = aggregated(measures, {name: getattr(known, name) for name in FACTS}, DAILY.grain)
    return table.select(
        *DAILY.grain,
        **{
            found.name: table[found.name].cast(DAILY.columns[found.name].type) for found in measures
        },
    )
