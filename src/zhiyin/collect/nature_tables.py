"""ODS tables of the sources beside orders, events and customers: words, calls, doors, friends."""

from zhiyin.collect.origin_tables import ORIGIN, ORIGIN_GRAIN
from zhiyin.core.privacy import Pii
from zhiyin.ports.tables import MONEY, TIME, Column, TableSpec

REVIEWS = TableSpec(
    name="ods.reviews",
    grain=ORIGIN_GRAIN,
    description="Reviews and ratings of products, shops and services, in the customer's words.",
    columns={
        "review_id": Column("string", "number of the review"),
        "customer_id": Column("string", "customer, where known", pii=Pii.IDENTIFIER),
        "product_id": Column("string", "product reviewed"),
        "order_id": Column("string", "order it belongs to"),
        "category": Column("string", "product category, where the product is not known"),
        "rating": Column("float64", "stars or score as given; null where there is none"),
        "label": Column("string", "judgement that came with the review: positive | negative | …"),
        "text": Column("string", "what was written", pii=Pii.PERSONAL),
        "channel": Column("string", "where it was written"),
        "review_time": Column(TIME, "when; null where the file has none", "UTC"),
        "attributes": Column("string", "JSON object of further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

SERVICE_CASES = TableSpec(
    name="ods.service_cases",
    grain=ORIGIN_GRAIN,
    description="Contacts with customer service: calls, chats, complaints, repairs.",
    columns={
        "case_id": Column("!string", "number of the case"),
        "customer_id": Column("string", "customer, where known", pii=Pii.IDENTIFIER),
        "phone": Column("string", "phone of the caller", pii=Pii.CONTACT),
        "order_id": Column("string", "order it is about"),
        "product_id": Column("string", "product it is about"),
        "channel": Column("string", "phone | chat | e-mail | counter | …"),
        "topic": Column("string", "topic or kind of case"),
        "status": Column("string", "open | solved | …"),
        "satisfaction": Column("float64", "score that the customer gave afterwards"),
        "text": Column("string", "what was said", pii=Pii.PERSONAL),
        "opened_at": Column("!" + TIME, "when it began", "UTC"),
        "closed_at": Column(TIME, "when it ended", "UTC"),
        "attributes": Column("string", "JSON object of further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

SURVEY_ANSWERS = TableSpec(
    name="ods.survey_answers",
    grain=ORIGIN_GRAIN,
    description="Answers to survey questions, one row per person and question.",
    columns={
        "survey_id": Column("!string", "survey"),
        "customer_id": Column("string", "customer, where known", pii=Pii.IDENTIFIER),
        "email": Column("string", "e-mail of who answered", pii=Pii.CONTACT),
        "question": Column("!string", "question, in words or by its code"),
        "answer": Column("string", "answer as given", pii=Pii.PERSONAL),
        "score": Column("float64", "answer as a number, such as 0 to 10 for recommendation"),
        "answered_at": Column(TIME, "when", "UTC"),
        "attributes": Column("string", "JSON object of further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

SOCIAL_POSTS = TableSpec(
    name="ods.social_posts",
    grain=ORIGIN_GRAIN,
    description="What people do with the brand on social networks: follow, like, comment, share.",
    columns={
        "post_id": Column("string", "post or comment"),
        "network": Column("!string", "wechat | weibo | douyin | xiaohongshu | instagram | …"),
        "account_id": Column("string", "account on that network", pii=Pii.IDENTIFIER),
        "customer_id": Column("string", "customer, where known", pii=Pii.IDENTIFIER),
        "action": Column("!string", "follow | unfollow | like | comment | share | …"),
        "text": Column("string", "what was written", pii=Pii.PERSONAL),
        "acted_at": Column("!" + TIME, "when", "UTC"),
        "attributes": Column("string", "JSON object of further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

FOOT_TRAFFIC = TableSpec(
    name="ods.foot_traffic",
    grain=ORIGIN_GRAIN,
    description="Visitors counted at the doors of stores and at offline events.",
    columns={
        "store_id": Column("!string", "store, zone or event"),
        "counted_at": Column("!" + TIME, "first instant of the counted interval", "UTC"),
        "minutes": Column("int64", "length of the interval", "min"),
        "visitors_in": Column("!int64", "people who came in", "people"),
        "visitors_out": Column("int64", "people who went out", "people"),
        "passers_by": Column("int64", "people who passed outside", "people"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

THIRD_PARTY_ATTRIBUTES = TableSpec(
    name="ods.third_party_attributes",
    grain=ORIGIN_GRAIN,
    description="What a third party says about a person, with the proof that it may be used.",
    columns={
        "customer_id": Column("string", "customer number", pii=Pii.IDENTIFIER),
        "email": Column("string", "e-mail, lower case", pii=Pii.CONTACT),
        "phone": Column("string", "phone number", pii=Pii.CONTACT),
        "provider": Column("!string", "who supplied it"),
        "attribute": Column("!string", "name of the attribute"),
        "value": Column("string", "its value as text", pii=Pii.PERSONAL),
        "permission_proof": Column(
            "!string", "document or record that proves the permission; a row without is set aside"
        ),
        "permission_at": Column(TIME, "when the person agreed", "UTC"),
        "valid_until": Column("date", "last day on which it may be used"),
        "attributes": Column("string", "JSON object of further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)

PAYMENTS = TableSpec(
    name="ods.payments",
    grain=ORIGIN_GRAIN,
    description="Money that came in or went back, as cashiers and payment providers report it.",
    columns={
        "payment_id": Column("!string", "number of the payment or of the transaction"),
        "order_id": Column("string", "order paid"),
        "customer_id": Column("string", "customer, where known", pii=Pii.IDENTIFIER),
        "payment_kind": Column("!string", "payment | refund | chargeback"),
        "method": Column("string", "alipay | wechat_pay | card | cash | points | …"),
        "provider": Column("string", "bank or payment provider"),
        "status": Column("string", "paid | failed | pending | …, as the provider says"),
        "amount": Column("!" + MONEY, "money moved, positive in both directions", "currency"),
        "fee": Column(MONEY, "what the provider kept", "currency"),
        "currency": Column("!string", "ISO 4217"),
        "paid_at": Column("!" + TIME, "when", "UTC"),
        "attributes": Column("string", "JSON object of further columns"),
        **ORIGIN,
    },
)

RECORDS = TableSpec(
    name="ods.records",
    grain=ORIGIN_GRAIN,
    description="Rows of files that no other table fits, kept whole: nothing given is lost.",
    columns={
        "record_kind": Column("!string", "what the rows are, such as promotions or calendar"),
        "record_id": Column("string", "number of the row, where it has one"),
        "customer_id": Column("string", "customer it is about", pii=Pii.IDENTIFIER),
        "product_id": Column("string", "product it is about"),
        "store_id": Column("string", "store it is about"),
        "order_id": Column("string", "order it is about"),
        "campaign_id": Column("string", "campaign it is about"),
        "record_time": Column(TIME, "when, where it says so", "UTC"),
        "attributes": Column("string", "JSON object of all further columns", pii=Pii.PERSONAL),
        **ORIGIN,
    },
)
