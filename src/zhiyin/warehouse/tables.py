"""DW: clean, conformed facts and dimensions. Facts carry `visitor_id`; the person is joined late.

A `visitor_id` is the id a fact arrived with, typed: `user:17850`, `anon:4f2c…`. It is null when
the fact has no id at all (an anonymous sale over the counter).
"""

from datetime import timedelta

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, QUANTITY, TIME, Column, TableSpec

VISITOR = Column("string", "typed id the fact arrived with; null if none", pii=Pii.IDENTIFIER)

CUSTOMERS = TableSpec(
    name="dw.customers",
    grain=("visitor_id",),
    description="The latest known record of each customer number, fields merged newest first.",
    columns={
        "visitor_id": Column("!string", "`user:` + customer number", pii=Pii.IDENTIFIER),
        "customer_id": Column("!string", "customer number", pii=Pii.IDENTIFIER),
        "anonymous_id": Column("string", "device linked to the record", pii=Pii.IDENTIFIER),
        "member_card": Column("string", "membership card number", pii=Pii.IDENTIFIER),
        "email": Column(
            "string", "e-mail, trimmed, lower case; null if malformed", pii=Pii.CONTACT
        ),
        "phone": Column("string", "phone, E.164 where it is a number", pii=Pii.CONTACT),
        "name": Column("string", "full name", pii=Pii.PERSONAL),
        "gender": Column(
            "string",
            "female | male | other",
            pii=Pii.PERSONAL,
            one_of=("female", "male", "other"),
        ),
        "birth_date": Column("date", "date of birth", pii=Pii.PERSONAL),
        "age_group": Column("string", "age band", pii=Pii.PERSONAL),
        "income_group": Column("string", "income band", pii=Pii.SENSITIVE),
        "city": Column("string", "city", pii=Pii.PERSONAL),
        "country": Column("string", "country"),
        "joined_at": Column(TIME, "when the customer joined", "UTC"),
        "acquisition_channel": Column("string", "channel the customer came by"),
        "email_consent": Column("boolean", "agrees to marketing e-mail; null if never asked"),
        "sms_consent": Column("boolean", "agrees to marketing SMS; null if never asked"),
        "filled": Column("string", "columns that a cleaning rule filled in, between commas"),
        "flagged": Column("string", "cleaning rules that found something doubtful, likewise"),
    },
)

PRODUCTS = TableSpec(
    name="dw.products",
    grain=("product_id",),
    description="One row per product ever listed or sold.",
    columns={
        "product_id": Column("!string", "product or stock code"),
        "name": Column(
            "string", "name: from the product file, else the one used most on order lines"
        ),
        "category": Column("string", "top category"),
        "subcategory": Column("string", "category below"),
        "brand": Column("string", "brand"),
        "price": Column(MONEY, "list price, else the median price sold at", "currency"),
        "cost": Column(MONEY, "cost price", "currency"),
    },
)

ORDER_LINES = TableSpec(
    name="dw.order_lines",
    grain=("source_id", "order_id", "line_number"),
    description="Lines of sales; refunds and adjustments have tables of their own.",
    columns={
        "source_id": Column("!string", "source of the order"),
        "order_id": Column("!string", "order number"),
        "line_number": Column("!int64", "1 for the first line of the order as received"),
        "visitor_id": VISITOR,
        "product_id": Column("string", "product"),
        "quantity": Column("!" + QUANTITY, "pieces, positive"),
        "unit_price": Column("!" + MONEY, "price of one piece", "currency"),
        "discount": Column("!" + MONEY, "discount on the line", "currency"),
        "amount": Column("!" + MONEY, "net amount of the line", "currency"),
        "cost": Column(MONEY, "cost of the goods, where the product's cost is known", "currency"),
        "order_time": Column("!" + TIME, "when", "UTC"),
        "ts_ms": Column("!int64", "order_time in milliseconds since 1970", "ms"),
        "order_date": Column("!date", "day of order_time, UTC"),
        "currency": Column("!string", "ISO 4217"),
        "channel": Column("string", "web | app | mini_program | store | …"),
        "store_id": Column("string", "store"),
        "country": Column("string", "country"),
        "coupon_code": Column("string", "coupon used on the line or order"),
        "filled": Column("string", "columns that a cleaning rule filled in, between commas"),
        "flagged": Column("string", "cleaning rules that found something doubtful, likewise"),
    },
    partition_by="order_date",
)

