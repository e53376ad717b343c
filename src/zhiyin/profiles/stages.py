"""Life-cycle stages: silence measured in the buyer's own rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import msgspec

if TYPE_CHECKING:
    import ibis.expr.types as ir


class StageRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one life-cycle stage ends and the next begins.

    A buyer is `new` up to `new_days` after the first order. Any other is `active` while the silence
    since the last order is at most `active_gaps` expected gaps or `active_days`, whichever is
    longer; `dormant` up to `dormant_gaps` expected gaps or `dormant_days`; `churned` after that.
    """

    new_days: int = 30
    active_gaps: float = 2.0
    active_days: int = 30
    dormant_gaps: float = 4.0
    dormant_days: int = 90


STAGE_RULE = StageRule()

# The expected gap where nobody has ever come back.
GAP_WITHOUT_REPEATS = 90.0


def with_rhythm(purchases: ir.Table, per: Sequence[str] = ()) -> ir.Table:
    """Add `expected_gap_days` and `overdue`, the silence in expected gaps.

    Rows that are alike in `per`, such as those of one month end, are looked at on their own.

    Notes
    -----
    Expected gap = (g + s) / (1 + k), with s the days between a buyer's first and last order day, k
    the gaps between neighboring order days, and g the mean gap of all buyers together: sum of s
    over sum of k. It is the buyer's own mean gap, drawn toward everybody's as if one gap of
    everybody's length had been seen; a buyer of one day is expected back after g. Sums of whole
    days are exact, so that every engine ranks alike.
    """
    gaps = purchases.order_days - 1
    span = purchases.tenure_days - purchases.recency_days
    together = ibis.window(group_by=list(per))
    all_spans = span.sum().over(together).cast("float64")
    all_gaps = gaps.sum().over(together).nullif(0)
    typical = (all_spans / all_gaps).fill_null(GAP_WITHOUT_REPEATS)
    table = purchases.mutate(expected_gap_days=(typical + span) / (gaps + 1))
    return table.mutate(overdue=table.recency_days / table.expected_gap_days)


def stage(rhythm: ir.Table, rule: StageRule = STAGE_RULE) -> ir.Value:
    """Return new, active, dormant or churned for each row of `with_rhythm`."""
    silence = rhythm.recency_days
    is_active = (rhythm.overdue <= rule.active_gaps) | (silence <= rule.active_days)
    is_dormant = (rhythm.overdue <= rule.dormant_gaps) | (silence <= rule.dormant_days)
    return ibis.cases(
        (rhythm.tenure_days <= rule.new_days, "new"),
        (is_active, "active"),
        (is_dormant, "dormant"),
        else_="churned",
    )
