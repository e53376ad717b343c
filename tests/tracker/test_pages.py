"""What the script on a page sends, seen from the tables."""

from __future__ import annotations

import json
import re

import pytest
from tests.tracker.wire import until

pytestmark = pytest.mark.browser

MARKED = """
<h1>Shop</h1>
<button id=mark data-zy-event="Promotion Clicked" data-zy-promotion-id="p9" data-zy-position="2">
  Sale</button>
<a id=link href="/next?token=secret#part" data-stay>Read <b>more</b></a>
<a id=mail href="mailto:li@example.com" data-stay>Write</a>
<button id=plain name=buy>Buy   now</button>
<form id=marked data-zy-event="Newsletter Ordered" data-zy-list="weekly">
  <input name=email><button>Go</button></form>
<form id=form name=contact>
  <input id=typed name=phone value="13800138000"><input type=submit value="Secret label"></form>
<div data-zy-private>
  <button id=hidden>Card 6222</button><a id=hidden-link href="/p" data-stay>4111</a></div>
<button id=mixed>Open <span data-zy-private>balance 42</span></button>
"""
LONG = MARKED + "<p>…</p>" * 120  # some five windows high


def test_every_kind_of_event_arrives_with_its_fields_in_the_right_columns(shop):
    shop.site.put("/", MARKED, head=shop.tag("data-autocapture"), title="Start")
    tab = shop.page(
        "/?utm_source=baidu&utm_medium=cpc&utm_campaign=%E5%8F%8C11&utm_content=c&utm_term=t&bd_vid=b1"
    )
    tab.click("#mark")
    tab.evaluate(
        """() => {
          zhiyin.identify('u1', {email: 'Li@Example.com', phone: '+8613800138000', vip: true});
          zhiyin.productViewed({product_id: 'sku-1', price: 9.5, currency: 'CNY'});
          zhiyin.productAdded({product_id: 'sku-1', quantity: 2, price: 9.5});
          zhiyin.cartViewed({cart_id: 'c1', products: [{product_id: 'sku-1'}]});
          zhiyin.search('毛衣 👍', {results: 7});
          zhiyin.checkoutStarted({order_id: 'o1', revenue: 19});
          zhiyin.orderCompleted({order_id: 'o1', revenue: 19, currency: 'CNY',
            products: [{product_id: 'sku-1', quantity: 2, price: 9.5}]});
          zhiyin.orderRefunded({order_id: 'o1', revenue: 19, currency: 'CNY'});
          zhiyin.group('g1', {name: 'Factory'});
          zhiyin.alias('u2', 'u1');
        }"""
    )
    assert until(lambda: len(shop.wire.items) >= 12)
    rows = shop.events()
    named = {row["event"] or row["kind"]: row for row in rows}
    assert len(rows) == len({row["event_id"] for row in rows}) == 12
    page = named["page"]
    assert (page["page_path"], page["page_title"]) == ("/", "Start")
    assert page["page_url"].startswith(shop.site.url + "/?utm_source=baidu")
    for row in rows:
        campaign = [
            row[f"utm_{part}"] for part in ("source", "medium", "campaign", "content", "term")
        ]
        assert campaign == ["baidu", "cpc", "双11", "c", "t"]
        assert row["platform"] == "web"
        assert row["anonymous_id"] == page["anonymous_id"]
        assert row["locale"] == "zh-CN"
        assert row["library"].startswith("zhiyin-web")
        assert "Chrome" in row["user_agent"]
    assert len({json.loads(row["context"])["sessionId"] for row in rows}) == 1
    context = json.loads(page["context"])
    assert context["sessionStart"] is True
    assert context["referrer"] == {"id": "b1", "type": "bd_vid"}
    assert context["first_touch"]["campaign"]["name"] == "双11"
    assert named["identify"]["email"] == "li@example.com"
    assert named["identify"]["phone"] == "+8613800138000"
    assert json.loads(named["identify"]["traits"])["vip"] is True
    assert named["Product Viewed"]["user_id"] == "u1"
    assert named["Product Viewed"]["product_id"] == "sku-1"
    assert float(named["Product Added"]["quantity"]) == 2
    assert named["Products Searched"]["search_query"] == "毛衣 👍"
    order = named["Order Completed"]
    assert (order["order_id"], float(order["revenue"]), order["currency"]) == ("o1", 19.0, "CNY")
    assert order["event_id"] == "order-o1"
    assert named["alias"]["previous_id"] == "u1"
    assert named["group"]["group_id"] == "g1"
    mark = json.loads(named["Promotion Clicked"]["properties"])
    assert mark == {"promotion_id": "p9", "position": "2"}


