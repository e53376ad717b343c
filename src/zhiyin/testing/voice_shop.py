"""Texts of every source, for tests: doubles, gaps, and people under two names."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pyarrow as pa

from zhiyin.collect import tables as ods
from zhiyin.identity.tables import PERSON_OF
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw

AT = datetime(2026, 3, 1, 8, 30, 0, 123_000)  # noqa: DTZ001 - the warehouse keeps naive UTC


def event(name: str, number: str, properties: dict[str, Any], **beside: Any) -> dict[str, Any]:
    """Return an event of the app that carries properties."""
    told = json.dumps(properties, ensure_ascii=False)
    return {
        "source_id": "app", "event_id": number, "kind": "track", "event": name, "event_time": AT,
        "received_at": AT, "properties": told, "origin": "log", "load_id": 3, **beside,
    }  # fmt: skip


REVIEW = {"source_id": "shop", "origin": "reviews.csv", "load_id": 1}
FACTS = [
    (
        ods.REVIEWS,
        [
            REVIEW | {"review_id": "r1", "customer_id": "ann", "product_id": "p1", "rating": 2.0,
                      "text": "质量很差，退货", "review_time": AT},
            REVIEW | {"review_id": "r1", "customer_id": "ann", "product_id": "p1", "rating": 5.0,
                      "text": "质量很好", "review_time": AT, "load_id": 2},
            REVIEW | {"review_id": "r2", "text": "物流太慢", "category": "书籍"},
            REVIEW | {"text": "great value"},
            REVIEW | {"text": "great value", "customer_id": ""},
            REVIEW | {"review_id": "r3", "text": " 5 / 5 !"},
            REVIEW | {"review_id": "r4", "text": "  "},
            REVIEW | {"review_id": "r5"},
        ],
    ),
    (
        ods.SERVICE_CASES,
        [
            {"source_id": "desk", "origin": "cases.csv", "load_id": 1, "case_id": "c1",
             "customer_id": "ann2", "channel": "phone", "topic": "退货", "satisfaction": 1.0,
             "text": "客服态度恶劣，再也不会买了", "opened_at": AT},
        ],
    ),
    (
        ods.SURVEY_ANSWERS,
        [
            {"source_id": "nps", "origin": "nps.csv", "load_id": 1, "survey_id": "s1",
             "customer_id": "bob", "question": "Why did you not pay?",
             "answer": "shipping costs were too high", "score": 3.0, "answered_at": AT},
            {"source_id": "nps", "origin": "nps.csv", "load_id": 1, "survey_id": "s1",
             "customer_id": "bob", "question": "How old?", "answer": "42"},
        ],
    ),
    (
        ods.SOCIAL_POSTS,
        [
            {"source_id": "social", "origin": "weibo.csv", "load_id": 1, "network": "weibo",
             "action": "comment", "post_id": "w1", "text": "真香 👍", "acted_at": AT},
            {"source_id": "social", "origin": "weibo.csv", "load_id": 1, "network": "weibo",
             "action": "like", "post_id": "w1", "acted_at": AT},
        ],
    ),
    (
        ods.EVENTS,
        [
            event("Review Submitted", "e1", {"review_body": "味道很好", "rating": 5},
                  user_id="bob", product_id="p1", platform="app"),
            event("Review Submitted", "e1", {"review_body": "味道很好", "rating": 5},
                  user_id="bob", product_id="p1", platform="app", source_id="app"),
            event("Survey Answered", "e2", {"question": "为什么没付款", "answer": "太贵了"},
                  anonymous_id="d1"),
            event("Service Closed", "e3", {"text": "solved quickly, thanks", "rating": "n/a"}),
            event("Product Viewed", "e4", {"text": "not feedback"}),
        ],
    ),
    (dw.PRODUCTS, [{"product_id": "p1", "category": "水果"}]),
    (
        PERSON_OF,
        [
            {"visitor_id": "user:ann2", "person_id": "user:ann"},
            {"visitor_id": "user:ann", "person_id": "user:ann"},
        ],
    ),
]  # fmt: skip


def voice_shop() -> dict[str, pa.Table]:
    """Return the texts' tables by name."""
    return {spec.name: rows_of(spec, *rows) for spec, rows in FACTS}
