"""Nothing before consent, nothing after its withdrawal."""

from __future__ import annotations

import json

import pytest
from tests.tracker.wire import until

pytestmark = pytest.mark.browser

STORED = "JSON.stringify([document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)])"
NOTHING = '["",[],[]]'


def test_before_consent_nothing_is_stored_or_sent_not_even_an_id(shop):
    shop.site.put("/", head=shop.tag('data-consent="required" data-autocapture'))
    shop.site.put("/b", head=shop.tag('data-consent="required"'))
    tab = shop.page()
    tab.evaluate("zhiyin.identify('u1'); zhiyin.track('Early'); zhiyin.flush()")
    tab.wait_for_timeout(2_500)
    assert tab.evaluate(STORED) == NOTHING
    assert tab.evaluate("zhiyin.anonymousId()") is None
    tab.goto(shop.site.url + "/b")  # leaving sends nothing either
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    assert tab.evaluate(STORED) == NOTHING
    assert shop.wire.posts == []
    assert shop.context.cookies() == []


def test_after_consent_what_was_held_is_sent_with_the_consent_stamped(shop):
    shop.site.put("/", head=shop.tag('data-consent="required"'))
    tab = shop.page()
    tab.evaluate("zhiyin.track('Early')")
    tab.evaluate("zhiyin.consent({analytics: true, marketing: false})")
    tab.evaluate("zhiyin.track('Late')")
    assert until(lambda: len(shop.wire.items) >= 3)
    rows = shop.events("event, kind, consent, anonymous_id")
    assert [row["event"] or row["kind"] for row in rows] == ["page", "Early", "Late"]
    assert len({row["anonymous_id"] for row in rows}) == 1
    for row in rows:
        assert json.loads(row["consent"]) == {"analytics": True, "marketing": False}
    tab.reload()
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    assert tab.evaluate("zhiyin.consent()") == {"analytics": True, "marketing": False}
    assert until(lambda: len(shop.wire.items) >= 4)


def test_withdrawal_stops_and_clears_in_all_tabs(shop):
    tab, other = shop.page(), shop.page()
    tab.evaluate("zhiyin.identify('u1'); zhiyin.flush()")
    assert until(lambda: len(shop.wire.items) >= 3)
    count = len(shop.wire.posts)
    tab.evaluate("zhiyin.track('Waiting'); zhiyin.consent({analytics: false})")
    other.evaluate("zhiyin.track('Other')")
    tab.wait_for_timeout(2_500)
    other.close()
    tab.wait_for_timeout(300)
    assert len(shop.wire.posts) == count
    cookies = {one["name"] for one in shop.context.cookies()}
    assert cookies == {"zy_consent"}
    assert tab.evaluate("Object.keys(localStorage)") == ["zy_consent"]


@pytest.mark.parametrize("signal", ["globalPrivacyControl: true", "doNotTrack: '1'"])
def test_a_browser_that_asks_not_to_be_tracked_is_heard_where_the_shop_says_so(shop, signal):
    name, value = signal.split(": ")
    shop.context.add_init_script(
        f"Object.defineProperty(Navigator.prototype, '{name}', {{get: () => {value}}})"
    )
    shop.site.put("/", head=shop.tag("data-honor-do-not-track"))
    tab = shop.page()
    tab.evaluate("zhiyin.consent({analytics: true}); zhiyin.track('A')")
    tab.wait_for_timeout(2_500)
    assert shop.wire.posts == []
    assert tab.evaluate(STORED) == NOTHING
    shop.site.put("/plain", head=shop.tag())
    shop.page("/plain")
    assert until(lambda: shop.wire.posts)
