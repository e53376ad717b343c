"""Each order is credited to the last contact before it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.measurement.people import with_person
from zhiyin.measurement.stacking import stacked

if TYPE_CHECKING:
    import ibis.expr.types as ir

MODEL = "last_touch"
UNATTRIBUTED = "unattributed"
LOOK_BACK = timedelta(days=30)

STREAM = {
    "person_id": "string",
    "ts_ms": "int64",
    "is_order": "int64",
    "source_id": "string",
    "item_id": "string",
    "is_first": "boolean",
    "channel": "string",
    "campaign_id": "string",
}


def order_credits(
    orders: ir.Table,
    touches: ir.Table,
    person_of: ir.Table,
    *,
    as_of: datetime,
    look_back: timedelta = LOOK_BACK,
) -> ir.Table:
    """Return the channel and campaign that each order before `as_of` is credited to.

    What counts as a touch: a visit by another channel than `direct` or by a campaign of ours, a
    message opened, a message clicked. The last one of the same person in [order time - look_back,
    order time] takes the whole credit; of touches in the same millisecond, the one with the
    greatest touch id. Without such a touch, or without a known person, the order is
    `unattributed`.

    Parameters
    ----------
    look_back
        How long a touch may have effect; one exactly this old still counts.

    Returns
    -------
    ir.Table
        `dm.order_credits`: one row per order.
    """
    seen = orders.filter(orders.ts_ms < epoch_milliseconds(as_of))
    buys = _numbered(with_person(seen, person_of))
    last = _last_touches(buys, _contacts(touches, person_of, buys))
    rows = seen.left_join(last, ["source_id", "order_id"])
    is_recent = (rows.ts_ms - rows.touch_ms <= _milliseconds(look_back)).fill_null(False)
    return rows.select(
        "source_id",
        "order_id",
        "ts_ms",
        model=ibis.literal(MODEL),
        channel=ibis.ifelse(is_recent, rows.touch_channel, UNATTRIBUTED),
        campaign_id=ibis.ifelse(is_recent, rows.touch_campaign, ibis.literal("")).fill_null(""),
        is_first=rows.is_first.fill_null(False),
        revenue=rows.amount,
    )


def _numbered(orders: ir.Table) -> ir.Table:
    by_time = ibis.window(group_by="person_id", order_by=["ts_ms", "source_id", "order_id"])
    return orders.select(
        "person_id",
        "source_id",
        "order_id",
        "ts_ms",
        is_first=ibis.row_number().over(by_time) == 0,
    )


def _contacts(touches: ir.Table, person_of: ir.Table, buys: ir.Table) -> ir.Table:
    is_led = (touches.channel != "direct") | touches.campaign_id.notnull()
    is_visit = (touches.touch_kind == "visit") & is_led
    counted = is_visit | touches.touch_kind.isin(["opened", "clicked"])
    # Only buyers' touches can earn credit, and buyers are few among visitors.
    return with_person(touches.filter(counted), person_of).semi_join(
        buys.select("person_id"), "person_id"
    )


def _last_touches(buys: ir.Table, contacts: ir.Table) -> ir.Table:
    """Return per order the newest touch not after it, and whether the order is the first.

    Touches and orders form one stream per person, a touch before an order of the same instant. The
    number of the last touch is monotone along it, so a running maximum carries it to the order.
    """
    stream = stacked(
        STREAM,
        contacts.select(
            "person_id",
            "ts_ms",
            is_order=ibis.literal(0),
            source_id=ibis.literal(""),
            item_id=contacts.touch_id,
            is_first=ibis.literal(False),
            channel=contacts.channel,
            campaign_id=contacts.campaign_id,
        ),
        buys.select(
            "person_id",
            "ts_ms",
            is_order=ibis.literal(1),
            source_id=buys.source_id,
            item_id=buys.order_id,
            is_first=buys.is_first,
            channel=ibis.null("string"),
            campaign_id=ibis.null("string"),
        ),
    )
    order = ["ts_ms", "is_order", "source_id", "item_id"]
    stream = stream.mutate(
        number=ibis.row_number().over(ibis.window(group_by="person_id", order_by=order))
    )
    so_far = ibis.window(group_by="person_id", order_by="number", preceding=None, following=0)
    touch_number = ibis.ifelse(stream.is_order == 0, stream.number, ibis.null("int64"))
    stream = stream.mutate(last_number=touch_number.max().over(so_far))
    touched = stream.filter(stream.is_order == 0).select(
        touched_person="person_id",
        touched_number="number",
        touch_ms="ts_ms",
        touch_channel="channel",
        touch_campaign="campaign_id",
    )
    bought = stream.filter(stream.is_order == 1).select(
        "person_id", "last_number", "source_id", "is_first", order_id="item_id"
    )
    found = bought.left_join(
        touched,
        [
            bought.person_id == touched.touched_person,
            bought.last_number == touched.touched_number,
        ],
    )
    return found.select(
        "source_id", "order_id", "is_first", "touch_ms", "touch_channel", "touch_campaign"
    )


def _milliseconds(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
