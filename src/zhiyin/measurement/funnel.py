"""From decided to ordered, per campaign and channel, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.measurement.people import with_person
from zhiyin.ports.tables import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("campaign_id", "channel")
REACTIONS = ("delivered", "opened", "clicked", "bounced", "unsubscribed")


def campaign_funnel(
    outcomes: ir.Table,
    touches: ir.Table,
    person_of: ir.Table,
    *,
    message_costs: Mapping[str, Decimal],
    as_of: datetime,
) -> ir.Table:
    """Return how far each campaign's messages came.

    `delivered` counts messages, the other steps people of the treatment. Who clicked also counts
    as having opened, since many mail programs hide the opening. `eligible` is the sum of
    suppressed, held out, treated and crossed people. Cost is that of messages sent (delivered or
    bounced) and of offers used.

    Parameters
    ----------
    message_costs
        Money per message and channel; a channel not named costs nothing.

    Returns
    -------
    ir.Table
        `dm.campaign_funnel`: one row per campaign and channel.
    """
    treated = outcomes.filter(outcomes.arm == "treatment")
    reached = _reached(treated, touches, person_of, as_of)
    drawn = outcomes.group_by(KEYS).aggregate(
        eligible=outcomes.count(),
        suppressed=outcomes.count(where=outcomes.arm == "suppressed"),
        held_out=outcomes.count(where=outcomes.arm == "holdout"),
        treated=outcomes.count(where=outcomes.arm == "treatment"),
    )
    bought = treated.group_by(KEYS).aggregate(
        converted=treated.count(where=treated.is_converted),
        revenue=treated.revenue.sum().cast(MONEY),
        offers=treated.offer_cost.sum().cast(MONEY),
    )
    rows = drawn.left_join(bought, KEYS).drop("campaign_id_right", "channel_right")
    rows = rows.left_join(reached, KEYS).drop("campaign_id_right", "channel_right")
    counts = ["delivered", "opened", "clicked", "unsubscribed", "bounced", "converted"]
    rows = rows.mutate({name: rows[name].fill_null(0) for name in counts})
    messages = (rows.sent.fill_null(0) * _price(rows.channel, message_costs)).cast(MONEY)
    return rows.select(
        *KEYS,
        *("eligible", "suppressed", "held_out", "treated"),
        *counts,
        revenue=rows.revenue.fill_null(0).cast(MONEY),
        cost=(messages + rows.offers.fill_null(0)).cast(MONEY),
    )


def _reached(
    treated: ir.Table, touches: ir.Table, person_of: ir.Table, as_of: datetime
) -> ir.Table:
    ours = touches.filter(
        touches.campaign_id.notnull()
        & touches.touch_kind.isin(REACTIONS)
        & (touches.ts_ms < epoch_milliseconds(as_of))
    )
    ours = with_person(ours, person_of)
    ours = ours.select(
        "campaign_id",
        "person_id",
        "touch_kind",
        message=ibis.coalesce(ours.message_id, ours.touch_id),
    )
    people = treated.select("campaign_id", "person_id", "channel")
    seen = people.inner_join(ours, ["campaign_id", "person_id"])
    kind = seen.touch_kind
    return seen.group_by(KEYS).aggregate(
        sent=seen.message.nunique(where=kind.isin(["delivered", "bounced"])),
        delivered=seen.message.nunique(where=kind == "delivered"),
        opened=seen.person_id.nunique(where=kind.isin(["opened", "clicked"])),
        clicked=seen.person_id.nunique(where=kind == "clicked"),
        unsubscribed=seen.person_id.nunique(where=kind == "unsubscribed"),
        bounced=seen.person_id.nunique(where=kind == "bounced"),
    )


def _price(channel: ir.StringColumn, message_costs: Mapping[str, Decimal]) -> ir.Value:
    free = ibis.literal(Decimal(0), MONEY)
    if not message_costs:
        return free
    branches = [(channel == name, ibis.literal(p, MONEY)) for name, p in message_costs.items()]
    return ibis.cases(*branches, else_=free)