ORDERS = TableSpec(
    name="dw.orders",
    grain=("source_id", "order_id"),
    description="One row per order with at least one sale line.",
    columns={
        "source_id": Column("!string", "source of the order"),
        "order_id": Column("!string", "order number"),
        "visitor_id": VISITOR,
        "order_time": Column("!" + TIME, "earliest instant among its lines", "UTC"),
        "ts_ms": Column("!int64", "order_time in milliseconds since 1970", "ms"),
        "order_date": Column("!date", "day of order_time, UTC"),
        "lines": Column("!int64", "number of lines"),
        "pieces": Column("!" + QUANTITY, "sum of quantities"),
        "amount": Column("!" + MONEY, "net amount, refunds not deducted", "currency"),
        "discount": Column("!" + MONEY, "sum of line discounts", "currency"),
        "cost": Column(MONEY, "cost of the goods, where known", "currency"),
        "currency": Column("!string", "ISO 4217"),
        "channel": Column("string", "web | app | mini_program | store | …"),
        "store_id": Column("string", "store"),
        "country": Column("string", "country"),
        "coupon_code": Column("string", "coupon used"),
    },
    partition_by="order_date",
    freshness=timedelta(days=14),
)

REFUNDS = TableSpec(
    name="dw.refunds",
    grain=("source_id", "refund_id", "line_number"),
    description="Goods returned and money given back: refund lines, refund records, events.",
    columns={
        "source_id": Column("!string", "source"),
        "refund_id": Column("!string", "credit note or return number"),
        "line_number": Column("!int64", "1 for the first line of the refund as received"),
        "order_id": Column("string", "order returned, where known"),
        "visitor_id": VISITOR,
        "product_id": Column("string", "product"),
        "quantity": Column("!" + QUANTITY, "pieces returned, positive"),
        "amount": Column(MONEY, "money given back, positive; null where unknown", "currency"),
        "refund_time": Column("!" + TIME, "when", "UTC"),
        "ts_ms": Column("!int64", "refund_time in milliseconds since 1970", "ms"),
        "reason": Column("string", "reason given"),
    },
)

EVENTS = TableSpec(
    name="dw.events",
    grain=("source_id", "event_id"),
    description="Each event once, in the order of visitor and time.",
    columns={
        "source_id": Column("!string", "source"),
        "event_id": Column("!string", "event id, unique within its source"),
        "visitor_id": Column("!string", "typed id: user if known, else device", pii=Pii.IDENTIFIER),
        "event": Column(
            "!string", "event name; `Page Viewed`/`Screen Viewed` for page and screen calls"
        ),
        "event_time": Column("!" + TIME, "when it happened", "UTC"),
        "ts_ms": Column("!int64", "event_time in milliseconds since 1970", "ms"),
        "event_date": Column("!date", "day of event_time, UTC"),
        "platform": Column("string", "web | app | mini_program | store | email | …"),
        "product_id": Column("string", "product"),
        "order_id": Column("string", "order"),
        "revenue": Column(MONEY, "amount", "currency"),
        "search_query": Column("string", "what was searched for"),
        "page_path": Column("string", "path of the page"),
        "channel": Column("!string", "channel of arrival: utm_source, else `direct`"),
        "campaign_id": Column("string", "our campaign"),
        "message_id": Column("string", "our message"),
        "load_id": Column("!int64", "load that brought the event"),
    },
    partition_by="event_date",
    order_by=("visitor_id", "ts_ms"),
    freshness=timedelta(days=2),
)

