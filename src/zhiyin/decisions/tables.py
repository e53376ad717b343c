"""Who gets what, by which channel, and who is left alone."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

DECISIONS = TableSpec(
    name="dm.decisions",
    grain=("decision_id",),
    description="One decision per campaign and eligible person, hold-out and suppressed included.",
    columns={
        "decision_id": Column("!string", "digest of campaign and person"),
        "campaign_id": Column("!string", "campaign"),
        "person_id": Column("!string", "person", pii=Pii.IDENTIFIER),
        "strategy": Column("!string", "strategy that chose"),
        "arm": Column("!string", "treatment | holdout | suppressed"),
        "reason": Column(
            "string",
            "why suppressed: no_consent | no_address | contact_cap | global_holdout | conflict",
        ),
        "offer_id": Column("string", "offer; null for content without an offer"),
        "channel": Column("!string", "channel"),
        "template": Column("!string", "template"),
        "address": Column("string", "address on the channel", pii=Pii.CONTACT),
        "bucket": Column("!int64", "stable hash bucket in [0, 10000)"),
        "offer_cost": Column("!" + MONEY, "expected cost of the offer if used", "currency"),
        "decided_at": Column("!" + TIME, "when", "UTC"),
    },
)

STRATEGY_COVERAGE = TableSpec(
    name="dm.strategy_coverage",
    grain=("person_id",),
    description="The strategy that each person falls under.",
    columns={
        "person_id": Column("!string", "person", pii=Pii.IDENTIFIER),
        "strategy": Column("!string", "first strategy whose audience holds; `none` if no one does"),
    },
)

ALL = (DECISIONS, STRATEGY_COVERAGE)
