"""Everything people did, ready for questions about behavior."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

ACTIVITY = TableSpec(
    name="dm.activity",
    grain=("person_number", "ts_ms", "event", "source_id", "fact_id"),
    description="Events of people, with the orders and refunds that only files tell of, in the "
    "order of person and time.",
    columns={
        "person_number": Column(
            "!int64",
            "place of the person among all people here, from 0; another one after each build",
        ),
        "ts_ms": Column("!int64", "event_time in milliseconds since 1970", "ms"),
        "event": Column(
            "!string", "event name; `Order Completed` and `Order Refunded` for facts of files"
        ),
        "person_id": Column("!string", "person", pii=Pii.IDENTIFIER),
        "event_time": Column("!" + TIME, "when it happened", "UTC"),
        "session_ms": Column(
            "int64",
            "start of the person's visit, which tells visits of one person apart; null outside of "
            "visits (receipts of messages, facts of files)",
            "ms",
        ),
        "source_id": Column("!string", "source of the fact"),
        "fact_id": Column("!string", "event id; of files, the number of the order or refund"),
        "platform": Column("string", "web | app | mini_program | store | email | …"),
        "channel": Column("!string", "channel; `unknown` where a file does not tell it"),
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

ALL = (ACTIVITY,)
