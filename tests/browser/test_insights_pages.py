"""Trends, funnels, retention, paths and distribution, in both languages, used as a person would."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from zhiyin.app.commands import execute

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-CN", "en")
STEPS = ["Product Viewed", "Product Added", "Checkout Started", "Order Completed"]


def asking(page: str, question: dict, **others: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in others.items())
    return f"/insights/{page}?q={quote(json.dumps(question))}{more}"


PAGES = {
    "trends": "/insights/trends",
    "trends-compared": asking(
        "trends",
        {
            "series": [
                {"event": "Product Viewed", "count": "people"},
                {"event": "Order Completed", "count": "people"},
            ],
            "days": {"last": 90},
            "interval": "month",
            "compare": "previous",
            "formulas": ["B / A"],
        },
        chart="bar",
    ),
    "trends-table": "/insights/trends?view=table",
    "funnels": "/insights/funnels",
    "funnels-divided": asking(
        "funnels",
        {
            "steps": [{"event": one} for one in STEPS],
            "days": {"last": 60},
            "breakdown": "channel",
            "compare": "previous",
            "interval": "week",
        },
    ),
    "retention": "/insights/retention",
    "paths": "/insights/paths",
    "paths-table": "/insights/paths?view=table",
    "distribution": "/insights/distribution",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_its_first_question(visit, language, name):
    watched = visit(language)
    watched.open(PAGES[name])
    watched.picture(f"{language}-insights-{name}")
    watched.expect_quiet()
    assert watched.page.locator("h1").count() == 1
    assert watched.page.locator(".ask-refused, .ant-result, .ant-empty").count() == 0
    assert watched.page.locator(".ask-answer .section").count() >= 1
    # A text without a translation would be shown as its key.
    assert re.findall(r"\binsights\.\w+", watched.page.inner_text("#content")) == []
    assert watched.findings() == []


def test_a_question_is_part_of_the_address_so_that_back_and_a_shared_link_work(visit):
    watched = visit("en")
    watched.open("/insights/distribution")
    page = watched.page
    before = page.inner_text(".ask-answer")
    page.get_by_label("Measured as").click()
    page.get_by_title("Total amount").click()
    page.wait_for_url("**q=**")
    watched.settle()
    expect(page.locator(".ask-answer")).not_to_have_text(before, use_inner_text=True)
    after = page.inner_text(".ask-answer")
    assert after != before
    shared = page.url
    page.go_back()
    watched.settle()
    assert page.inner_text(".ask-answer") == before
    page.goto(shared)
    watched.settle()
    assert page.inner_text(".ask-answer") == after
    watched.expect_quiet()


def test_a_funnel_shows_and_exports_what_the_command_answers(visit, shop):
    steps = execute(shop.workspace, "insights.funnel", {"spec": {"steps": STEPS}})["steps"]
    watched = visit("en")
    watched.open("/insights/funnels?view=table")
    page = watched.page
    with page.expect_download() as started:
        page.get_by_label("Export CSV").first.click()
    written = Path(started.value.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(written)))
    assert [int(row["People"]) for row in rows] == [one["people"] for one in steps]
    assert [int(row["Dropped off"]) for row in rows] == [one["dropped"] for one in steps]
    shown = page.locator(".ant-table-tbody tr.ant-table-row td:nth-child(2)").all_inner_texts()
    assert [int(one.replace(",", "")) for one in shown] == [one["people"] for one in steps]


@pytest.mark.parametrize("language", LANGUAGES)
def test_those_who_drop_off_are_listed_and_kept_as_an_audience(visit, shop, language):
    name = f"dropped_{language[:2]}"
    answer = execute(shop.workspace, "insights.funnel", {"spec": {"steps": STEPS}})
    dropped = answer["steps"][1]["dropped"]
    watched = visit(language)
    watched.open("/insights/funnels")
    page = watched.page
    page.locator("button.funnel-dropped").first.click()
    drawer = page.locator(".ant-drawer")
    expect(drawer.locator(".ask-found")).to_contain_text(str(dropped))
    watched.settle()
    assert watched.findings() == []
    watched.picture(f"{language}-insights-people")
    link = drawer.locator("tbody a.person").first.get_attribute("href")
    assert link is not None
    assert link.startswith("/customers/")
    drawer.locator(".ant-btn-primary").click()
    page.locator(".ant-modal input#name").fill(name)
    page.locator(".ant-modal .ant-btn-primary").click()
    page.wait_for_url(f"**/audiences/{name}")
    watched.settle()
    watched.expect_quiet()
    [row] = [one for one in execute(shop.workspace, "audience.list", {}) if one["audience"] == name]
    assert row["trend"][-1] == dropped


def test_a_cell_of_the_matrix_lists_those_who_came_back_and_those_who_did_not(visit):
    watched = visit("en")
    watched.open("/insights/retention")
    page = watched.page
    row = page.locator(".heat tbody tr:not(.mean)").first
    size = int(row.locator("td.size").inner_text())
    row.locator("td:not(.size) button").nth(1).click()
    drawer = page.locator(".ant-drawer")
    counted = []
    for side in ("Came back", "Did not"):
        drawer.get_by_text(side, exact=True).click()
        watched.settle()
        counted.append(int(drawer.locator(".ask-found").inner_text().split()[0]))
    assert sum(counted) == size
    watched.expect_quiet()


def test_a_question_that_cannot_be_answered_shows_the_server_s_sentence(visit):
    watched = visit("en")
    question = {"series": [{"event": "Product Viewed", "count": "people"}], "formulas": ["A / Z"]}
    watched.open(asking("trends", question))
    refused = watched.page.locator(".ask-refused")
    expect(refused).to_contain_text("Z")
    assert watched.page.locator(".ask-answer").count() == 0
    assert watched.findings() == []
