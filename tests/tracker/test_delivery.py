"""Every event arrives, once: offline, on leaving, with a collector in trouble, from many tabs."""

from __future__ import annotations

from datetime import datetime

import pytest
from tests.tracker.wire import Fault, until

pytestmark = pytest.mark.browser


def names(rows) -> list[str]:
    return sorted(row["event"] or row["kind"] for row in rows)


def test_events_made_offline_are_sent_when_the_network_is_back(shop):
    tab = shop.page()
    assert until(lambda: len(shop.wire.items) == 1)
    shop.context.set_offline(True)
    tab.evaluate("for (let i = 0; i < 5; i++) zhiyin.track('Offline ' + i)")
    tab.wait_for_timeout(3_000)
    assert len(shop.wire.posts) == 1
    shop.context.set_offline(False)
    assert until(lambda: len(shop.wire.items) == 6, 10)
    tab.evaluate("0")  # hears what the browser said until now
    shop.errors.clear()  # the browser itself reports that it was offline
    assert names(shop.events()) == [*(f"Offline {i}" for i in range(5)), "page"]
    times = [row["event_time"] for row in shop.events() if row["event"]]
    assert times == sorted(times)


def test_events_made_offline_survive_the_page_and_are_sent_by_the_next(shop):
    tab = shop.page()
    assert until(lambda: len(shop.wire.items) == 1)
    shop.context.set_offline(True)
    tab.evaluate("zhiyin.track('Offline')")
    tab.close()
    shop.errors.clear()
    shop.context.set_offline(False)
    shop.page()
    assert until(lambda: shop.wire.named("Offline"), 25)


def test_an_event_right_before_a_navigation_or_the_end_of_a_tab_is_not_lost(shop):
    shop.site.put("/next", head=shop.tag())
    tab = shop.page()
    tab.evaluate("zhiyin.track('Before Navigation'); location.href = '/next'")
    tab.wait_for_url("**/next")
    assert until(lambda: shop.wire.named("Before Navigation"), 5)
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    tab.evaluate("zhiyin.track('Before Closing')")
    tab.close(run_before_unload=True)
    assert until(lambda: shop.wire.named("Before Closing"), 5)
    left = until(lambda: [row for row in shop.events() if row["event"] == "Page Left"])
    assert left
    ids = [row["event_id"] for row in shop.events()]
    assert len(ids) == len(set(ids))


def test_a_collector_in_trouble_loses_and_doubles_nothing(shop):
    shop.wire.faults += [
        Fault(503),
        Fault(429, retry_after=2),
        Fault(0),  # hangs up
        Fault(500, is_taken=True),  # took the events and then failed
    ]
    tab = shop.page()
    for i in range(30):
        tab.evaluate(f"zhiyin.track('Event {i:02}')")
    assert until(lambda: len({one["messageId"] for one in shop.wire.items}) == 31, 40)
    assert shop.wire.faults == []
    tab.wait_for_function("Object.keys(localStorage).every((name) => !name.startsWith('zy.q.'))")
    rows = shop.events()
    assert names(rows) == [*(f"Event {i:02}" for i in range(30)), "page"]
    statuses = [post.status for post in shop.wire.posts]
    assert statuses[:4] == [503, 429, 0, 500]
    assert set(statuses[4:]) == {200}
    shop.errors.clear()  # the browser itself reports the failed requests


def test_retry_after_is_waited_for(shop):
    shop.wire.faults.append(Fault(429, retry_after=3))
    tab = shop.page()
    assert until(lambda: shop.wire.posts)
    tab.evaluate("zhiyin.track('A'); zhiyin.flush()")
    tab.wait_for_timeout(2_000)
    assert len(shop.wire.posts) == 1
    assert until(lambda: shop.wire.named("A"), 5)
    shop.errors.clear()


def test_what_is_refused_for_good_is_not_sent_again(shop):
    shop.site.put("/", head=shop.tag().replace(shop.key, "zyw_unknown"))
    tab = shop.page()
    assert until(lambda: [post.status for post in shop.wire.posts] == [401])
    tab.wait_for_timeout(3_500)
    assert len(shop.wire.posts) == 1
    shop.errors.clear()


@pytest.mark.parametrize("has_locks", [True, False])
def test_tabs_of_one_browser_do_not_send_the_same_event(shop, has_locks):
    if not has_locks:  # as on a page without https
        shop.context.add_init_script("delete Navigator.prototype.locks")
    tabs = [shop.page() for _ in range(3)]
    for round_ in range(10):
        for number, tab in enumerate(tabs):
            tab.evaluate(f"zhiyin.track('Tab {number} event {round_}')")
    assert until(lambda: len({one["messageId"] for one in shop.wire.items}) >= 33, 20)
    ids = [one["messageId"] for one in shop.wire.items]
    assert len(ids) == len(set(ids)) == 33


def test_a_page_without_keepalive_sends_a_beacon_when_it_is_left(shop):
    shop.context.add_init_script("delete Request.prototype.keepalive")
    shop.site.put("/next", head="")
    tab = shop.page()
    tab.evaluate("zhiyin.track('By Beacon')")
    tab.goto(shop.site.url + "/next")
    assert until(lambda: shop.wire.named("By Beacon"), 5)


SLOW_CLOCK = """
const Real = Date;
const behind = () => Real.now() - 3 * 86_400_000;
window.Date = class extends Real {
  constructor(...given) { given.length ? super(...given) : super(behind()); }
  static now() { return behind(); }
};
"""


def test_a_wrong_clock_of_the_device_is_corrected(shop):
    shop.context.add_init_script(SLOW_CLOCK)
    shop.page()
    assert until(lambda: shop.wire.items)
    row = shop.events("event_time, received_at, original_time")[0]
    happened, arrived, told = (datetime.fromisoformat(row[name]) for name in row)
    assert abs((happened - arrived).total_seconds()) < 10
    assert (arrived - told).days == 3


def test_a_large_event_beside_small_ones_does_not_keep_them_back(shop):
    tab = shop.page()
    tab.evaluate(
        "zhiyin.track('Small'); zhiyin.track('Large', {text: '知'.repeat(30000)});"
        "zhiyin.track('After')"
    )
    assert until(lambda: shop.wire.named("After") and shop.wire.named("Small"))
    assert until(lambda: "After" in names(shop.events()))
