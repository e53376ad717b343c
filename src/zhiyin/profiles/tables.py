"""DM: what we know of each person."""

from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

PERSON = Column("!string", "person", pii=Pii.IDENTIFIER)

PURCHASES = TableSpec(
    name="dm.purchases",
    grain=("person_id",),
    description="Purchase history of each buyer up to as_of, refunds deducted.",
    columns={
        "person_id": PERSON,
        "orders": Column("!int64", "orders"),
        "order_days": Column("!int64", "distinct days with an order"),
        "first_order_at": Column("!" + TIME, "first order", "UTC"),
        "last_order_at": Column("!" + TIME, "last order", "UTC"),
        "recency_days": Column(
            "!int64", "whole days from the last order's day to as_of's day", "days"
        ),
        "tenure_days": Column(
            "!int64", "whole days from the first order's day to as_of's day", "days"
        ),
        "mean_gap_days": Column(
            "float64", "mean days between neighbouring order days; null below two", "days"
        ),
        "gross": Column("!" + MONEY, "sum of order amounts", "currency"),
        "refunded": Column("!" + MONEY, "sum of refunds", "currency"),
        "monetary": Column("!" + MONEY, "gross - refunded", "currency"),
        "average_order": Column("!" + MONEY, "gross / orders", "currency"),
        "refunds": Column("!int64", "number of refunds"),
        "discount_share": Column("!float64", "discount / (gross + discount)", "share"),
        "orders_90d": Column("!int64", "orders in the 90 days before as_of"),
        "amount_90d": Column("!" + MONEY, "order amount in the 90 days before as_of", "currency"),
        "favourite_category": Column("string", "category with the highest amount, ties by name"),
        "favourite_channel": Column("string", "channel with most orders, ties by name"),
    },
)

RFM = TableSpec(
    name="dm.rfm",
    grain=("person_id",),
    description="RFM quintiles, value tier and life-cycle stage of each buyer.",
    columns={
        "person_id": PERSON,
        "r": Column("!int64", "recency quintile, 5 = bought most recently"),
        "f": Column("!int64", "frequency quintile, 5 = most orders"),
        "m": Column("!int64", "monetary quintile, 5 = highest net amount"),
        "segment": Column(
            "!string",
            "champions | loyal | potential_loyalist | new | promising | needs_attention | "
            "about_to_sleep | at_risk | cannot_lose | hibernating | lost",
        ),
        "value_tier": Column("!string", "high | middle | potential | at_risk"),
        "stage": Column("!string", "new | active | dormant | churned"),
    },
)

SCORES = TableSpec(
    name="dm.scores",
    grain=("person_id", "model"),
    description="Mailbox: the newest score of each model for each person. Written by models.",
    columns={
        "person_id": PERSON,
        "model": Column("!string", "clv | churn | repurchase"),
        "model_version": Column("!string", "version in the registry"),
        "score": Column("!float64", "the model's answer: money for clv, probability otherwise"),
        "low": Column("float64", "lower bound, where the method gives one"),
        "high": Column("float64", "upper bound, where the method gives one"),
        "reasons": Column("string", "JSON list of {feature, value, effect}, strongest first"),
        "as_of": Column("!" + TIME, "instant scored from", "UTC"),
    },
)

CONSENTS = TableSpec(
    name="dm.consents",
    grain=("person_id", "channel"),
    description="What each person has agreed to, the latest word counting.",
    columns={
        "person_id": PERSON,
        "channel": Column("!string", "email | sms | …"),
        "is_granted": Column("!boolean", "agrees to marketing on the channel"),
        "basis": Column("!string", "record | unsubscribe | bounce | subscribe"),
        "since": Column(TIME, "since when; null where the record has no date", "UTC"),
    },
)

