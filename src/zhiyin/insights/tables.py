"""What they do, in numbers per day."""

from zhiyin.ports.tables import MONEY, Column, TableSpec

DAILY = TableSpec(
    name="dm.daily",
    grain=("day", "channel"),
    description="Visits, orders and money per day and channel.",
    columns={
        "day": Column("!date", "day in the workspace's time zone"),
        "channel": Column("!string", "channel; `store` and the like for sales without a visit"),
        "visitors": Column("!int64", "distinct people or visitors with a session"),
        "sessions": Column("!int64", "sessions"),
        "buyers": Column("!int64", "distinct people with an order"),
        "orders": Column("!int64", "orders"),
        "new_buyers": Column("!int64", "people whose first order is on that day"),
        "revenue": Column("!" + MONEY, "order amount", "currency"),
        "refunded": Column("!" + MONEY, "refunds", "currency"),
        "cost": Column("!" + MONEY, "marketing cost", "currency"),
    },
)

ALL = (DAILY,)
