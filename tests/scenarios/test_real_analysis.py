"""Behavior of real shops, asked through the command line, beside counts made from the files."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from itertools import groupby

import pytest
from tests.scenarios.test_main_job import zhiyin

pytestmark = [pytest.mark.data_large, pytest.mark.xdist_group("real_analysis")]

PAGES = {
    "home_page": "home_page_table.csv",
    "search_page": "search_page_table.csv",
    "payment_page": "payment_page_table.csv",
    "payment_confirmation_page": "payment_confirmation_table.csv",
}
CHINA = timezone(timedelta(hours=8))
VIEW, CART, ORDER = "1", "2", "4"
WEEK = timedelta(days=7)


def page_step(name):
    where = [{"property": "page_path", "equals": f"/{name}"}]
    return json.dumps({"event": "Page Viewed", "where": where})


def test_the_funnel_of_pages_is_that_of_the_files(tmp_path, shared_data):
    raw = shared_data / "ecommerce_funnel" / "raw"
    zhiyin("init", workspace=tmp_path / "shop")
    zhiyin("import", "ecommerce_funnel", raw, workspace=tmp_path / "shop")
    zhiyin("run", "warehouse", "identity", "profiles", workspace=tmp_path / "shop")
    days = ("--since", "2015-01-01", "--until", "2015-04-30", "--window", "1 day")
    steps = [page_step(name) for name in PAGES]
    asked = ("insights", "funnel", *steps, *days)
    found = zhiyin(*asked, workspace=tmp_path / "shop")
    seen = []
    for name in PAGES.values():
        with (raw / name).open(encoding="utf-8") as file:
            seen.append({row["user_id"] for row in csv.DictReader(file)})
    wanted = [len(set.intersection(*seen[: n + 1])) for n in range(len(PAGES))]
    assert [step["people"] for step in found["steps"]] == wanted == [90400, 45200, 6030, 452]


@pytest.fixture(scope="module")
def jdata(tmp_path_factory, shared_data):
    shop = tmp_path_factory.mktemp("jdata") / "shop"
    raw = shared_data / "jdata_behavior" / "raw"
    zhiyin("init", workspace=shop)
    zhiyin("import", "jdata", raw, workspace=shop)
    zhiyin("run", "warehouse", "identity", "profiles", workspace=shop)
    return shop, actions(raw)


def actions(raw):
    """Return (user, local instant, type) of each line of the log, lines that repeat once."""
    lines = {}
    for path in sorted(raw.glob("JData_Action_*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.reader(file):
                if row[0] != "user_id":
                    lines[tuple(row)] = None
    return [
        (str(int(float(user))), datetime.fromisoformat(at).replace(tzinfo=CHINA), kind)
        for user, _, at, _, kind, *_ in lines
    ]


def test_orders_of_a_month_are_those_of_the_log(jdata):
    shop, log = jdata
    days = ("--since", "2016-02-01", "--until", "2016-03-31", "--interval", "month")
    found = zhiyin("insights", "trends", "Order Completed", *days, workspace=shop)
    months = defaultdict(int)
    for _, at, kind in log:
        months[at.strftime("%Y-%m-01")] += kind == ORDER
    wanted = [months[start] for start in found["starts"]]
    assert found["series"][0]["values"] == wanted
    assert sum(wanted) > 100


def test_who_viewed_added_and_bought_within_a_week_is_who_the_log_shows(jdata):
    shop, log = jdata
    days = ("--since", "2016-02-01", "--until", "2016-03-31", "--window", "7 days")
    steps = ("Product Viewed", "Product Added", "Order Completed")
    found = zhiyin("insights", "funnel", *steps, *days, workspace=shop)
    first, last = datetime(2016, 2, 1, tzinfo=CHINA), datetime(2016, 4, 1, tzinfo=CHINA)
    reached = [0, 0, 0]
    for _, lines in groupby(sorted(log, key=lambda line: line[:2]), key=lambda line: line[0]):
        for step in range(deepest(list(lines), (VIEW, CART, ORDER), first, last)):
            reached[step] += 1
    assert [step["people"] for step in found["steps"]] == reached
    assert reached[2] > 50


def deepest(lines, kinds, first, last):
    """Return the most steps of one attempt that begins in the days asked for and takes a week."""
    best = 0
    for _, begun, kind in lines:
        if kind != kinds[0] or not first <= begun < last:
            continue
        reached, at = 1, begun
        for wanted in kinds[1:]:
            later = [t for _, t, k in lines if k == wanted and at <= t <= begun + WEEK]
            if not later:
                break
            reached, at = reached + 1, min(later)
        best = max(best, reached)
    return best
