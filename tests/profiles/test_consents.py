"""The latest word on marketing counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.api import consents
from zhiyin.warehouse import tables as dw

AS_OF = datetime(2025, 6, 30)
JOINED = AS_OF - timedelta(days=100)


@pytest.fixture
def words(memtable):
    def said(records=(), events=()):
        people = [{"visitor_id": name, "person_id": "user:1"} for name in ("user:1", "user:2")]
        table = consents(
            memtable(dw.CUSTOMERS, *records),
            memtable(dw.EVENTS, *events),
            memtable(PERSON_OF, *people),
            as_of=AS_OF,
        )
        return {
            row["channel"]: (row["is_granted"], row["basis"])
            for row in table.to_pyarrow().to_pylist()
        }

    return said


def record(visitor="user:1", **columns):
    return {"visitor_id": visitor, "joined_at": JOINED, **columns}


def event(name, days, **columns):
    moment = AS_OF - timedelta(days=days)
    return {"visitor_id": "user:1", "event": name, "event_time": moment, **columns}


def test_whoever_was_never_asked_has_no_row(words):
    assert words([record()]) == {}


def test_a_record_speaks_for_each_channel(words):
    said = words([record(email_consent=True, sms_consent=False)])
    assert said == {"email": (True, "record"), "sms": (False, "record")}


def test_unsubscribing_outweighs_the_record_and_subscribing_again_outweighs_that(words):
    records = [record(email_consent=True)]
    gone, back = event("Unsubscribed", 5), event("Subscribed", 4)
    assert words(records, [gone]) == {"email": (False, "unsubscribe")}
    assert words(records, [gone, back]) == {"email": (True, "subscribe")}


def test_a_bounce_is_a_refusal(words):
    assert words([record(email_consent=True)], [event("Email Bounced", 1)]) == {
        "email": (False, "bounce")
    }


def test_a_later_record_outweighs_an_earlier_event(words):
    late = record(email_consent=True) | {"joined_at": AS_OF - timedelta(days=1)}
    assert words([late], [event("Unsubscribed", 5)]) == {"email": (True, "record")}


def test_a_record_without_a_date_is_older_than_any_event(words):
    undated = record(email_consent=True) | {"joined_at": None}
    assert words([undated], [event("Unsubscribed", 500)]) == {"email": (False, "unsubscribe")}


def test_of_two_words_at_one_instant_a_refusal_wins(words):
    both = [record(email_consent=True), record("user:2", email_consent=False)]
    assert words(both) == {"email": (False, "record")}


def test_the_platform_of_an_event_names_its_channel(words):
    assert words(events=[event("Unsubscribed", 1, platform="sms")]) == {
        "sms": (False, "unsubscribe")
    }
    assert words(events=[event("Unsubscribed", 1, platform="web")]) == {
        "email": (False, "unsubscribe")
    }


def test_what_is_said_at_the_instant_itself_is_not_heard(words):
    assert words(events=[event("Unsubscribed", 0)]) == {}
