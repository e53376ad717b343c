"""What the mini-program script sends, seen from the tables; of `wx` only the requests are real."""

from __future__ import annotations

import json

import pytest
from tests.tracker.test_scripts import node

from zhiyin.app.commands import execute

pytestmark = pytest.mark.browser  # it needs the built scripts

VISIT = """
const wx = {
  request: ({ url, data, header, success, fail }) =>
    fetch(url, { method: 'POST', body: data, headers: header })
      .then((answer) => success({ statusCode: answer.status, header: {} }), fail),
  getStorageSync: () => '', setStorage() {}, setStorageSync() {}, removeStorageSync() {},
  getLaunchOptionsSync: () => ({ path: 'pages/home', scene: 1047, query: {} }),
  getSystemInfoSync: () => ({ language: 'zh_CN', platform: 'ios', system: 'iOS 17.1' }),
};
globalThis.App = (app) => { globalThis.app = app; };
globalThis.Page = (page) => { globalThis.page = page; };
globalThis.getCurrentPages = () => [{ route: 'pages/product', options: { id: 'p1' } }];
const zhiyin = require('SCRIPTS/zhiyin-mp.js');
zhiyin.init(wx, { host: 'HOST', writeKey: 'KEY' });
App({});
Page({ buy() {} });
app.onShow({ path: 'pages/home', scene: 1047, query: {} });
page.onShow();
const dataset = { zyEvent: 'Product Added', zyProductId: 'p1' };
page.buy({ type: 'tap', currentTarget: { dataset } });
zhiyin.identifyWechat({ openid: 'o1', unionid: 'un1' }, { phone: '+8613800138000' });
zhiyin.orderCompleted({ order_id: 'mp-1', revenue: 88, currency: 'CNY' });
setTimeout(() => {
  page.onHide();
  app.onHide();
  setTimeout(() => process.exit(), 3000);
}, 50);
"""


def test_a_visit_to_a_mini_program_arrives_in_the_right_columns(collector, scripts):
    workspace, url = collector
    key = execute(workspace, "source.create", {"name": "mini_shop"})["write_key"]
    program = VISIT.replace("SCRIPTS", scripts.as_posix()).replace("HOST", url).replace("KEY", key)
    node("--input-type=commonjs", "--eval", program)
    execute(workspace, "load", {})
    query = (
        "select * from ods.events where source_id = 'mini_shop' order by event_time, origin_line"
    )
    rows = execute(workspace, "sql", {"query": query})
    assert [row["event"] or row["kind"] for row in rows] == [
        "Application Opened", "page", "Product Added", "identify", "Order Completed", "Page Left",
        "Application Backgrounded",
    ]  # fmt: skip
    named = {row["event"] or row["kind"]: row for row in rows}
    for row in rows:
        assert row["platform"] == "mini_program"
        assert (row["utm_source"], row["utm_medium"]) == ("wechat", "qr")
        assert row["locale"] == "zh-CN"
        assert row["anonymous_id"] == rows[0]["anonymous_id"]
    assert named["page"]["page_path"] == "/pages/product"
    assert named["page"]["page_url"] == "/pages/product?id=p1"
    assert named["Product Added"]["product_id"] == "p1"
    assert (named["identify"]["user_id"], named["identify"]["phone"]) == ("un1", "+8613800138000")
    assert named["Order Completed"]["user_id"] == "un1"
    assert float(named["Order Completed"]["revenue"]) == 88
    assert json.loads(named["Page Left"]["properties"])["visible_ms"] >= 40