SESSIONS = TableSpec(
    name="dw.sessions",
    grain=("visitor_id", "session_index"),
    description="Maximal runs of one visitor's events without a silence longer than 30 minutes; "
    "receipts of messages are no visits.",
    columns={
        "visitor_id": Column("!string", "typed id", pii=Pii.IDENTIFIER),
        "session_index": Column("!int64", "0 for the visitor's first session"),
        "started_at": Column("!" + TIME, "first event", "UTC"),
        "start_ms": Column("!int64", "started_at in milliseconds since 1970", "ms"),
        "ended_at": Column("!" + TIME, "last event", "UTC"),
        "end_ms": Column("!int64", "ended_at in milliseconds since 1970", "ms"),
        "events": Column("!int64", "number of events"),
        "channel": Column("!string", "channel of the first event"),
        "campaign_id": Column("string", "our campaign on the first event"),
        "has_order": Column("!boolean", "whether it holds an `Order Completed`"),
    },
)

TOUCHES = TableSpec(
    name="dw.touches",
    grain=("touch_id",),
    description="Contacts: visits by channel, messages sent, opened, clicked, coupons redeemed.",
    columns={
        "touch_id": Column("!string", "digest of where the touch came from"),
        "visitor_id": Column("!string", "typed id", pii=Pii.IDENTIFIER),
        "touch_kind": Column(
            "!string",
            "visit | targeted | sent | delivered | opened | clicked | bounced | unsubscribed "
            "| redeemed",
            one_of=(
                "visit",
                "targeted",
                "sent",
                "delivered",
                "opened",
                "clicked",
                "bounced",
                "unsubscribed",
                "redeemed",
            ),
        ),
        "channel": Column("!string", "channel"),
        "campaign_id": Column("string", "campaign"),
        "message_id": Column("string", "our message"),
        "touch_time": Column("!" + TIME, "when", "UTC"),
        "ts_ms": Column("!int64", "touch_time in milliseconds since 1970", "ms"),
    },
)

CAMPAIGNS = TableSpec(
    name="dw.campaigns",
    grain=("campaign_id",),
    description="Campaigns of other tools; our own are kept by decisions.",
    columns={
        "campaign_id": Column("!string", "campaign"),
        "name": Column("string", "name"),
        "campaign_type": Column("string", "type"),
        "channel": Column("string", "main channel"),
        "start_time": Column(TIME, "first instant", "UTC"),
        "end_time": Column(TIME, "first instant after", "UTC"),
    },
)

COSTS = TableSpec(
    name="dw.costs",
    grain=("cost_date", "channel", "campaign_id"),
    description="Cost per day, channel and campaign.",
    columns={
        "cost_date": Column("!date", "day"),
        "channel": Column("!string", "channel"),
        "campaign_id": Column("!string", "campaign; empty when the cost belongs to none"),
        "amount": Column("!" + MONEY, "money spent", "currency"),
        "impressions": Column("!int64", "times shown"),
        "clicks": Column("!int64", "times clicked"),
    },
)

BUILDS = TableSpec(
    name="dw.builds",
    grain=("run_id", "table_name"),
    description="Every build of every table: what it read, what it wrote, how long it took.",
    columns={
        "run_id": Column("!string", "the run"),
        "table_name": Column("!string", "table built"),
        "outcome": Column(
            "!string",
            "built (from all inputs) | grown (rows added) | parts (days or keys that changed) "
            "| unchanged | held_back",
        ),
        "build_key": Column("!string", "digest over code version, inputs' versions and as_of"),
        "table_version": Column("!string", "version readable afterwards; empty if there is none"),
        "as_of": Column("!" + TIME, "the instant the build looked from", "UTC"),
        "rows": Column("!int64", "rows in the table afterwards"),
        "seconds": Column("!float64", "time taken", "s"),
        "built_at": Column("!" + TIME, "when", "UTC"),
        "detail": Column("string", "why it was held back, in sentences"),
        "inputs": Column("string", "JSON object: table read -> its content or version"),
        "rows_in": Column("string", "JSON object: table read -> its rows; null if unchanged"),
        "rows_changed": Column(
            "int64", "rows added and rows taken out; null where the whole table was written"
        ),
        "content": Column(
            "string", "rows and the sum of their hashes: equal for equal rows, on one engine"
        ),
    },
)

