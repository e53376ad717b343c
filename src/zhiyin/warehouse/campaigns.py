"""Campaigns that other tools ran, the newest record of each."""

from __future__ import annotations

import ibis.expr.types as ir

from zhiyin.collect import tables as ods
from zhiyin.warehouse.builds import BuildContext, TableBuild
from zhiyin.warehouse.records import merge_newest_first
from zhiyin.warehouse.tables import CAMPAIGNS

FIELDS = [name for name in CAMPAIGNS.columns if name != "campaign_id"]


def campaigns(records: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return one row per campaign, each field from the newest record that has it."""
    del context
    return merge_newest_first(records, key="campaign_id", fields=FIELDS)


BUILD = TableBuild(spec=CAMPAIGNS, inputs=(ods.CAMPAIGNS,), build=campaigns)