def test_autocapture_names_what_was_clicked_and_never_what_was_typed(shop):
    shop.site.put("/", MARKED, head=shop.tag("data-autocapture"))
    tab = shop.page()
    tab.fill("#typed", "13912345678")
    for element in (
        "#link",
        "#mail",
        "#plain",
        "#marked button",
        "#form [type=submit]",
        "#hidden",
        "#hidden-link",
    ):
        tab.click(element)
    tab.click("#mixed", position={"x": 5, "y": 5})
    assert until(lambda: shop.wire.named("Form Submitted"))
    until(lambda: len(shop.wire.items) >= 9)
    sent = [(one["event"], one["properties"]) for one in shop.wire.items if one["type"] == "track"]
    clicked = {
        one.get("id"): one for event, one in sent if event in {"Link Clicked", "Button Clicked"}
    }
    assert clicked["link"]["text"] == "Read more"
    assert clicked["link"]["href"] == shop.site.url + "/next"
    assert clicked["mail"]["href"] == "mailto:"
    assert (clicked["plain"]["text"], clicked["plain"]["name"]) == ("Buy now", "buy")
    assert ("Newsletter Ordered", {"list": "weekly"}) in sent
    assert ("Form Submitted", {"id": "form", "name": "contact"}) in sent
    assert "text" not in clicked["mixed"]
    everything = json.dumps([post.body for post in shop.wire.posts])
    for secret in (
        "13912345678",
        "13800138000",
        "6222",
        "4111",
        "balance",
        "li@example",
        "Secret label",
        "token=secret",
    ):
        assert secret not in everything, secret


def test_without_autocapture_only_marked_elements_are_sent(shop):
    shop.site.put("/", MARKED, head=shop.tag())
    tab = shop.page()
    tab.click("#plain")
    tab.click("#mark")
    assert until(lambda: shop.wire.named("Promotion Clicked"))
    assert [one["event"] for one in shop.wire.items if one["type"] == "track"] == [
        "Promotion Clicked"
    ]


def test_a_single_page_shop_has_a_view_for_every_route_and_knows_what_came_before(shop):
    shop.site.put("/", MARKED, head=shop.tag(), title="Start")
    tab = shop.page()
    tab.evaluate("history.pushState({}, '', '/list'); document.title = 'List'")
    tab.wait_for_timeout(250)
    tab.evaluate("history.replaceState({}, '', '/list?page=2')")
    tab.wait_for_timeout(250)
    tab.evaluate("history.replaceState({seen: 1}, '')")  # not another address
    tab.evaluate("location.hash = 'reviews'")  # a place in the page
    tab.wait_for_timeout(250)
    tab.evaluate("location.hash = '#/cart'")
    tab.wait_for_timeout(250)
    tab.go_back()
    assert until(lambda: len([one for one in shop.wire.items if one["type"] == "page"]) >= 5)
    views = [one["properties"] for one in shop.wire.items if one["type"] == "page"]
    addresses = [view["url"].removeprefix(shop.site.url) for view in views]
    assert addresses == ["/", "/list", "/list?page=2", "/list?page=2#/cart", "/list?page=2#reviews"]
    assert [view["title"] for view in views[:2]] == ["Start", "List"]
    assert [view["referrer"].removeprefix(shop.site.url) for view in views[1:4]] == [
        "/",
        "/list",
        "/list?page=2",
    ]
    rows = {row["page_url"]: row for row in shop.events() if row["kind"] == "page"}
    assert rows[shop.site.url + "/list"]["referrer"] == shop.site.url + "/"


def test_leaving_a_page_tells_the_time_in_view_and_how_far_it_was_read(shop):
    shop.site.put("/", LONG, head=shop.tag())
    tab = shop.page()
    tab.wait_for_timeout(1_200)
    tab.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2 - 100)")
    tab.wait_for_timeout(300)
    tab.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', {value: true, configurable: true});
          Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    assert until(lambda: shop.wire.named("Page Left"))
    tab.wait_for_timeout(2_000)  # in the background
    tab.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', {value: false, configurable: true});
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    tab.wait_for_timeout(1_000)
    tab.goto(shop.site.url + "/gone")
    until(lambda: len(shop.wire.named("Page Left")) >= 2)
    first, second = (one["properties"] for one in shop.wire.named("Page Left")[:2])
    assert 1_400 <= first["visible_ms"] <= 4_000
    assert first["scroll_depth"] == 50
    assert 900 <= second["visible_ms"] <= 1_900
    assert second["active_ms"] <= second["visible_ms"]
    shop.errors.clear()  # the browser itself reports the missing page


def test_the_id_stays_over_reloads_pages_and_tabs_and_the_session_with_it(shop):
    shop.site.put("/a", head=shop.tag())
    tab = shop.page("/")
    before = tab.evaluate("zhiyin.anonymousId()")
    assert re.fullmatch("[0-9a-f]{32}", before)
    tab.reload()
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    tab.goto(shop.site.url + "/a")
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    assert tab.evaluate("zhiyin.anonymousId()") == before
    other = shop.page("/a")
    assert other.evaluate("zhiyin.anonymousId()") == before
    other.evaluate("zhiyin.flush()")
    tab.evaluate("zhiyin.flush()")
    assert until(lambda: len([one for one in shop.wire.items if one["type"] == "page"]) >= 4)
    assert {one["anonymousId"] for one in shop.wire.items} == {before}
    assert len({one["context"]["sessionId"] for one in shop.wire.items}) == 1
    cookie = next(one for one in shop.context.cookies() if one["name"] == "zy_id")
    assert cookie["value"] == before
    assert cookie["sameSite"] == "Lax"
    year = tab.evaluate("Date.now() / 1000") + 365 * 86_400
    assert abs(cookie["expires"] - year) < 120


