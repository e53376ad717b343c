"""Did it work."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

CAMPAIGN_OUTCOMES = TableSpec(
    name="dm.campaign_outcomes",
    grain=("campaign_id", "person_id"),
    description="What each person of a campaign did in its window, in whichever arm.",
    columns={
        "campaign_id": Column("!string", "campaign"),
        "person_id": Column("!string", "person as known now", pii=Pii.IDENTIFIER),
        "strategy": Column("!string", "strategy that chose"),
        "arm": Column("!string", "treatment | holdout | suppressed | crossed (merged from both)"),
        "channel": Column("!string", "channel decided for"),
        "orders": Column("!int64", "orders in the window"),
        "revenue": Column("!" + MONEY, "order amount less refunds in the window", "currency"),
        "is_converted": Column("!boolean", "at least one order in the window"),
        "offer_cost": Column("!" + MONEY, "cost of the offer if used, else 0", "currency"),
    },
)

CAMPAIGN_RESULTS = TableSpec(
    name="dm.campaign_results",
    grain=("campaign_id", "metric"),
    description="Each campaign against its hold-out, by intention to treat.",
    columns={
        "campaign_id": Column("!string", "campaign"),
        "metric": Column("!string", "conversion | revenue_per_person"),
        "treated": Column("!int64", "people in treatment"),
        "held_out": Column("!int64", "people in the hold-out"),
        "treated_mean": Column("float64", "mean in treatment; null when it is empty"),
        "holdout_mean": Column(
            "float64", "mean in the hold-out, over the treatment's mix of strata"
        ),
        "difference": Column("float64", "treated_mean - holdout_mean; null without an answer"),
        "low": Column("float64", "lower end of the interval; null without an answer"),
        "high": Column("float64", "upper end of the interval; null without an answer"),
        "level": Column("!float64", "confidence level of the interval"),
        "total_increment": Column(
            "float64", "difference * people compared; null without an answer"
        ),
        "total_low": Column("float64", "lower end of its interval; null without an answer"),
        "total_high": Column("float64", "upper end of its interval; null without an answer"),
        "p_value": Column("float64", "two-sided; null without an answer"),
        "lift": Column("float64", "treated_mean / holdout_mean - 1; null when undefined"),
        "lift_low": Column("float64", "lower end of the lift's interval; null when unbounded"),
        "lift_high": Column("float64", "upper end of the lift's interval; null when unbounded"),
        "verdict": Column("!string", "works | no_proof | harmful | doubtful | no_answer"),
        "why": Column(
            "string", "reason of no_answer and doubtful, a key; see `measurement.results`"
        ),
        "caution": Column("string", "`skewed` where the arms are small for the interval"),
        "srm_p_value": Column(
            "float64", "chance of so uneven a split; null without a hold-out planned"
        ),
        "is_final": Column("!boolean", "whether the whole window has passed"),
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
        "opened": Column("!int64", "people who opened or clicked"),
        "clicked": Column("!int64", "people who clicked"),
        "unsubscribed": Column("!int64", "people who unsubscribed"),
        "bounced": Column("!int64", "people whose message bounced"),
        "converted": Column("!int64", "treated people with an order in the window"),
        "revenue": Column("!" + MONEY, "their order amount less refunds in the window", "currency"),
        "cost": Column("!" + MONEY, "cost of messages sent and offers used", "currency"),
    },
)

ORDER_CREDITS = TableSpec(
    name="dm.order_credits",
    grain=("model", "source_id", "order_id"),
    description="The channel and campaign that each order is credited to.",
    columns={
        "model": Column("!string", "last_touch"),
        "source_id": Column("!string", "source of the order"),
        "order_id": Column("!string", "order number"),
        "ts_ms": Column("!int64", "order time in milliseconds since 1970", "ms"),
        "channel": Column("!string", "channel credited; `unattributed` when no touch precedes"),
        "campaign_id": Column("!string", "campaign; empty when none"),
        "is_first": Column("!boolean", "whether it is the person's first order"),
        "revenue": Column("!" + MONEY, "order amount", "currency"),
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
        "cac": Column("float64", "cost / new_customers; null without new customers", "currency"),
        "roi": Column("float64", "(revenue - cost) / cost; null without cost", "share"),
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

ALL = (CAMPAIGN_OUTCOMES, CAMPAIGN_RESULTS, CAMPAIGN_FUNNEL, ORDER_CREDITS, ATTRIBUTION, WEEKLY)
