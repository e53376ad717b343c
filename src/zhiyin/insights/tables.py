"""What they do, in numbers per day."""

from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

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

OVERVIEW = TableSpec(
    name="dm.overview",
    grain=("days",),
    description="The first page's figures, computed by the run so that the page opens at once.",
    columns={
        "days": Column("!int64", "length of the period", "days"),
        "as_of": Column("!" + TIME, "instant it was looked from", "UTC"),
        "timezone": Column("!string", "zone whose days count"),
        "body": Column("!string", "JSON object as `insights.api.overview` gives it"),
    },
)

ALL = (DAILY, OVERVIEW)