CUSTOMERS = TableSpec(
    name="dm.customers",
    grain=("person_id",),
    description="The wide table: one row per person: buyers, registered and device-only visitors.",
    indexes=("person_id",),
    columns={
        "person_id": PERSON,
        "name": Column("string", "full name", pii=Pii.PERSONAL),
        "email": Column("string", "e-mail", pii=Pii.CONTACT),
        "phone": Column("string", "phone", pii=Pii.CONTACT),
        "gender": Column("string", "gender", pii=Pii.PERSONAL),
        "birth_date": Column("date", "date of birth", pii=Pii.PERSONAL),
        "age_group": Column(
            "string",
            "age band: from the record, else by the date of birth: 0-17, 18-24, 25-34, …, 65+",
            pii=Pii.PERSONAL,
        ),
        "city": Column("string", "city", pii=Pii.PERSONAL),
        "country": Column("string", "country"),
        "joined_at": Column(TIME, "joined", "UTC"),
        "acquisition_channel": Column(
            "string", "channel of arrival: from the record, else first visit"
        ),
        "is_registered": Column("!boolean", "has a customer number"),
        "is_buyer": Column("!boolean", "has at least one order"),
        "can_email": Column(
            "!boolean", "has an e-mail and has not refused e-mail; see `profiles.consents`"
        ),
        "orders": Column("!int64", "orders; 0 for non-buyers"),
        "monetary": Column("!" + MONEY, "net amount; 0 for non-buyers", "currency"),
        "average_order": Column(MONEY, "average order amount", "currency"),
        "refunds": Column("!int64", "refunds"),
        "first_order_at": Column(TIME, "first order", "UTC"),
        "last_order_at": Column(TIME, "last order", "UTC"),
        "recency_days": Column("int64", "days since the last order", "days"),
        "orders_90d": Column("!int64", "orders in 90 days"),
        "r": Column("int64", "recency quintile"),
        "f": Column("int64", "frequency quintile"),
        "m": Column("int64", "monetary quintile"),
        "rfm_segment": Column("string", "RFM segment"),
        "value_tier": Column("string", "value tier"),
        "stage": Column("!string", "prospect | new | active | dormant | churned"),
        "persona": Column(
            "string", "persona by the newest search: p1, p2, …; null for whoever has none"
        ),
        "favourite_category": Column("string", "favourite category"),
        "favourite_channel": Column("string", "favourite channel"),
        "discount_share": Column("float64", "share of list price given as discount", "share"),
        "visits_30d": Column("!int64", "sessions in 30 days"),
        "last_seen_at": Column(TIME, "last event or order", "UTC"),
        "messages_30d": Column("!int64", "messages delivered in 30 days"),
        "clv": Column("float64", "expected net amount over the model's horizon", "currency"),
        "churn": Column("float64", "probability of no order within the model's horizon"),
        "repurchase": Column("float64", "probability of an order within the model's horizon"),
        "completeness": Column(
            "!float64", "share of the profile's core fields that are known", "share"
        ),
    },
)

TAGS = TableSpec(
    name="dm.tags",
    grain=("person_id", "tag"),
    description="Tags that hold for a person now.",
    order_by=("person_id",),
    columns={
        "person_id": PERSON,
        "tag": Column("!string", "tag name"),
        "value": Column("string", "the tag's value; null for plain tags"),
        "number": Column("float64", "the number behind the value; null where there is none"),
        "weight": Column(
            "float64", "share of a preference's strongest value; null for other tags", "share"
        ),
        "family": Column("!string", "basic | behavior | preference | value | need"),
        "origin": Column("!string", "rule | statistic | preference | model | manual | imported"),
        "definition": Column("!string", "digest of the definition that it holds by"),
        "valid_until": Column(TIME, "when it ends by itself; null for until the next run", "UTC"),
        "as_of": Column("!" + TIME, "instant it was computed from", "UTC"),
    },
)

AUDIENCES = TableSpec(
    name="dm.audiences",
    grain=("audience",),
    description="Size of every defined audience at the last build.",
    columns={
        "audience": Column("!string", "audience name"),
        "members": Column("!int64", "people in it"),
        "as_of": Column("!" + TIME, "instant it was counted from", "UTC"),
    },
)

FEEDBACK = TableSpec(
    name="dm.feedback",
    grain=("feedback_id",),
    description="What people wrote or said, one row per text, with what it means. Written by "
    "insights.",
    columns={
        "feedback_id": Column("!string", "digest of the text's origin"),
        "kind": Column("!string", "review | service | survey | post"),
        "source_id": Column("!string", "source"),
        "visitor_id": Column("string", "typed id of who said it", pii=Pii.IDENTIFIER),
        "person_id": Column("string", "person; null where nobody is known", pii=Pii.IDENTIFIER),
        "product_id": Column("string", "product it is about"),
        "order_id": Column("string", "order it is about"),
        "category": Column("string", "category of the product"),
        "channel": Column("string", "where it was said"),
        "feedback_time": Column(TIME, "when; null where nothing tells it", "UTC"),
        "ts_ms": Column("int64", "feedback_time in milliseconds since 1970", "ms"),
        "prompt": Column("string", "the question answered, or the topic of the case"),
        "text": Column("!string", "what was said", pii=Pii.PERSONAL),
        "rating": Column("float64", "stars or score as given"),
        "label": Column("string", "judgement that came with the text, as given"),
        "language": Column("string", "zh | en | mixed; null where there are no words"),
        "sentiment": Column("!string", "positive | negative | neutral"),
        "score": Column("!float64", "0 for clearly bad, 1 for clearly good", "share"),
        "method": Column("!string", "lexicon, or the version of the model that judged"),
        "topic": Column("string", "topic, by its name; null where none was learnt or none fits"),
        "reason": Column("string", "reason given: slow_delivery | too_expensive | …"),
        "moment": Column("string", "payment_abandoned | left, where the text tells of it"),
    },
)

ALL = (PURCHASES, RFM, SCORES, CONSENTS, CUSTOMERS, TAGS, AUDIENCES, FEEDBACK)
