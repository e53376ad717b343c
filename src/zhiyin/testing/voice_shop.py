"""Texts of every source, for tests: doubles, gaps, and people under two names."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from zhiyin.collect import tables as ods
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.testing.rows import EPOCH, rows_of
from zhiyin.testing.small_shop import AS_OF
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


# Who said it, days before the small shop's instant (None: nobody knows when), and what it means.
JUDGED = (
    ("user:ann", 3, "negative", 0.1, "slow_delivery", None, "物流太慢了，等了十天", "app"),
    ("user:ann2", 20, "negative", 0.2, "slow_delivery", "left", "物流太慢了，等了十天", "app"),
    ("user:ann", 200, "positive", 0.9, None, None, "great value, would buy again", None),
    ("user:bob", 40, "neutral", 0.5, "too_expensive", "payment_abandoned", "太贵了，没付款", "web"),
    ("anon:d1", 2, "positive", 0.8, None, None, "ok", "web"),
    (None, 1, "negative", 0.3, "poor_quality", None, " 质量很差 ", "web"),
    ("user:cy", None, "negative", 0.3, "poor_quality", None, "质量很差", None),
    ("user:cy", -1, "negative", 0.3, "poor_quality", None, "said tomorrow", "web"),
)


def said() -> pa.Table:
    """Return `dm.feedback` of the people of the small shop."""
    return rows_of(dm.FEEDBACK, *(judged(place, *one) for place, one in enumerate(JUDGED)))


def judged(
    place: int, visitor: str | None, days_ago: int | None, sentiment: str, score: float, *rest: Any
) -> dict[str, Any]:
    """Return one row of `dm.feedback`."""
    reason, moment, text, channel = rest
    at = None if days_ago is None else AS_OF - timedelta(days=days_ago)
    return {
        "feedback_id": f"f{place}", "kind": ("review", "survey")[place % 2], "source_id": "shop",
        "visitor_id": visitor, "person_id": visitor, "product_id": "p", "channel": channel,
        "feedback_time": at, "ts_ms": at and (at - EPOCH) // timedelta(milliseconds=1),
        "text": text, "sentiment": sentiment, "score": score, "method": "lexicon",
        "topic": ("delivery", "price")[place % 2], "reason": reason, "moment": moment,
    }  # fmt: skip
