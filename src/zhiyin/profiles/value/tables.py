"""DM: where each buyer stood at each month end."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, Column, TableSpec

STAGE_HISTORY = TableSpec(
    name="dm.stage_history",
    grain=("person_id", "month_end"),
    description="Stage and tier of each buyer at each of the last month ends, worked out from the "
    "facts up to then. Who is who is as of today.",
    order_by=("person_id", "month_end"),
    columns={
        "person_id": Column("!string", "person", pii=Pii.IDENTIFIER),
        "month_end": Column("!date", "last day of the month"),
        "stage": Column("!string", "new | active | dormant | churned"),
        "value_tier": Column("!string", "high | middle | potential | at_risk"),
        "order_days": Column("!int64", "distinct days with an order until then"),
        "recency_days": Column(
            "!int64", "whole days from the last order's day to the day after the month end", "days"
        ),
        "monetary": Column("!" + MONEY, "order amounts less refunds until then", "currency"),
    },
)

ALL = (STAGE_HISTORY,)
