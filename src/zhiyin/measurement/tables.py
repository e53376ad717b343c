"""Did it work."""

from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

CAMPAIGN_RESULTS = TableSpec(
    name="dm.campaign_results",
    grain=("campaign_id", "metric"),
    description="Each campaign against its hold-out: intention to treat, suppressed people left out.",
    columns={
        "campaign_id": Column("!string", "campaign"),
        "metric": Column("!string", "conversion | revenue_per_person"),
        "treated": Column("!int64", "people in treatment"),
        "held_out": Column("!int64", "people in the hold-out"),
        "treated_mean": Column("!float64", "mean in treatment"),
        "holdout_mean": Column("!float64", "mean in the hold-out"),
        "difference": Column("!float64", "treated_mean - holdout_mean"),
        "low": Column("!float64", "lower end of the interval"),
        "high": Column("!float64", "upper end of the interval"),
        "level": Column("!float64", "confidence level of the interval"),
        "total_increment": Column("!float64", "difference * treated"),
        "p_value": Column("!float64", "two-sided"),
        "srm_p_value": Column("!float64", "chance of so uneven a split under the planned share"),
        "window_start": Column("!" + TIME, "from", "UTC"),
        "window_end": Column("!" + TIME, "to", "UTC"),
    },
)

CAMPAIGN_FUNNEL = TableSpec(
    name="dm.campaign_funnel",
    grain=("campaign_id", "channel"),
    description="Messages of each campaign from decided to ordered, and what they cost.",
    columns={
        "campaign_id": Column("!string", "campaign"),
        "channel": Column("!string", "channel"),
        "eligible": Column("!int64", "people in the audience"),
        "suppressed": Column("!int64", "people suppressed"),
        "held_out": Column("!int64", "people held out"),
        "treated": Column("!int64", "people decided for"),
        "delivered": Column("!int64", "messages delivered"),
        "opened": Column("!int64", "people who opened"),
        "clicked": Column("!int64", "people who clicked"),
        "unsubscribed": Column("!int64", "people who unsubscribed"),
        "bounced": Column("!int64", "people whose message bounced"),
        "converted": Column("!int64", "treated people with an order in the window"),
        "revenue": Column("!" + MONEY, "their order amount in the window", "currency"),
        "cost": Column("!" + MONEY, "cost of messages and used offers", "currency"),
    },
)

ATTRIBUTION = TableSpec(
    name="dm.attribution",
    grain=("model", "channel", "campaign_id"),
    description="Orders and revenue credited to channels and campaigns.",
    columns={
        "model": Column("!string", "last_touch"),
        "channel": Column("!string", "channel credited; `unattributed` when no touch precedes"),
        "campaign_id": Column("!string", "campaign; empty when none"),
        "orders": Column("!float64", "orders credited"),
        "new_customers": Column("!float64", "first orders credited"),
        "revenue": Column("!float64", "order amount credited", "currency"),
        "cost": Column("!float64", "marketing cost", "currency"),
    },
)

WEEKLY = TableSpec(
    name="dm.weekly",
    grain=("week", "metric"),
    description="The figures of the weekly review.",
    columns={
        "week": Column("!date", "Monday of the week in the workspace's time zone"),
        "metric": Column("!string", "name in the metric dictionary"),
        "value": Column("float64", "value; null when the denominator is zero"),
    },
)

ALL = (CAMPAIGN_RESULTS, CAMPAIGN_FUNNEL, ATTRIBUTION, WEEKLY)
