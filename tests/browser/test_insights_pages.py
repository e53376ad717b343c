"""The pages of analysis, in both languages, used as a person would."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
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
    "stickiness": "/insights/retention?about=stickiness",
    "lifecycle": "/insights/retention?about=lifecycle",
    "visits": "/insights/visits",
    "visits-divided": asking(
        "visits",
        {"days": {"last": 60}, "interval": "week", "breakdown": "channel", "compare": "previous"},
    ),
    "intervals": "/insights/intervals",
    "intervals-divided": asking(
        "intervals",
        {
            "start": {"event": "Product Viewed"},
            "end": {"event": "Order Completed"},
            "days": {"last": 90},
            "interval": "week",
            "breakdown": "channel",
        },
    ),
    "touches": "/insights/touches",
    "touches-table": "/insights/touches?view=table",
    "baskets": "/insights/baskets",
    "baskets-sets": asking("baskets", {"kind": "sets", "level": "category"}, view="chart"),
    "baskets-next": asking("baskets", {"kind": "then", "level": "category"}),
    "referral": "/insights/referral",
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
    facts = page.locator(".ask-answer .kpis")  # a chart is drawn a moment after its figures
    before = facts.inner_text()
    page.get_by_label("Measured as").click()
    page.get_by_title("Total amount").click()
    page.wait_for_url("**q=**")
    watched.settle()
    expect(facts).not_to_have_text(before, use_inner_text=True)
    after = facts.inner_text()
    assert after != before
    shared = page.url
    page.go_back()
    watched.settle()
    expect(facts).to_have_text(before, use_inner_text=True)
    page.goto(shared)
    watched.settle()
    expect(facts).to_have_text(after, use_inner_text=True)
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


def people_in(drawer) -> int:
    """Return how many people an open list says there are."""
    return int(drawer.locator(".ask-found").inner_text().split()[0].replace(",", ""))


@pytest.mark.parametrize(
    ("page_name", "button"),
    [
        ("visits", ".ant-table-tbody button.link"),
        ("intervals?view=table", ".ant-table-tbody button.link"),
        ("touches", ".bars button.link"),
        ("baskets", ".ant-table-tbody td:nth-child(3) button.link"),
        ("referral", ".bars button.link"),
    ],
)
def test_a_figure_lists_the_customers_behind_it(visit, page_name, button):
    watched = visit("en")
    watched.open(f"/insights/{page_name}")
    watched.page.locator(button).first.click()
    drawer = watched.page.locator(".ant-drawer")
    expect(drawer.locator(".ask-found")).to_be_visible()
    assert people_in(drawer) > 0
    watched.settle()
    watched.expect_quiet()


def test_invitations_are_told_as_the_command_tells_them(visit, shop):
    answer = execute(shop.workspace, "insights.referral", {"spec": {"joined": "Signed Up"}})
    assert (answer["invited"], answer["trees"]) == (8, 2)
    watched = visit("en")
    watched.open("/insights/referral")
    page = watched.page
    assert page.locator(".kpi-value").first.inner_text() == "8"
    page.locator("tr", has_text=answer["largest"][0]["root"]).locator("button.link").click()
    drawer = page.locator(".ant-drawer")
    expect(drawer.locator(".ask-found")).to_be_visible()
    assert people_in(drawer) == answer["largest"][0]["people"]
    watched.expect_quiet()


def test_a_name_among_baskets_shows_what_goes_with_it(visit, shop):
    watched = visit("en")
    watched.open("/insights/baskets")
    page = watched.page
    cell = page.locator(".ant-table-tbody tr.ant-table-row td").first
    name = cell.inner_text()
    cell.locator("button").click()
    page.wait_for_url("**q=**")
    watched.settle()
    expect(page.get_by_role("heading", name=f"Bought together with {name}")).to_be_visible()
    shown = page.locator(".ant-table-tbody tr.ant-table-row td:first-child").all_inner_texts()
    spec = {"kind": "pairs", "level": "category", "item": name}
    rows = execute(shop.workspace, "insights.baskets", {"spec": spec})["rows"]
    assert shown == [name] * len(rows)
    watched.expect_quiet()


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_in_the_wrong_order_are_said_beside_the_field_and_not_asked(visit, language):
    watched = visit(language)
    days = {"since": "2026-02-10", "until": "2026-02-01"}
    watched.open(asking("visits", {"days": days}))
    page = watched.page
    expect(page.locator(".ask-part", has=page.locator("input[type=date]"))).to_contain_text(
        "开始日期晚于结束日期" if language == "zh-CN" else "The first day is after the last"
    )
    assert page.locator(".ask-refused, .ask-answer").count() == 0
    assert watched.findings() == []
    watched.expect_quiet()


def test_a_property_that_is_none_is_said_beside_the_field(visit):
    watched = visit("en")
    watched.open(asking("referral", {"joined": {"event": "Signed Up"}, "inviter": "who is it"}))
    expect(watched.page.locator(".ask-problem")).to_contain_text("such as inviter_id")
    watched.page.get_by_label("Inviter is in property").fill("nobody_told")
    watched.page.keyboard.press("Enter")
    expect(watched.page.locator(".ant-empty")).to_contain_text("nobody_told")
    expect(watched.page.locator(".ask-problem")).to_have_count(0)
    watched.settle()
    watched.expect_quiet()


@pytest.fixture
def gift_is_planned(shop):
    """The tracking plan expects an event that nobody sent."""
    folder = shop.workspace.tracking_plan.folder
    (folder / "events").mkdir(parents=True, exist_ok=True)
    (folder / "events" / "gift.json").write_text('{"type": "object"}')
    planned = "events:\n  - event: Gift Card Sent\n    file: events/gift.json\n"
    (folder / "plan.yaml").write_text(f"version: 1\nunknown_events: allow\n{planned}")
    yield
    shutil.rmtree(folder)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planned_event_can_be_chosen_and_draws_nothing_yet(visit, gift_is_planned, language):
    watched = visit(language)
    watched.open(asking("trends", {"series": [{"event": "Gift Card Sent", "count": "people"}]}))
    page = watched.page
    expect(page.locator(".ant-alert-info")).to_contain_text("Gift Card Sent")
    assert page.locator(".ask-answer .chart").count() == 1
    page.locator(".ask-event").first.click()
    group = "方案中有" if language == "zh-CN" else "Planned, not seen yet"
    expect(page.locator(".ant-select-item-group", has_text=group)).to_be_visible()
    watched.picture(f"{language}-insights-planned")
    watched.expect_quiet()