BUILD_PARTS = TableSpec(
    name="dw.build_parts",
    grain=("table_name", "part_date"),
    description="The days of every table that has days: what each holds, and when that changed.",
    columns={
        "table_name": Column("!string", "table"),
        "part_date": Column("date", "day; null for rows without one"),
        "rows": Column("!int64", "rows of the day; 0 once all of them are gone"),
        "content": Column("!string", "as in dw.builds"),
        "run_id": Column("!string", "run that last changed the day"),
        "changed_at": Column("!" + TIME, "when", "UTC"),
    },
)

BUILD_INPUTS = TableSpec(
    name="dw.build_inputs",
    grain=("table_name", "input_name", "part_date"),
    description="How the inputs of tables that are built piece by piece stood at the last build.",
    columns={
        "table_name": Column("!string", "table built"),
        "input_name": Column("!string", "table read"),
        "part_date": Column("date", "day of the input; null for what holds for all of it"),
        "content": Column("!string", "content of the table built; what stands here is of it"),
        "token": Column("string", "the input's content or version; null for a day"),
        "newest_load": Column("int64", "greatest load_id read; null for a day"),
        "rows": Column("int64", "rows of the day; null where part_date is"),
        "mark": Column("int64", "sum of the day's marks; null where part_date is"),
    },
)

COLUMN_LINEAGE = TableSpec(
    name="dw.column_lineage",
    grain=("to_table", "to_column", "from_table", "from_column"),
    description="Which columns each column is computed from; one edge per pair.",
    columns={
        "to_table": Column("!string", "table computed"),
        "to_column": Column("!string", "column computed; `*` for its rows"),
        "from_table": Column("!string", "table read"),
        "from_column": Column("!string", "column read; `*` where rows are counted or taken over"),
    },
)

LINEAGE_OBJECTS = TableSpec(
    name="dw.lineage_objects",
    grain=("object_id",),
    description="Everything that data comes from or flows into: files, tables, tags, campaigns, …",
    columns={
        "object_id": Column("!string", "kind and name, such as `tag:coupon_lover`"),
        "kind": Column(
            "!string",
            "file | log | source | field | table | column | feature | model | score | metric "
            "| tag | audience | strategy | campaign | experiment",
        ),
        "name": Column("!string", "name within its kind"),
        "parent_id": Column("string", "what it is a part of: a column's table, a field's source"),
        "title": Column("string", "JSON object: language -> title; null where there is none"),
        "detail": Column("string", "JSON object: what else there is to say of it"),
        "refreshed_at": Column("!" + TIME, "when a run last found it", "UTC"),
    },
)

LINEAGE_EDGES = TableSpec(
    name="dw.lineage_edges",
    grain=("from_id", "to_id", "via"),
    description="Which object each object is made from or decided by.",
    columns={
        "from_id": Column("!string", "object read"),
        "to_id": Column("!string", "object made from it"),
        "via": Column(
            "!string",
            "read | mapped | computed | rows | input | feature | training | scored | condition "
            "| value | measure | member | strategy | campaign | holdout",
        ),
    },
)

ALL = (
    CUSTOMERS,
    PRODUCTS,
    ORDER_LINES,
    ORDERS,
    REFUNDS,
    EVENTS,
    SESSIONS,
    TOUCHES,
    CAMPAIGNS,
    COSTS,
    BUILDS,
    BUILD_PARTS,
    BUILD_INPUTS,
    COLUMN_LINEAGE,
    LINEAGE_OBJECTS,
    LINEAGE_EDGES,
)
