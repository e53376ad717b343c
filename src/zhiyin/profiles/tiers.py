"""Value tiers: four fixed shares of all buyers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import msgspec

if TYPE_CHECKING:
    import ibis.expr.types as ir


class TierShares(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shares of all buyers; what they leave is the tier `potential`, 37 % by default."""

    at_risk: float = 0.18
    high: float = 0.125
    middle: float = 0.325


TIER_SHARES = TierShares()


def with_value_tier(
    rhythm: ir.Table, shares: TierShares = TIER_SHARES, per: Sequence[str] = ()
) -> ir.Table:
    """Add `value_tier` (high, middle, potential or at_risk) to the rows of `stages.with_rhythm`.

    At risk are the 18 % of all buyers who are most overdue: days since the last order over the gap
    expected of them. A frequent buyer who fell silent is thus at risk long before a rare one. All
    others are ordered by net amount: the first 12.5 % of all buyers are high, the next 32.5 %
    middle, the rest (37 %) potential. Ties are broken by person id, so that the shares hold to the
    person. Rows that are alike in `per`, such as those of one month end, share out on their own.
    """
    apart = list(per)
    lateness = ibis.window(
        group_by=apart, order_by=[ibis.desc(rhythm.overdue), rhythm.person_id.asc()]
    )
    table = rhythm.mutate(
        everyone=rhythm.count().over(ibis.window(group_by=apart)),
        lateness=ibis.row_number().over(lateness),
    )
    table = table.mutate(is_at_risk=table.lateness < counted(shares.at_risk, table.everyone))
    worth = ibis.window(
        group_by=[*apart, "is_at_risk"],
        order_by=[ibis.desc(table.monetary), table.person_id.asc()],
    )
    table = table.mutate(worth=ibis.row_number().over(worth))
    return table.mutate(
        value_tier=ibis.cases(
            (table.is_at_risk, "at_risk"),
            (table.worth < counted(shares.high, table.everyone), "high"),
            (table.worth < counted(shares.high + shares.middle, table.everyone), "middle"),
            else_="potential",
        )
    )


def counted(share: float, everyone: ir.IntegerValue) -> ir.IntegerValue:
    """Return how many of `everyone` a share is, rounded half up."""
    return (everyone * round(share * 1000) + 500) // 1000
