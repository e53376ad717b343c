"""What a campaign's people did in its window, whichever arm they were drawn into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.measurement.campaigns import MeasuredCampaign, members, windows_table
from zhiyin.measurement.people import with_person
from zhiyin.ports.tables import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir


def campaign_outcomes(
    decisions: ir.Table,
    orders: ir.Table,
    refunds: ir.Table,
    person_of: ir.Table,
    *,
    campaigns: Sequence[MeasuredCampaign],
    as_of: datetime,
    offer_codes: Mapping[str, str] | None = None,
) -> ir.Table:
    """Return what each person of each campaign bought in the campaign's window.

    An order counts from the launch on and before the window's end, and before `as_of`. Revenue is
    the amount of these orders less the refunds paid to the person in the same span, whatever order
    they belong to; it may be negative. Who was never reached counts with zeros: the comparison is
    by intention to treat.

    An offer counts as used once per person: by an order in the window with the offer's code as its
    coupon code (case ignored). An offer whose code is on no order at all is not tracked by the
    shop; then every buyer of the treatment is taken to have used it, so that cost is not
    understated.

    Parameters
    ----------
    offer_codes
        The coupon code of each offer id; an offer not named goes by its id.

    Returns
    -------
    ir.Table
        `dm.campaign_outcomes`: one row per campaign and person.
    """
    windows = windows_table(campaigns)
    people = members(decisions, person_of).inner_join(windows, "campaign_id")
    people = people.mutate(code=_code(people.offer_id, offer_codes or {}))
    bought = _bought(people, _seen(orders, person_of, campaigns, as_of))
    returned = _returned(people, _seen(refunds, person_of, campaigns, as_of))
    keys = ["campaign_id", "person_id"]
    rows = people.left_join(bought, keys).drop("campaign_id_right", "person_id_right")
    rows = rows.left_join(returned, keys).drop("campaign_id_right", "person_id_right")
    rows = rows.mutate(
        orders=rows.orders.fill_null(0),
        revenue=(rows.amount.fill_null(0) - rows.refunded.fill_null(0)).cast(MONEY),
        is_code_used=rows.is_code_used.fill_null(False),
    )
    return _with_offer_cost(rows, orders)


def _seen(
    facts: ir.Table,
    person_of: ir.Table,
    campaigns: Sequence[MeasuredCampaign],
    as_of: datetime,
) -> ir.Table:
    """Return the facts that can fall into any window, with their person."""
    first = min((epoch_milliseconds(c.window.start) for c in campaigns), default=0)
    last = max((epoch_milliseconds(c.window.end) for c in campaigns), default=0)
    in_time = facts.ts_ms.between(first, min(last, epoch_milliseconds(as_of)) - 1)
    return with_person(facts.filter(in_time), person_of)


def _bought(people: ir.Table, orders: ir.Table) -> ir.Table:
    rows = _within(people, orders.select("person_id", "ts_ms", "amount", "coupon_code"))
    is_ours = (rows.coupon_code.upper() == rows.code).fill_null(False)
    return rows.group_by("campaign_id", "person_id").aggregate(
        orders=rows.count(), amount=rows.amount.sum().cast(MONEY), is_code_used=is_ours.any()
    )


def _returned(people: ir.Table, refunds: ir.Table) -> ir.Table:
    rows = _within(people, refunds.select("person_id", "ts_ms", "amount"))
    return rows.group_by("campaign_id", "person_id").aggregate(
        refunded=rows.amount.sum().cast(MONEY)
    )


def _within(people: ir.Table, facts: ir.Table) -> ir.Table:
    span = people.select("campaign_id", "person_id", "code", "start_ms", "end_ms")
    rows = span.inner_join(facts, "person_id")
    return rows.filter((rows.ts_ms >= rows.start_ms) & (rows.ts_ms < rows.end_ms))


def _with_offer_cost(rows: ir.Table, orders: ir.Table) -> ir.Table:
    codes = orders.filter(orders.coupon_code.notnull())
    codes = codes.select(tracked_code=codes.coupon_code.upper()).distinct()
    rows = rows.left_join(codes, rows.code == codes.tracked_code)
    used = ibis.ifelse(rows.tracked_code.notnull(), rows.is_code_used, rows.orders > 0)
    used = used & (rows.arm == "treatment") & rows.offer_id.notnull()
    return rows.select(
        "campaign_id",
        "person_id",
        "strategy",
        "arm",
        "channel",
        "orders",
        "revenue",
        is_converted=rows.orders > 0,
        offer_cost=ibis.ifelse(used, rows.offer_cost, 0).cast(MONEY),
    )


def _code(offer_id: ir.StringColumn, offer_codes: Mapping[str, str]) -> ir.Value:
    if not offer_codes:
        return offer_id.upper()
    branches = [(offer_id == offer, ibis.literal(code)) for offer, code in offer_codes.items()]
    return ibis.cases(*branches, else_=offer_id).upper()
