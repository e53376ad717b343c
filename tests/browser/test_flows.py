"""What people do in the console, done as they do it."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from tests.browser.running_shop import PASSWORD, USERNAME

from zhiyin.app.commands import execute

pytestmark = pytest.mark.browser


def count_of(shop, where: str) -> int:
    query = f"select count(*) n from dm.customers where {where}"
    return execute(shop.workspace, "sql", {"query": query})[0]["n"]


def shown(number: int) -> str:
    return f"{number:,}"


def test_log_in_fails_with_a_wrong_password_and_leads_on_with_the_right_one(visit):
    watched = visit("en", is_logged_in=False)
    page = watched.page
    watched.open("/customers?value_tier=high")
    expect(page).to_have_url(re.compile(r"/login\?next="))
    page.get_by_label("User name").fill(USERNAME)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert any("401" in error for error in watched.errors)
    watched.errors.clear()  # the browser itself reports the refused request
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r"/customers\?value_tier=high$"))
    expect(page.get_by_role("heading", level=1, name="Customers")).to_be_visible()
    watched.settle()  # a menu that opens while the table arrives may lose the click
    watched.expect_quiet()

    page.get_by_role("button", name="测试管理员").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page).to_have_url(re.compile(r"/login"))


def test_the_language_changes_at_once_and_is_kept(visit):
    watched = visit("zh-CN")
    page = watched.page
    watched.open("/audiences")
    expect(page.get_by_role("heading", level=1)).to_have_text("人群")
    with page.expect_response("**/api/session/preferences"):
        page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audiences")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Audiences")
    watched.settle()
    watched.expect_quiet()


def choose(page, label: str, option: str) -> None:
    """Open a drop-down and choose; long lists are searched, as only a part of them is drawn."""
    box = page.get_by_role("combobox", name=label).last
    box.click()
    if box.is_editable():
        box.fill(option)
    page.locator(
        ".ant-select-dropdown:visible .ant-select-item-option", has_text=option
    ).first.click()


def test_customers_are_filtered_by_tier_and_one_is_opened(shop, visit):
    watched = visit("en")
    page = watched.page
    watched.open("/customers")
    choose(page, "Value tier", "High")
    expect(page).to_have_url(re.compile("value_tier=high"))
    wanted = count_of(shop, "value_tier = 'high'")
    expect(page.locator(".page .lead")).to_contain_text(re.compile(rf"^{shown(wanted)}\b"))
    watched.settle()
    rows = page.locator("tbody tr[data-row-key]")
    assert rows.count() == min(wanted, 20)
    person = rows.first.get_attribute("data-row-key")
    rows.first.get_by_role("link").click()
    expect(page).to_have_url(f"{shop.url}/customers/{quote(person, safe='')}")
    watched.settle()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("value_tier=high"))
    watched.settle()
    watched.expect_quiet()


def test_an_audience_is_built_counted_saved_and_listed(shop, visit):
    watched = visit("en")
    page = watched.page
    watched.open("/audiences/new")
    live = page.locator(".live-count b")
    page.get_by_role("button", name="Remove condition").click()
    expect(live).to_have_text(shown(count_of(shop, "true")))
    page.get_by_role("button", name="Add condition").click()
    expect(live).to_have_count(0)  # a condition without its value holds for nobody yet
    choose(page, "Choose an attribute", "Value tier")
    page.get_by_role("combobox", name="Value").last.click()
    page.locator(
        ".ant-select-dropdown:visible .ant-select-item-option", has_text="High"
    ).first.click()
    page.keyboard.press("Escape")
    expect(live).to_have_text(shown(count_of(shop, "value_tier = 'high'")))
    watched.settle()
    watched.picture("flow-audience")
    page.locator("#name").fill("best_of_all")
    page.locator("#title").fill("Best of all")
    page.get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile("/audiences/best_of_all$"))
    watched.open("/audiences")
    expect(page.get_by_role("link", name="Best of all")).to_be_visible()
    watched.expect_quiet()


def test_a_campaign_is_planned_and_shows_its_split(shop, visit):
    watched = visit("en")
    page = watched.page
    watched.open("/campaigns")
    page.get_by_role("button", name="Plan a campaign").click()
    page.get_by_role("dialog").locator("#name").fill("browser_plan")
    page.get_by_role("dialog").get_by_role("button", name="Plan a campaign").click()
    expect(page).to_have_url(re.compile("/campaigns/browser_plan$"))
    watched.settle()
    query = (
        "select arm, count(*) n from dm.decisions where campaign_id = 'browser_plan' group by arm"
    )
    arms = {row["arm"]: row["n"] for row in execute(shop.workspace, "sql", {"query": query})}
    assert arms
    for people in arms.values():
        expect(page.locator("#content")).to_contain_text(re.compile(rf"(?<![\d,]){shown(people)}"))
    watched.picture("flow-campaign-plan")
    watched.expect_quiet()


def test_a_new_source_gets_a_key_once_and_its_terms_can_be_changed(visit, shop):
    watched = visit("en")
    watched.open("/data/sources")
    page = watched.page
    page.get_by_role("button", name="New source").click()
    page.get_by_label("Source", exact=True).fill("checkout")
    page.get_by_role("button", name="Create").click()
    shown = page.locator(".new-key")
    key = shown.locator("code").first.inner_text().strip()
    assert key.startswith("zyw_")
    assert f'data-write-key="{key}"' in shown.locator("pre").first.inner_text()
    watched.picture("en-sources-key")
    row = page.get_by_role("row", name="checkout")
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    row.get_by_text("Disabled").wait_for()
    found = {one.name: one for one in shop.workspace.operational.write_keys()}["checkout"]
    assert (found.is_active, found.source_type) == (False, "web")
    watched.expect_quiet()
