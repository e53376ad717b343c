"""Touches, campaigns and costs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from zhiyin.collect import tables as ods
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.campaigns import campaigns
from zhiyin.warehouse.costs import costs
from zhiyin.warehouse.events import RECEIPTS
from zhiyin.warehouse.touches import touches

NOON = datetime(2026, 1, 5, 12)
NONE = (rows_of(dw.SESSIONS), rows_of(dw.EVENTS), rows_of(ods.TOUCHES), rows_of(dw.CAMPAIGNS))


def touches_of(rows, *, sessions=NONE[0], events=NONE[1], contacts=NONE[2], known=NONE[3]):
    return rows(touches, sessions, events, contacts, known)


def test_a_visit_is_a_touch_unless_it_came_by_itself(rows):
    sessions = rows_of(
        dw.SESSIONS,
        {"visitor_id": "anon:1", "channel": "google", "start_ms": 5},
        {"visitor_id": "anon:1", "channel": "direct", "start_ms": 6},
        {"visitor_id": "anon:1", "channel": "direct", "start_ms": 7, "campaign_id": "k"},
    )
    found = touches_of(rows, sessions=sessions)
    assert sorted((row["touch_kind"], row["ts_ms"]) for row in found) == [
        ("visit", 5),
        ("visit", 7),
    ]
    assert len({row["touch_id"] for row in found}) == 2


@pytest.mark.parametrize(("event", "kind"), RECEIPTS.items())
def test_a_receipt_is_a_touch_with_its_message(rows, event, kind):
    events = rows_of(
        dw.EVENTS,
        {
            "event_id": "1",
            "event": event,
            "message_id": "m",
            "event_time": NOON,
            "channel": "email",
        },
        {"event_id": "2", "event": "Page Viewed"},
    )
    (row,) = touches_of(rows, events=events)
    assert (row["touch_kind"], row["message_id"], row["touch_time"]) == (kind, "m", NOON)


def test_a_contact_without_a_time_happened_when_its_campaign_began(rows):
    contacts = rows_of(
        ods.TOUCHES,
        {"campaign_id": "k", "customer_id": "1", "touch_kind": "targeted"},
        {"campaign_id": "other", "customer_id": "1", "touch_kind": "targeted"},
        {"campaign_id": "k", "touch_kind": "redeemed", "touch_time": NOON},
    )
    known = rows_of(dw.CAMPAIGNS, {"campaign_id": "k", "start_time": NOON, "channel": "mail"})
    (row,) = touches_of(rows, contacts=contacts, known=known)
    assert (row["touch_time"], row["channel"], row["visitor_id"]) == (NOON, "mail", "user:1")
    assert row["ts_ms"] == 1_767_614_400_000


def test_the_newest_campaign_record_counts(rows):
    records = rows_of(
        ods.CAMPAIGNS,
        {"campaign_id": "k", "name": "new", "load_id": 2},
        {"campaign_id": "k", "name": "old", "channel": "mail", "load_id": 1},
    )
    (row,) = rows(campaigns, records)
    assert (row["name"], row["channel"]) == ("new", "mail")


def test_costs_of_one_day_channel_and_campaign_are_added_up(rows):
    spent = {"cost_date": date(2026, 1, 1), "channel": "google", "amount": Decimal("0.1")}
    records = rows_of(ods.COSTS, spent, {**spent, "clicks": 3}, {**spent, "campaign_id": "k"})
    found = {row["campaign_id"]: row for row in rows(costs, records)}
    assert (found[""]["amount"], found[""]["clicks"]) == (Decimal("0.2"), 3)
    assert (found["k"]["amount"], found["k"]["impressions"]) == (Decimal("0.1"), 0)
