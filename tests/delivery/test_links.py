"""Tracking links: nobody but us makes them, and they lead only where we said."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.delivery.small_shop import NOW, SETTINGS

from zhiyin.core.errors import InvalidInput, NotFound
from zhiyin.delivery.api import DeliverySettings, Link, Tracking, read_token, sign
from zhiyin.delivery.links import tagged, with_tracking
from zhiyin.testing.operational import MemoryOperationalStore

KINDS = ("o", "c", "u")


@given(kind=st.sampled_from(KINDS), message=st.text(max_size=40), url=st.text(max_size=80))
@settings(max_examples=50, deadline=None)
def test_a_token_gives_back_what_was_signed_for_its_own_purpose_only(kind, message, url):
    token = sign(SETTINGS.secret, kind, Link(message, url))
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)
    assert read_token(SETTINGS.secret, kind, token) == Link(message, url)
    for other in set(KINDS) - {kind}:
        with pytest.raises(NotFound):
            read_token(SETTINGS.secret, other, token)


@given(place=st.integers(0, 200), bit=st.sampled_from("Aa0_-."))
@settings(max_examples=80, deadline=None)
def test_a_changed_token_is_refused(place, bit):
    token = sign(SETTINGS.secret, "c", Link("m1", "https://shop.test/"))
    place %= len(token)
    changed = token[:place] + bit + token[place + 1 :]
    if changed == token:
        return
    try:
        link = read_token(SETTINGS.secret, "c", changed)
    except NotFound:
        return
    # Base64 leaves unused bits in its last character: other text, the same bytes.
    assert link == Link("m1", "https://shop.test/")


@pytest.mark.parametrize("token", ["", ".", "a.b", "é.é", "....", "W10.W10", "x" * 5000])
def test_nonsense_is_refused_in_one_sentence(token):
    with pytest.raises(NotFound, match="not one of ours"):
        read_token(SETTINGS.secret, "o", token)


def test_a_token_of_another_workspace_is_refused():
    token = sign(b"another secret of 16", "u", Link("m1"))
    with pytest.raises(NotFound):
        read_token(SETTINGS.secret, "u", token)


def test_a_short_secret_is_refused():
    with pytest.raises(InvalidInput, match="has 5 bytes"):
        DeliverySettings(shop_name="x", base_url="https://x.test", secret=b"short")


def tracked(body: str) -> str:
    return with_tracking(body, SETTINGS, message_id="m1", campaign="c1")


def test_links_of_a_message_are_tracked_and_lead_where_they_led():
    body = '<body><a style="x" href="https://shop.test/a?b=1&amp;c=2">go</a></body>'
    (link,) = re.findall(r'href="([^"]+)"', tracked(body))
    assert link.startswith("https://crm.shop.test/t/c/")
    url = read_token(SETTINGS.secret, "c", unescape(link).rpartition("/")[2]).url
    assert url == ("https://shop.test/a?b=1&c=2&utm_source=email&utm_medium=email&utm_campaign=c1")


def test_our_own_links_and_other_schemes_are_left_alone():
    own = '<a href="https://crm.shop.test/t/u/abc">out</a><a href="mailto:a@b.test">mail</a>'
    assert tracked(own).startswith(own)


def test_a_source_that_a_link_names_itself_is_kept():
    assert (
        tagged("https://x.test/?utm_source=partner", "c1") == "https://x.test/?utm_source=partner"
    )
    assert tagged("https://x.test/#top", "c 1").endswith("utm_campaign=c+1#top")


def test_the_picture_that_tells_of_opening_stands_at_the_end_of_the_body():
    assert re.search(r"/t/o/[^\"]+\.gif\"[^>]*></body></html>$", tracked("<body>x</body></html>"))
    assert re.search(r"^x<img[^>]+>$", tracked("x"))


@pytest.fixture
def tracking(log, clock, a_row) -> Tracking:
    outbox = MemoryOperationalStore()
    outbox.enqueue([a_row(1, "Ann"), a_row(2, person_id="anon:77")])
    return Tracking(outbox, log, clock, SETTINGS.secret)


def token_for(kind, number=1, url="") -> str:
    return sign(SETTINGS.secret, kind, Link(f"m{number:05}", url))


def test_an_open_is_logged_with_the_message_the_campaign_and_the_person(tracking, log):
    tracking.record_open(token_for("o") + ".gif")
    tracking.record_open(token_for("o", 2))
    first, second = log.events()
    assert first["event"] == "Email Opened"
    assert first["userId"] == "1"
    assert first["properties"] == {
        "campaign_id": "c1", "message_id": "m00001", "channel": "email",
    }  # fmt: skip
    assert (second["userId"], second["anonymousId"]) == (None, "77")


def test_a_click_is_logged_and_leads_to_the_signed_address_only(tracking, log):
    assert tracking.record_click(token_for("c", url="https://shop.test/x")) == "https://shop.test/x"
    (event,) = log.events()
    assert (event["event"], event["properties"]["link"]) == (
        "Email Link Clicked",
        "https://shop.test/x",
    )


def test_a_burst_of_fetches_is_one_event_and_a_later_one_another(tracking, log, clock):
    from datetime import timedelta

    for _ in range(3):
        tracking.record_open(token_for("o"))
    clock.advance(timedelta(minutes=5))
    tracking.record_open(token_for("o"))
    ids = [event["messageId"] for event in log.events()]
    assert len(set(ids)) == 2
    assert len(set(ids[:3])) == 1


def test_looking_at_the_unsubscribe_page_changes_nothing(tracking, log):
    assert tracking.check_unsubscribe(token_for("u")).address == "Ann@shop.test"
    assert log.events() == []
    assert tracking.outbox.suppressed("email", ["ann@shop.test"]) == set()


def test_unsubscribing_is_logged_and_silences_the_address_at_once(tracking, log):
    row = tracking.record_unsubscribe(token_for("u"))
    tracking.record_unsubscribe(token_for("u"))
    assert row.message_id == "m00001"
    assert len({event["messageId"] for event in log.events()}) == 1
    assert log.names()[0] == "Unsubscribed"
    assert tracking.outbox.suppressed("email", ["ann@shop.test"]) == {"ann@shop.test"}


def test_a_message_that_is_no_longer_known_is_said_to_be_so(tracking):
    with pytest.raises(NotFound, match="m00099"):
        tracking.record_open(token_for("o", 99))


def test_receipts_are_accepted_by_the_front_door(tracking, log):
    from zhiyin.collect.api import accept

    tracking.record_open(token_for("o"))
    accepted = accept(log.events()[0], source_id="delivery", received_at=NOW)
    assert isinstance(accepted, bytes)
