"""Every nature of source: the documented lines are imported by the recipe beside them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.collect import shop

from zhiyin.adapters.sources.files import Files
from zhiyin.collect.suggest.suggestion import suggest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "send" / "natures.md"
NOW = shop.NOW.replace(month=6)


@dataclass(frozen=True)
class Section:
    """One nature on the page: its example file and its part of a recipe."""

    file: str
    lines: str
    sources: str


def sections() -> dict[str, Section]:
    text = PAGE.read_text(encoding="utf-8")
    found = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, body = part.split("\n", 1)
        lines = re.search(r'```csv title="(.+?)"\n(.*?)```', body, re.DOTALL)
        recipe = re.search(r"```yaml\n(.*?)```", body, re.DOTALL)
        assert lines, f"{title} shows no lines"
        assert recipe, f"{title} shows no recipe"
        found[title] = Section(lines[1], lines[2], recipe[1])
    return found


def head() -> str:
    return PAGE.read_text(encoding="utf-8").split("```yaml\n", 1)[1].split("```", 1)[0]


@dataclass(frozen=True)
class Becomes:
    """What the example becomes: tables with their rows' fields, in order, and reasons."""

    tables: dict[str, list[dict[str, Any]]]
    aside: dict[str, int] = field(default_factory=dict)


EXPECTED = {
    "App": Becomes(
        {
            "events": [
                {
                    "event": "Product Viewed",
                    "user_id": "88",
                    "event_time": "2026-01-01 00:00:00",
                    "platform": "app",
                },
                {"kind": "screen", "page_name": "Home", "event_time": "2026-01-01 00:01:00.500000"},
            ]
        },
        {"no_user_anon_id": 1},
    ),
    "Web": Becomes(
        {
            "events": [
                {"kind": "page", "anonymous_id": "c-7", "utm_source": "douyin", "revenue": None},
                {
                    "event": "Order Completed",
                    "order_id": "SO-1",
                    "revenue": 129,
                    "currency": "CNY",
                },
            ]
        }
    ),
    "Mini-program": Becomes(
        {
            "events": [
                {
                    "event": "Product Added",
                    "platform": "mini_program",
                    "phone": "13800000001",
                    "event_time": "2026-01-03 02:00:00",
                    "properties": '{"unionid":"u-1"}',
                },
                {"event": "Order Completed"},
            ]
        }
    ),
    "Official site": Becomes(
        {"events": [{"kind": "page", "page_path": "/about"}, {"referrer": "/about"}]}
    ),
    "Store POS": Becomes(
        {
            "order_lines": [
                {"amount": 74, "line_kind": "sale", "channel": "store", "store_id": "S-01"},
                {"unit_price": 1280, "order_time": "2026-01-03 06:05:00", "discount": 0},
                {"line_kind": "refund", "customer_id": None, "quantity": -1},
            ]
        }
    ),
    "Foot traffic": Becomes(
        {"foot_traffic": [{"store_id": "S-01", "visitors_in": 31, "minutes": 60}]},
        {"unreadable_value": 1},
    ),
    "Offline events": Becomes(
        {
            "events": [
                {
                    "event": "Event Attended",
                    "platform": "offline",
                    "event_time": "2026-01-04 07:30:00",
                },
                {"user_id": "phone:13800000002"},
            ]
        }
    ),
    "CRM and membership": Becomes(
        {
            "customers": [
                {
                    "member_card": "88000001",
                    "gender": "female",
                    "email": "wang.fang@example.com",
                    "sms_consent": True,
                    "attributes": '{"tier":"金卡","points":1280}',
                },
                {"birth_date": None, "sms_consent": False},
            ]
        }
    ),
    "Orders": Becomes(
        {
            "order_lines": [
                {"order_id": "SO-1", "amount": 79, "order_time": "2026-02-01 01:05:00"},
                {"order_time": "2026-02-13 12:10:00"},
            ]
        }
    ),
    "Payments": Becomes(
        {
            "payments": [
                {"payment_kind": "payment", "method": "wechat_pay", "amount": 79},
                {"payment_kind": "refund", "amount": 39.5, "currency": "CNY"},
            ]
        }
    ),
    "Refunds and returns": Becomes(
        {"refunds": [{"refund_id": "R-1", "amount": 39.5}, {"amount": None, "quantity": 1}]}
    ),
    "Customer service": Becomes(
        {
            "service_cases": [
                {"case_id": "K-1", "status": "solved", "satisfaction": 5, "channel": "phone"},
                {"customer_id": None, "closed_at": None, "topic": "质量"},
            ]
        }
    ),
    "Reviews": Becomes(
        {"reviews": [{"rating": 5, "product_id": "SKU-1"}, {"text": "Arrived broken, sadly."}]}
    ),
    "Surveys": Becomes(
        {
            "survey_answers": [
                {"question": "Q1 recommend", "answer": "9", "score": 9, "customer_id": "M-1"},
                {"question": "Q1 recommend", "score": 4, "customer_id": "M-2"},
                {"question": "Q2 why", "answer": "Good tea", "score": None},
            ]
        }
    ),
    "Social interactions": Becomes(
        {
            "social_posts": [
                {"network": "xiaohongshu", "action": "like"},
                {"action": "comment", "text": "求链接！", "account_id": "fan-2"},
            ]
        }
    ),
    "E-mail and push receipts": Becomes(
        {
            "events": [
                {"event": "Email Delivered", "campaign_id": "spring"},
                {"event": "Email Opened", "event_time": "2026-02-10 05:11:40"},
                {"event": "Push Notification Tapped", "platform": "push"},
            ]
        }
    ),
    "SMS receipts": Becomes(
        {"touches": [{"touch_kind": "delivered", "channel": "sms", "customer_id": "M-1"}]},
        {"no_customer": 1},
    ),
    "Ad cost": Becomes(
        {"costs": [{"amount": 1234.5, "impressions": 88_000}, {"amount": 310, "channel": "baidu"}]}
    ),
    "Coupons": Becomes(
        {
            "coupons": [{"coupon_code": "C-10"}, {"coupon_code": "C-11", "product_id": "SKU-2"}],
            "touches": [{"touch_kind": "redeemed", "customer_id": "M-1"}],
        },
        {"not_redeemed": 1},
    ),
    "Third-party attributes": Becomes(
        {
            "third_party_attributes": [
                {"permission_proof": "CN-2026-0001", "attribute": "household_size", "value": "3"}
            ]
        },
        {"no_permission": 1},
    ),
    "Anything else": Becomes(
        {
            "records": [
                {"record_kind": "promotions", "attributes": '{"week":6,"display":"front"}'},
                {},
            ]
        }
    ),
}


