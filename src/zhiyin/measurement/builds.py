"""The builds of measurement's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from zhiyin.decisions.tables import DECISIONS
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights.api import INPUTS
from zhiyin.measurement import results
from zhiyin.measurement.attribution import attribution, spending
from zhiyin.measurement.campaigns import MeasuredCampaign, definition_digest
from zhiyin.measurement.funnel import campaign_funnel
from zhiyin.measurement.last_touch import LOOK_BACK, order_credits
from zhiyin.measurement.outcomes import campaign_outcomes
from zhiyin.measurement.tables import (
    ATTRIBUTION,
    CAMPAIGN_FUNNEL,
    CAMPAIGN_OUTCOMES,
    CAMPAIGN_RESULTS,
    ORDER_CREDITS,
    WEEKLY,
)
from zhiyin.measurement.weekly import METRICS, weekly
from zhiyin.measurement.weeks import last_complete_week, weeks_until
from zhiyin.warehouse.api import BuildContext, TableBuild
from zhiyin.warehouse.tables import COSTS, ORDERS, REFUNDS, TOUCHES

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


# Half a year: twelve weeks of trend, as many before them, and room for holidays.
WEEKS_KEPT = 26


@dataclass(frozen=True)
class Plan:
    """What is measured, and what contacts cost.

    Parameters
    ----------
    campaigns
        Launched campaigns; plans that were never launched are not measured.
    message_costs
        Money per message sent, by channel; a channel not named costs nothing.
    offer_codes
        The coupon code of each offer id; an offer not named goes by its id.
    look_back
        How long before an order a touch can earn its credit.
    """

    campaigns: tuple[MeasuredCampaign, ...] = ()
    message_costs: Mapping[str, Decimal] = field(default_factory=dict)
    offer_codes: Mapping[str, str] = field(default_factory=dict)
    look_back: timedelta = LOOK_BACK

    @property
    def digest(self) -> str:
        """Return a digest that changes with any part of the plan."""
        return definition_digest(
            self.campaigns,
            *(f"{channel}={cost}" for channel, cost in sorted(self.message_costs.items())),
            *(f"{offer}:{code}" for offer, code in sorted(self.offer_codes.items())),
            str(self.look_back),
        )


def builds(plan: Plan, collect: Callable[[ir.Table], pa.Table]) -> tuple[TableBuild, ...]:
    """Return the builds of all tables of this stage, inputs first.

    Parameters
    ----------
    collect
        Runs an expression and returns its rows, as `Warehouse.to_arrow` does. Intervals are
        computed in Python from a few sums per campaign, which it brings here.
    """
    return (
        _outcomes(plan),
        _results(plan, collect),
        _funnel(plan),
        _credits(plan),
        _attribution(plan),
        _weekly(),
    )


def _outcomes(plan: Plan) -> TableBuild:
    def build(*tables: ir.Table, context: BuildContext) -> ir.Table:
        return campaign_outcomes(
            *tables,
            campaigns=plan.campaigns,
            as_of=context.as_of,
            offer_codes=plan.offer_codes,
        )

    inputs = (DECISIONS, ORDERS, REFUNDS, PERSON_OF)
    return TableBuild(
        CAMPAIGN_OUTCOMES, inputs, build, depends_on_time=True, definition=plan.digest
    )


def _results(plan: Plan, collect: Callable[[ir.Table], pa.Table]) -> TableBuild:
    def build(outcomes: ir.Table, *, context: BuildContext) -> ir.Table:
        sums = collect(results.campaign_sums(outcomes))
        found = results.campaign_results(sums, plan.campaigns, as_of=context.as_of)
        return results.results_expression(outcomes, found)

    return TableBuild(
        CAMPAIGN_RESULTS, (CAMPAIGN_OUTCOMES,), build, depends_on_time=True, definition=plan.digest
    )


def _funnel(plan: Plan) -> TableBuild:
    def build(*tables: ir.Table, context: BuildContext) -> ir.Table:
        return campaign_funnel(*tables, message_costs=plan.message_costs, as_of=context.as_of)

    inputs = (CAMPAIGN_OUTCOMES, TOUCHES, PERSON_OF)
    return TableBuild(CAMPAIGN_FUNNEL, inputs, build, depends_on_time=True, definition=plan.digest)


def _credits(plan: Plan) -> TableBuild:
    def build(*tables: ir.Table, context: BuildContext) -> ir.Table:
        return order_credits(*tables, as_of=context.as_of, look_back=plan.look_back)

    inputs = (ORDERS, TOUCHES, PERSON_OF)
    return TableBuild(
        ORDER_CREDITS, inputs, build, depends_on_time=True, definition=str(plan.look_back)
    )


def _attribution(plan: Plan) -> TableBuild:
    def build(
        credited: ir.Table, costs: ir.Table, funnel: ir.Table, *, context: BuildContext
    ) -> ir.Table:
        return attribution(credited, spending(costs, funnel, plan.campaigns, context.timezone))

    inputs = (ORDER_CREDITS, COSTS, CAMPAIGN_FUNNEL)
    return TableBuild(ATTRIBUTION, inputs, build, definition=plan.digest)


def _weekly() -> TableBuild:
    def build(*tables: ir.Table, context: BuildContext) -> ir.Table:
        week = last_complete_week(context.as_of, ZoneInfo(context.timezone))
        inputs = dict(zip(INPUTS, tables, strict=True))
        return weekly(inputs, weeks_until(week, WEEKS_KEPT), context.timezone)

    return TableBuild(
        WEEKLY, tuple(INPUTS.values()), build, depends_on_time=True, definition="|".join(METRICS)
    )
