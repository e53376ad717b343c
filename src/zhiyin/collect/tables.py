"""ODS: rows as they arrived, append-only, each with its file and line or its log offset."""

from zhiyin.collect.nature_tables import (
    FOOT_TRAFFIC,
    PAYMENTS,
    RECORDS,
    REVIEWS,
    SERVICE_CASES,
    SOCIAL_POSTS,
    SURVEY_ANSWERS,
    THIRD_PARTY_ATTRIBUTES,
)
from zhiyin.collect.origin_tables import ORIGIN, ORIGIN_GRAIN
from zhiyin.collect.pull_tables import PULLED_ROWS, PULLS
from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, QUANTITY, TIME, Column, TableSpec

EVENTS = TableSpec(
    name="ods.events",
    grain=("source_id", "event_id"),
    description="Raw events in Segment's vocabulary, one row per accepted event.",
    columns={
        "event_id": Column("!string", "the sender's messageId, or a digest of the row"),
        "kind": Column("!string", "identify | track | page | screen | group | alias"),
        "event": Column("string", "event name such as `Order Completed`; null for identify"),
        "user_id": Column("string", "id that the business gave the person", pii=Pii.IDENTIFIER),
        "anonymous_id": Column("string", "device or browser id", pii=Pii.IDENTIFIER),
        "previous_id": Column("string", "alias calls: the id used before", pii=Pii.IDENTIFIER),
        "email": Column("string", "e-mail among the traits", pii=Pii.CONTACT),
        "phone": Column("string", "phone among the traits", pii=Pii.CONTACT),
        "event_time": Column("!" + TIME, "when it happened, corrected for clock skew", "UTC"),
        "ts_ms": Column("!int64", "event_time as milliseconds since 1970", "ms"),
        "received_at": Column("!" + TIME, "when it arrived", "UTC"),
        "sent_at": Column(TIME, "when the sender's clock said it was sent", "UTC"),
        "original_time": Column(TIME, "when it happened by the sender's clock", "UTC"),
        "group_id": Column("string", "group calls: the account or company"),
        "page_name": Column("string", "name of the page or screen"),
        "platform": Column("string", "web | app | mini_program | store | email | …"),
        "product_id": Column("string", "product the event is about"),
        "order_id": Column("string", "order the event is about"),
        "quantity": Column(QUANTITY, "pieces"),
        "revenue": Column(MONEY, "amount of the event without shipping and tax", "currency"),
        "currency": Column("string", "ISO 4217"),
        "search_query": Column("string", "what was searched for"),
        "page_path": Column("string", "path of the page"),
        "page_url": Column("string", "address of the page"),
        "page_title": Column("string", "title of the page"),
        "referrer": Column("string", "address of the page before"),
        "utm_source": Column("string", "context.campaign.source"),
        "utm_medium": Column("string", "context.campaign.medium"),
        "utm_campaign": Column("string", "context.campaign.name"),
        "utm_content": Column("string", "context.campaign.content"),
        "utm_term": Column("string", "context.campaign.term"),
        "ip": Column("string", "address of the sending device", pii=Pii.IDENTIFIER),
        "country": Column("string", "country of the address, by the workspace's look-up"),
        "region": Column("string", "region of the address, likewise"),
        "city": Column("string", "city of the address, likewise", pii=Pii.PERSONAL),
        "user_agent": Column("string", "browser or app that sent it"),
        "library": Column("string", "name and version of the sending library"),
        "locale": Column("string", "language of the device, such as zh-CN"),
        "traffic": Column("string", "customer | bot | internal, by the workspace's rules"),
        "consent": Column("string", "JSON object: consent category -> true or false, as sent"),
        "campaign_id": Column(
            "string", "our campaign, on receipts and on visits that a message led to"
        ),
        "message_id": Column("string", "our message, on receipts"),
        "properties": Column("string", "JSON object of all further properties"),
        "traits": Column("string", "JSON object of the traits", pii=Pii.PERSONAL),
        "context": Column("string", "JSON object of the context", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

ORDER_LINES = TableSpec(
    name="ods.order_lines",
    grain=ORIGIN_GRAIN,
    description="Lines of orders and refunds as files and events brought them.",
    columns={
        "order_id": Column("!string", "order or credit note number"),
        "line_kind": Column("!string", "sale | refund | adjustment (fees, corrections, samples)"),
        "customer_id": Column(
            "string", "customer number; null for an anonymous sale", pii=Pii.IDENTIFIER
        ),
        "product_id": Column("string", "product or stock code"),
        "product_name": Column("string", "product name on the line"),
        "quantity": Column("!" + QUANTITY, "pieces; negative on refunds", "pieces"),
        "unit_price": Column("!" + MONEY, "price of one piece before line discount", "currency"),
        "discount": Column(MONEY, "discount on the whole line, not negative", "currency"),
        "amount": Column(
            "!" + MONEY, "quantity * unit_price - discount; negative on refunds", "currency"
        ),
        "currency": Column("!string", "ISO 4217"),
        "order_time": Column("!" + TIME, "when the order was placed", "UTC"),
        "channel": Column("string", "web | app | mini_program | store | …"),
        "store_id": Column("string", "store, for store sales"),
        "country": Column("string", "country of the customer"),
        "coupon_code": Column("string", "coupon used on the line or order"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

CUSTOMERS = TableSpec(
    name="ods.customers",
    grain=ORIGIN_GRAIN,
    description="Customer records as CRM, membership and panel files brought them.",
    columns={
        "customer_id": Column("!string", "the record's customer number", pii=Pii.IDENTIFIER),
        "anonymous_id": Column("string", "device linked to the record", pii=Pii.IDENTIFIER),
        "member_card": Column("string", "membership card number", pii=Pii.IDENTIFIER),
        "email": Column("string", "e-mail, lower case", pii=Pii.CONTACT),
        "phone": Column("string", "phone number", pii=Pii.CONTACT),
        "name": Column("string", "full name", pii=Pii.PERSONAL),
        "gender": Column("string", "female | male | other", pii=Pii.PERSONAL),
        "birth_date": Column("date", "date of birth", pii=Pii.PERSONAL),
        "age_group": Column("string", "age band where no birth date is known", pii=Pii.PERSONAL),
        "income_group": Column("string", "income band or amount as text", pii=Pii.SENSITIVE),
        "city": Column("string", "city", pii=Pii.PERSONAL),
        "country": Column("string", "country"),
        "joined_at": Column(TIME, "when the customer joined", "UTC"),
        "acquisition_channel": Column("string", "channel the customer came by"),
        "email_consent": Column("boolean", "agrees to marketing e-mail; null if never asked"),
        "sms_consent": Column("boolean", "agrees to marketing SMS; null if never asked"),
        "attributes": Column("string", "JSON object of further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

PRODUCTS = TableSpec(
    name="ods.products",
    grain=ORIGIN_GRAIN,
    description="Product records.",
    columns={
        "product_id": Column("!string", "product or stock code"),
        "name": Column("string", "product name"),
        "category": Column("string", "top category"),
        "subcategory": Column("string", "category below"),
        "brand": Column("string", "brand or manufacturer"),
        "price": Column(MONEY, "list price", "currency"),
        "cost": Column(MONEY, "cost price", "currency"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

REFUNDS = TableSpec(
    name="ods.refunds",
    grain=ORIGIN_GRAIN,
    description="Returns and refunds that arrive as records of their own, not as order lines.",
    columns={
        "refund_id": Column("string", "number of the return"),
        "order_id": Column("string", "order returned, where known"),
        "customer_id": Column("string", "customer, where known", pii=Pii.IDENTIFIER),
        "product_id": Column("string", "product returned"),
        "quantity": Column("!" + QUANTITY, "pieces returned, positive", "pieces"),
        "amount": Column(MONEY, "money given back, positive; null where unknown", "currency"),
        "currency": Column("string", "ISO 4217"),
        "refund_time": Column("!" + TIME, "when it was returned", "UTC"),
        "reason": Column("string", "reason given"),
        "region": Column("string", "store, territory or region"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

CAMPAIGNS = TableSpec(
    name="ods.campaigns",
    grain=ORIGIN_GRAIN,
    description="Campaigns that other tools ran.",
    columns={
        "campaign_id": Column("!string", "campaign number"),
        "name": Column("string", "campaign name"),
        "campaign_type": Column("string", "type or series"),
        "channel": Column("string", "main channel"),
        "start_time": Column(TIME, "first instant", "UTC"),
        "end_time": Column(TIME, "first instant after", "UTC"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

TOUCHES = TableSpec(
    name="ods.touches",
    grain=ORIGIN_GRAIN,
    description="Contacts of campaigns with customers that arrive as files.",
    columns={
        "campaign_id": Column("string", "campaign"),
        "customer_id": Column("string", "customer", pii=Pii.IDENTIFIER),
        "channel": Column("string", "channel of the contact"),
        "touch_kind": Column(
            "!string", "targeted | sent | delivered | opened | clicked | redeemed"
        ),
        "coupon_code": Column("string", "coupon, for redemptions"),
        "touch_time": Column(TIME, "when; null where the file has none", "UTC"),
        "attributes": Column("string", "JSON object of further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

COUPONS = TableSpec(
    name="ods.coupons",
    grain=ORIGIN_GRAIN,
    description="Which coupon of which campaign is good for which product.",
    columns={
        "coupon_code": Column("!string", "coupon"),
        "campaign_id": Column("string", "campaign that hands it out"),
        "product_id": Column("string", "product it is good for; null for all"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

COSTS = TableSpec(
    name="ods.costs",
    grain=ORIGIN_GRAIN,
    description="What advertising and messages cost, per day, channel and campaign.",
    columns={
        "cost_date": Column("!date", "day the money was spent, in the workspace's time zone"),
        "channel": Column("!string", "channel, in the words of utm_source where it is one"),
        "campaign_id": Column("string", "campaign, where known"),
        "amount": Column("!" + MONEY, "money spent", "currency"),
        "currency": Column("!string", "ISO 4217"),
        "impressions": Column("int64", "times shown"),
        "clicks": Column("int64", "times clicked"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

IMPORTS = TableSpec(
    name="ods.imports",
    grain=("load_id", "file_name", "target"),
    description="The import ledger: every file read, its table, its balance of rows and money.",
    columns={
        "load_id": Column("!int64", "number of the load"),
        "recipe": Column("!string", "recipe used"),
        "source_name": Column("!string", "source inside the recipe"),
        "target": Column("!string", "ODS table written"),
        "file_name": Column("!string", "file as named by the user"),
        "file_sha256": Column("!string", "digest of the file's bytes"),
        "content_sha256": Column("string", "digest of the bytes unpacked; null in early loads"),
        "file_bytes": Column("!int64", "size", "bytes"),
        "encoding": Column("string", "encoding it was read with"),
        "rows_read": Column("!int64", "records in the file"),
        "rows_kept": Column("!int64", "records that became rows of the target"),
        "rows_quarantined": Column("!int64", "records set aside"),
        "total_read": Column("decimal(38, 8)", "control total over all records read"),
        "total_kept": Column("decimal(38, 8)", "control total over records kept"),
        "total_quarantined": Column("decimal(38, 8)", "control total over records set aside"),
        "imported_at": Column("!" + TIME, "when", "UTC"),
        "seconds": Column("!float64", "time it took", "s"),
    },
)

LOG_LOADS = TableSpec(
    name="ods.log_loads",
    grain=("load_id",),
    description="How far the event log has been loaded; written with the rows it speaks of.",
    columns={
        "load_id": Column("!int64", "number of the load"),
        "partition": Column("string", "partition of the log; null in loads of the first release"),
        "first_offset": Column("!int64", "offset of the first record of the load"),
        "next_offset": Column("!int64", "offset after the last record of the load"),
        "rows_read": Column("!int64", "records read"),
        "rows_kept": Column("!int64", "records that became events"),
        "rows_quarantined": Column("!int64", "records set aside"),
        "rows_repeated": Column("!int64", "records whose event was there already"),
        "loaded_at": Column("!" + TIME, "when", "UTC"),
    },
)

QUARANTINE = TableSpec(
    name="ods.quarantine",
    grain=("load_id", "origin", "origin_line", "target"),
    description="Records set aside, each with its reason; nothing is ever dropped.",
    columns={
        "load_id": Column("!int64", "number of the load"),
        "recipe": Column("!string", "recipe used, or `collect` for live events"),
        "target": Column("!string", "ODS table it was meant for"),
        "origin": Column("!string", "file name, or `log`"),
        "origin_line": Column("!int64", "1-based record number in the file, or offset in the log"),
        "reason": Column("!string", "stable code of the rule that set it aside"),
        "detail": Column("string", "the offending column and value"),
        "source_id": Column("string", "the source that sent it, where known"),
        "event": Column("string", "event name, or kind of call, where known"),
        "record": Column("!string", "the record as JSON", pii=Pii.PERSONAL),
        "control_amount": Column("decimal(38, 8)", "the record's share of the control total"),
        "quarantined_at": Column("!" + TIME, "when", "UTC"),
    },
)

REPLAYS = TableSpec(
    name="ods.replays",
    grain=("load_id", "origin", "origin_line", "target"),
    description="Records of the quarantine that were dealt with: taken after a fix, or dismissed.",
    columns={
        "load_id": Column("!int64", "load that set the record aside"),
        "origin": Column("!string", "as in the quarantine"),
        "origin_line": Column("!int64", "as in the quarantine"),
        "target": Column("!string", "as in the quarantine"),
        "outcome": Column("!string", "taken | repeated | dismissed"),
        "fix": Column("string", "rule that made it acceptable; null if none was needed"),
        "replay_load_id": Column("int64", "load that brought the row; null if none did"),
        "actor": Column("string", "who did it"),
        "replayed_at": Column("!" + TIME, "when", "UTC"),
    },
)

PLAN_FLAGS = TableSpec(
    name="ods.plan_flags",
    grain=("load_id", "source_id", "kind", "event", "reason"),
    description="How many kept events of a load break the tracking plan.",
    columns={
        "load_id": Column("!int64", "number of the load"),
        "source_id": Column("!string", "the source that sent them"),
        "kind": Column("!string", "track | identify | page | screen | group"),
        "event": Column("!string", "event name; the kind for calls without one"),
        "reason": Column("!string", "plan_violation | unknown_event"),
        "rows": Column("!int64", "events"),
        "example": Column("string", "what one of them breaks"),
        "received_at": Column("!" + TIME, "when the newest of them arrived", "UTC"),
    },
)

# What a recipe may write to, by the name it uses.
TARGETS = {
    spec.table: spec
    for spec in (
        EVENTS,
        ORDER_LINES,
        CUSTOMERS,
        PRODUCTS,
        REFUNDS,
        CAMPAIGNS,
        TOUCHES,
        COUPONS,
        COSTS,
        REVIEWS,
        SERVICE_CASES,
        SURVEY_ANSWERS,
        SOCIAL_POSTS,
        FOOT_TRAFFIC,
        THIRD_PARTY_ATTRIBUTES,
        PAYMENTS,
        RECORDS,
    )
}

ALL = (*TARGETS.values(), IMPORTS, LOG_LOADS, PULLS, PULLED_ROWS, QUARANTINE, REPLAYS)
