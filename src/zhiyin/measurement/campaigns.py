"""What measurement has to know of a campaign, and its people as arms and outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.core.ids import stable_digest
from zhiyin.core.windows import Window
from zhiyin.measurement.people import with_person
from zhiyin.ports.tables import MONEY

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class MeasuredCampaign:
    """A launched campaign, as far as measuring it goes.

    Parameters
    ----------
    name
        Title for people; the id when empty.
    window
        From the launch to the end of the conversion window, naive UTC.
    holdout_share
        Planned share of the people contacted that is held out, in [0, 1).
    strategy_shares
        The shares of strategies that plan another one.
    """

    campaign_id: str
    name: str
    window: Window
    holdout_share: float
    strategy_shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for share in (self.holdout_share, *self.strategy_shares.values()):
            if not 0 <= share < 1:
                raise InvalidInput(
                    f"Campaign {self.campaign_id} holds out a share of {share}; "
                    "give a share from 0 to below 1."
                )

    def share_of(self, strategy: str) -> float:
        """Return the planned hold-out share of a strategy."""
        return self.strategy_shares.get(strategy, self.holdout_share)

    def is_final(self, as_of: datetime) -> bool:
        """Return whether the whole window lies before `as_of`."""
        return self.window.end <= as_of


def definition_digest(campaigns: Sequence[MeasuredCampaign], *more: str) -> str:
    """Return a digest that changes when a campaign, or another setting in `more`, does."""
    lines = [
        f"{c.campaign_id}|{c.name}|{c.window.start}|{c.window.end}|{c.holdout_share}"
        f"|{sorted(c.strategy_shares.items())}"
        for c in sorted(campaigns, key=lambda c: c.campaign_id)
    ]
    return stable_digest(*lines, *more)


def windows_table(campaigns: Sequence[MeasuredCampaign]) -> ir.Table:
    """Return one row per campaign: campaign_id, start_ms, end_ms."""
    return ibis.memtable(
        pa.table(
            {
                "campaign_id": pa.array([c.campaign_id for c in campaigns], pa.string()),
                "start_ms": pa.array(
                    [epoch_milliseconds(c.window.start) for c in campaigns], pa.int64()
                ),
                "end_ms": pa.array(
                    [epoch_milliseconds(c.window.end) for c in campaigns], pa.int64()
                ),
            }
        )
    )


def members(decisions: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return each campaign's people once, under the person they are known as today.

    Decisions keep the person id of their time. Where two of them have since become one person, the
    person counts once; a person found in both arms is `crossed` and belongs to neither, for no
    assignment was kept.

    Returns
    -------
    ir.Table
        One row per campaign and person: campaign_id, person_id, arm (treatment | holdout |
        suppressed | crossed), strategy, channel, offer_id, offer_cost.
    """
    drawn = with_person(decisions.rename(visitor_id="person_id"), person_of)
    people = drawn.group_by("campaign_id", "person_id").aggregate(
        is_treated=(drawn.arm == "treatment").any(),
        is_held=(drawn.arm == "holdout").any(),
        strategy=drawn.strategy.min(),
        channel=drawn.channel.min(),
        offer_id=drawn.offer_id.min(),
        offer_cost=drawn.offer_cost.max().cast(MONEY),
    )
    arm = ibis.cases(
        (people.is_treated & people.is_held, "crossed"),
        (people.is_treated, "treatment"),
        (people.is_held, "holdout"),
        else_="suppressed",
    )
    return people.select(
        "campaign_id", "person_id", "strategy", "channel", "offer_id", "offer_cost", arm=arm
    )
