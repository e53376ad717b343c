"""The tracking plan and the records set aside, in both languages, used as a person would."""

from __future__ import annotations

import pytest
from tests.browser.tracked_shop import PASSWORD, USERNAME, tracked_shop
from tests.browser.watched_page import WatchedPage

from zhiyin.app.commands import execute

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-CN", "en")
SAMPLE = "**/api/data/records/item*"


@pytest.fixture(scope="module")
def tracked(console, tmp_path_factory):
    with tracked_shop(tmp_path_factory.mktemp("tracked") / "shop") as opened:
        yield opened


@pytest.fixture
def visit(tracked, browser):
    contexts = []

    def opened(language: str) -> WatchedPage:
        context = browser.new_context(
            base_url=tracked[0],
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",
            locale=language,
        )
        context.set_default_timeout(45_000)
        context.add_init_script(f"localStorage.setItem('zhiyin.language', '{language}')")
        context.request.post("/api/login", data={"username": USERNAME, "password": PASSWORD})
        contexts.append(context)
        return WatchedPage(context.new_page(), tracked[0])

    yield opened
    for context in contexts:
        context.close()


PAGES = {
    "plan": "/data/plan",
    "plan-event": "/data/plan?event=order_completed",
    "plan-versions": "/data/plan?tab=versions",
    "plan-unplanned": "/data/plan?tab=unplanned",
    "records": "/data/records",
    "records-filtered": "/data/records?reason=plan_violation&event=Order%20Completed",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(visit, language, name):
    watched = visit(language)
    watched.open(PAGES[name])
    watched.picture(f"{language}-{name}")
    watched.expect_quiet()
    assert watched.page.locator("h1").count() == 1
    assert watched.page.locator(".ant-result-error, .ant-result-warning").count() == 0
    assert watched.findings() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_record_shows_what_breaks_the_plan(visit, language):
    watched = visit(language)
    watched.open("/data/records?reason=plan_violation")
    watched.page.locator("tbody button.link").first.click()
    watched.settle()
    marks = watched.page.locator(".json mark")
    marks.first.wait_for()
    watched.picture(f"{language}-record")
    assert '"1,200.50"' in marks.all_inner_texts()
    assert watched.findings() == []
    watched.expect_quiet()


def test_a_preview_of_a_generated_plan_changes_nothing(visit, tracked):
    before = execute(tracked[1], "plan.state", {})
    watched = visit("en")
    watched.open("/data/plan")
    watched.page.get_by_role("button", name="Generate from traffic").click()
    watched.page.get_by_role("button", name="Preview").click()
    watched.page.get_by_text("events seen").wait_for()
    watched.picture("en-plan-generate")
    assert execute(tracked[1], "plan.state", {}) == before
    watched.expect_quiet()


def test_a_telephone_shows_both_pages(visit):
    watched = visit("zh-CN")
    watched.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/data/plan", "/data/records"):
        watched.open(path)
        watched.picture(f"narrow{path.replace('/', '-')}")
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 390
    watched.expect_quiet()


def test_a_fix_is_built_previewed_and_brings_the_events_in(visit, tracked):
    """The last one: it changes the shop."""
    watched = visit("en")
    page = watched.page
    watched.open("/data/records?reason=plan_violation&event=Order%20Completed")
    held = watched.hold(SAMPLE)
    with page.expect_request(SAMPLE):
        page.get_by_role("button", name="Build a fix").click()
    page.get_by_label("Path").fill("properties.revenue")
    page.get_by_label("Path").press("Tab")
    with page.expect_response(SAMPLE):  # the proposals come when their field is left
        held.pop().continue_()
    page.unroute(SAMPLE)
    watched.settle()
    page.get_by_role("button", name="Add a change").click()
    page.get_by_label("Path").nth(1).fill("properties.currency")
    page.get_by_label("Path").nth(1).press("Tab")
    page.get_by_label("Value", exact=True).fill("CNY")
    page.get_by_role("button", name="Preview").click()
    page.locator(".previews").wait_for()
    watched.picture("en-records-fix")
    assert page.locator(".previews ins").first.inner_text() == "1200.5"
    assert page.get_by_text("Still fails").count() == 2  # two have no order number
    page.mouse.move(0, 0)  # a button under the mouse is paler
    assert watched.findings() == []
    page.get_by_role("button", name="Save and replay 9 records").click()
    page.get_by_text("7 taken").wait_for()
    watched.expect_quiet()
    left = execute(tracked[1], "records.list", {"reason": "plan_violation"})
    assert left["total"] == 2
    assert [rule["name"] for rule in execute(tracked[1], "records.rules", {})] == ["Rule 1"]
