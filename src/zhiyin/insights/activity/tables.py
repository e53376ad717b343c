"""Everything people did, ready for questions about behavior."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

ACTIVITY = TableSpec(
    name="dm.activity",
    grain=("person_number", "ts_ms", "event", "source_id", "fact_id"),
    description="Events, orders and refunds of people, each once, in the order of person and time.",
    columns={
        "person_number": Column(
            "!int64",
            "place of the person among all people here, from 0; another one after each build",
        ),
        "ts_ms": Column("!int64", "event_time in milliseconds since 1970", "ms"),
        "event": Column(
            "!string",
            "event name; `Order Completed` for each order, `Order Refunded` for each refund",
        ),
        "event_number": Column("!int64", "place of the event's name in `dm.event_names`"),
        "person_id": Column("!string", "person", pii=Pii.IDENTIFIER),
        "event_time": Column("!" + TIME, "when it happened", "UTC"),
        "is_visit": Column(
            "!boolean",
            "whether the person was there; not so for receipts of messages, refunds, and orders "
            "that no event tells of",
        ),
        "source_id": Column("!string", "source of the fact"),
        "fact_id": Column("!string", "event id; number of an order or refund"),
        "platform": Column("string", "web | app | mini_program | store | email | …"),
        "channel": Column("!string", "channel; `unknown` where nothing tells it"),
        "campaign_id": Column("string", "our campaign"),
        "product_id": Column("string", "product"),
        "category": Column("string", "category of the product"),
        "order_id": Column("string", "order"),
        "page_path": Column("string", "path of the page"),
        "search_query": Column("string", "what was searched for"),
        "revenue": Column(MONEY, "amount; of a refund, what was given back", "currency"),
    },
    order_by=("person_number", "ts_ms", "event"),
)

EVENT_NAMES = TableSpec(
    name="dm.event_names",
    grain=("event_number",),
    description="What people do, by name: every event of `dm.activity`.",
    columns={
        "event_number": Column("!int64", "place among all names by text, from 0"),
        "event": Column("!string", "event name"),
        "times": Column("!int64", "how often it happened"),
    },
)

ALL = (ACTIVITY, EVENT_NAMES)