def test_every_section_of_the_page_is_known_here():
    assert list(sections()) == list(EXPECTED)


@pytest.mark.parametrize("nature", EXPECTED)
def test_the_documented_example_is_imported_as_written(nature, warehouse, tmp_path):
    section, becomes = sections()[nature], EXPECTED[nature]
    text = f"{head()}sources:\n{textwrap.indent(section.sources, '  ')}"
    given = shop.file(tmp_path, section.file, section.lines)
    report = shop.run(warehouse, shop.recipe(tmp_path, text), [given], clock_now=NOW)
    assert report.rows_quarantined == becomes.aside
    assert report.rows_read == report.rows_kept + sum(becomes.aside.values())
    for table, expected in becomes.tables.items():
        landed = shop.rows(warehouse, table)
        assert len(landed) == len(expected)
        for row, fields in zip(landed, expected, strict=True):
            assert {name: plain(row[name]) for name in fields} == fields


# The counter's two lines are too few to be numbers, a list of guests names no event, and receipts
# are as good contacts as they are events.
OTHERWISE_PROPOSED = {
    "Foot traffic": "records",
    "Offline events": "records",
    "E-mail and push receipts": "touches",
}


@pytest.mark.parametrize("nature", EXPECTED)
def test_the_documented_lines_are_recognized_without_a_recipe(nature, tmp_path):
    section = sections()[nature]
    given = shop.file(tmp_path, section.file, section.lines)
    target = suggest([given], files=Files()).sources[0]["target"]
    if nature in OTHERWISE_PROPOSED:
        assert target == OTHERWISE_PROPOSED[nature]
    else:
        assert target in EXPECTED[nature].tables


def plain(value: Any) -> Any:
    return str(value) if hasattr(value, "isoformat") else value


def test_a_row_without_proof_of_permission_stays_readable_where_it_was_set_aside(
    warehouse, tmp_path
):
    section = sections()["Third-party attributes"]
    text = f"{head()}sources:\n{textwrap.indent(section.sources, '  ')}"
    given = shop.file(tmp_path, section.file, section.lines)
    shop.run(warehouse, shop.recipe(tmp_path, text), [given])
    (row,) = warehouse.sql("SELECT * FROM ods.quarantine").to_pylist()
    assert (row["reason"], row["origin_line"]) == ("no_permission", 2)
    assert row["detail"] == "consent_id="
    assert "13800000002" in row["record"]
