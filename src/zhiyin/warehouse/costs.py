"""What advertising cost, added up per day, channel and campaign."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.tables import COSTS


def costs(records: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return the sum of all records of a day, channel and campaign; absent counts are zero."""
    del context
    whole = records.mutate(campaign_id=ibis.coalesce(records.campaign_id, ibis.literal("")))
    return whole.group_by("cost_date", "channel", "campaign_id").aggregate(
        amount=whole.amount.sum(),
        impressions=whole.impressions.sum().fill_null(0),
        clicks=whole.clicks.sum().fill_null(0),
    )


BUILD = TableBuild(spec=COSTS, inputs=(ods.COSTS,), build=costs)