def test_all_subdomains_have_one_id_where_the_shop_names_their_domain(shop):
    shop.site.put("/", head=shop.tag('data-cookie-domain="shop.localhost"'))
    tab = shop.context.new_page()
    port = shop.site.url.rpartition(":")[2]
    known = []
    for name in ("www", "m"):
        tab.goto(f"http://{name}.shop.localhost:{port}/")
        tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
        known.append(tab.evaluate("zhiyin.anonymousId()"))
    assert known[0] == known[1]
    tab.evaluate("zhiyin.consent({analytics: false})")
    tab.goto(f"http://www.shop.localhost:{port}/")
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    assert tab.evaluate("zhiyin.consent()") == {"analytics": False}
    assert {one["name"] for one in shop.context.cookies()} == {"zy_consent"}


def test_the_id_survives_without_cookies_and_without_local_storage(shop):
    tab = shop.page()
    before = tab.evaluate("zhiyin.anonymousId()")
    shop.context.clear_cookies()
    tab.reload()
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    assert tab.evaluate("zhiyin.anonymousId()") == before
    shop.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})"
    )
    tab.reload()
    tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
    assert tab.evaluate("zhiyin.anonymousId()") == before
    tab.evaluate("zhiyin.track('Without Storage')")
    assert until(lambda: shop.wire.named("Without Storage"))


def test_the_snippet_keeps_calls_until_the_script_is_there(shop):
    from tests.tracker.test_scripts import node

    script = (
        "import { snippet } from './src/web/snippet.ts';"
        f"console.log(snippet('{shop.wire.url}', '{shop.key}'))"
    )
    snippet = node("--input-type=module", "--eval", script)
    shop.site.is_strict = False  # the stub stands in the page itself
    early = (
        "<script>zhiyin.identify('u7'); zhiyin.productViewed({product_id: 'early'});"
        "zhiyin.push(['track', 'Pushed']);</script>"
    )
    shop.site.put("/", head=snippet + early)
    shop.page()
    assert until(lambda: len(shop.wire.items) >= 4)
    names = [one.get("event") or one["type"] for one in shop.wire.items]
    assert names == ["identify", "Product Viewed", "Pushed", "page"]
    assert {one["userId"] for one in shop.wire.items} == {"u7"}


SEGMENT_STUB = """<script>
!function(){var analytics=window.analytics=window.analytics||[];analytics.invoked=true;
analytics.methods=["identify","reset","group","track","ready","alias","page","once","on"];
analytics.factory=function(e){return function(){
var t=Array.prototype.slice.call(arguments);t.unshift(e);
t.push({__t:"bpc",c:location.href,p:location.pathname,u:location.href,s:"",t:document.title,r:""});
analytics.push(t);return analytics}};
analytics.methods.forEach(function(key){analytics[key]=analytics.factory(key)});
analytics.load=function(key){var t=document.createElement("script");t.async=true;
t.src="WIRE/analytics.js/v1/"+key+"/analytics.min.js";document.head.appendChild(t);analytics._writeKey=key};
analytics.load("KEY");analytics.page();
analytics.identify('s1', {plan: 'gold'});
analytics.track('Signed Up', {plan: 'gold'},{},function(){window.wasSent=true});
analytics.ready(function(){window.wasReady=true});}()</script>"""


def test_a_page_with_the_usual_analytics_stub_only_changes_the_address(shop):
    shop.site.is_strict = False
    head = SEGMENT_STUB.replace("WIRE", shop.wire.url).replace("KEY", shop.key)
    shop.site.put("/", head=head)
    tab = shop.page(is_ready=False)
    tab.wait_for_function("window.wasReady && window.wasSent")
    tab.evaluate("analytics.on('track', () => {})")  # means nothing here, and does no harm
    tab.evaluate("new Promise((done) => analytics.track('Bought', {}, {}, done))")
    tab.evaluate("analytics.group('g1', {name: 'G'}); analytics.alias('s2'); analytics.reset()")
    assert tab.evaluate("typeof zhiyin") == "undefined"
    assert until(lambda: len(shop.wire.items) >= 6)
    assert '"bpc"' not in json.dumps(shop.wire.items)
    rows = shop.events("event, kind, user_id")
    assert [row["event"] or row["kind"] for row in rows] == [
        "page",
        "identify",
        "Signed Up",
        "Bought",
        "group",
        "alias",
    ]
    assert [row["user_id"] for row in rows] == [None, "s1", "s1", "s1", "s1", "s2"]
