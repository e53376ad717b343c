"""The plan of a campaign: one decision a person, hold-out and suppressed people included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from zhiyin.decisions.assignment import assign_arm, threshold
from zhiyin.decisions.campaigns import CampaignSpec
from zhiyin.decisions.choosing import by_rank, first_strategies
from zhiyin.decisions.offers import Offer
from zhiyin.decisions.policy import ContactPolicy
from zhiyin.decisions.strategies import Strategy, check_offers
from zhiyin.decisions.suppression import Case, History, with_address, with_reason
from zhiyin.decisions.tables import DECISIONS
from zhiyin.ports.tables import MONEY
from zhiyin.profiles.api import Sources


@dataclass(frozen=True)
class Definitions:
    """The files that decisions are made by."""

    strategies: tuple[Strategy, ...]
    offers: Mapping[str, Offer]
    policy: ContactPolicy


def plan(
    campaign: CampaignSpec,
    sources: Sources,
    *,
    campaign_id: str,
    decided_at: datetime,
    definitions: Definitions,
    history: History,
) -> ir.Table:
    """Decide about every person in the campaign's audiences.

    A person gets the first strategy that holds. Suppression is decided before the hold-out is
    drawn, so that the hold-out consists of people who would really have been contacted. The same
    arguments always give the same decisions.

    Parameters
    ----------
    sources
        What the strategies' conditions are read from.
    decided_at
        Naive UTC; caps look back from it.

    Returns
    -------
    Rows of `dm.decisions`.

    Raises
    ------
    InvalidInput
        The campaign names a strategy, audience or offer that does not exist.
    """
    strategies = campaign.chosen(definitions.strategies)
    check_offers(strategies, definitions.offers)
    chosen = first_strategies(strategies, sources)
    known = sources.customers.select("person_id", "email", "phone", "average_order")
    people = with_address(chosen.inner_join(known, "person_id"), strategies)
    case = Case(strategies, definitions.policy, history, campaign_id, decided_at)
    judged = with_reason(people, case)
    drawn = _with_arm(judged, strategies, campaign.salt or campaign_id)
    return _decided(drawn, strategies, definitions.offers, campaign_id, decided_at)


def _with_arm(judged: ir.Table, strategies: Sequence[Strategy], salt: str) -> ir.Table:
    shares = [threshold(strategy.holdout) for strategy in strategies]
    below = by_rank(judged["rank"], shares, "int64")
    drawn = assign_arm(judged, salt=salt, holdout=below)
    return drawn.mutate(arm=ibis.ifelse(drawn.reason.notnull(), "suppressed", drawn.arm))


def _decided(
    drawn: ir.Table,
    strategies: Sequence[Strategy],
    offers: Mapping[str, Offer],
    campaign_id: str,
    decided_at: datetime,
) -> ir.Table:
    rank = drawn["rank"]
    decision = ibis.literal(campaign_id).concat(":").concat(drawn.person_id)
    rows = drawn.mutate(
        decision_id=decision.hexdigest("sha256").substr(0, 32),
        campaign_id=ibis.literal(campaign_id),
        strategy=by_rank(rank, [strategy.name for strategy in strategies], "string"),
        offer_id=by_rank(rank, [strategy.offer for strategy in strategies], "string"),
        template=by_rank(rank, [strategy.template for strategy in strategies], "string"),
        offer_cost=_offer_cost(drawn, strategies, offers),
        decided_at=ibis.literal(decided_at, "timestamp(6)"),
    )
    return rows.select(*DECISIONS.columns)


def _offer_cost(
    drawn: ir.Table, strategies: Sequence[Strategy], offers: Mapping[str, Offer]
) -> ir.DecimalValue:
    """Return what each offer costs when it is used: a sum, or a share of the average order."""
    costs, shares, floors = [], [], []
    for strategy in strategies:
        cost, share, floor = _cost_terms(offers.get(strategy.offer or ""))
        costs.append(cost)
        shares.append(share)
        floors.append(floor)
    rank = drawn["rank"]
    floor = by_rank(rank, floors, MONEY)
    usual = ibis.coalesce(drawn.average_order, floor)
    basis = ibis.ifelse(usual < floor, floor, usual)
    total = by_rank(rank, costs, MONEY) + basis * by_rank(rank, shares, "decimal(9, 4)")
    # Ibis takes a product of decimals for narrower than it is and would skip the cast to money.
    return total.cast("decimal(38, 8)").cast(MONEY)


def _cost_terms(offer: Offer | None) -> tuple[Decimal, Decimal, Decimal]:
    zero = Decimal(0)
    if offer is None:
        return zero, zero, zero
    if offer.cost_per_use is not None:
        return offer.cost_per_use, zero, offer.min_spend
    if offer.percent is not None:
        return zero, offer.percent / 100, offer.min_spend
    return offer.amount or zero, zero, offer.min_spend
