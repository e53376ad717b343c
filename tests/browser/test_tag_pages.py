"""Tags in the console: looked at in both languages, tried, saved, marked, weighed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGES = {
    "tags": "/tags",
    "tags-weights": "/tags?tab=weights",
    "tags-entries": "/tags?tab=entries",
    "tag-statistic": "/tags/spend_12m",
    "tag-preference": "/tags/category_interest",
    "tag-rule": "/tags/cart_abandoner",
    "tag-manual": "/tags/vip",
    "tag-new": "/tags/new",
}
LANGUAGES = ("zh-CN", "en")
BARE_KEY = re.compile(
    r"(?<![.\w])(?:page|field|action|tags|tag_[a-z]+|fact_[a-z]+|family)\.[a-z_0-9]+\b"
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_tags_is_sound(shop, visit, language, name):
    watched = visit(language)
    watched.open(PAGES[name])
    watched.picture(f"{language}-{name}")
    watched.expect_quiet()
    text = watched.page.locator("#content").inner_text()
    assert BARE_KEY.findall(text) == []
    assert "undefined" not in text
    assert "NaN" not in text
    assert watched.page.locator("h1").count() == 1
    assert watched.page.locator(".failure, .ant-result-error").count() == 0
    assert watched.findings() == []


@pytest.mark.parametrize("name", ["spend_12m", "category_interest", "cart_abandoner", "churn_risk"])
def test_the_editor_of_each_kind_is_sound(shop, visit, name):
    watched = visit("en")
    watched.open(f"/tags/{name}")
    watched.page.get_by_role("button", name="Edit").click()
    watched.page.get_by_role("button", name="Try", exact=True).click()
    expect(watched.page.locator(".ant-alert", has_text="people")).to_be_visible(timeout=30_000)
    watched.settle()
    expect(watched.page.locator(".ant-btn-loading")).to_have_count(0)
    # The color of a button that the pointer leaves fades.
    watched.page.mouse.move(0, 0)
    watched.page.evaluate("document.getAnimations().forEach((one) => one.cancel())")
    watched.picture(f"en-tag-edit-{name}")
    watched.expect_quiet()
    assert watched.findings() == []


def test_a_new_tag_is_tried_saved_and_changed_as_yaml(shop, visit):
    watched = visit("en")
    page = watched.page
    watched.open("/tags/new")
    page.get_by_placeholder("bought_twice").fill("orders_ever")
    page.get_by_label("Title", exact=True).fill("Orders ever")
    page.get_by_label("Within days", exact=True).fill("")
    page.get_by_role("button", name="Try", exact=True).click()
    expect(page.locator(".ant-alert", has_text="people")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1, name="Orders ever")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    page.get_by_text("YAML", exact=True).click()
    box = page.get_by_role("textbox", name="Definition", exact=True)
    box.fill(box.input_value() + "owner: growth\n")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2")).to_be_visible()
    expect(page.locator(".facts", has_text="growth")).to_be_visible()
    (shop.workspace.root / "tags" / "orders_ever.yaml").unlink()


def test_a_customer_is_marked_by_hand_and_it_is_taken_back(shop, visit):
    watched = visit("en")
    page = watched.page
    watched.open("/tags/vip")
    page.get_by_label("Ids", exact=True).fill(f"{shop.customer}\nuser:nobody")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_text("1 ids belong to nobody")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    page.get_by_role("button", name="OK", exact=True).click()
    expect(page.get_by_text("Undone", exact=True)).to_be_visible()


def test_weights_are_proposed_and_approved(shop, visit):
    watched = visit("en")
    page = watched.page
    watched.open("/tags?tab=weights")
    page.get_by_role("button", name="Estimate anew", exact=True).click()
    expect(page.get_by_role("heading", name="Proposed")).to_be_visible(timeout=60_000)
    watched.settle()
    expect(page.locator(".ant-btn-loading")).to_have_count(0, timeout=60_000)
    page.mouse.move(0, 0)
    page.evaluate("document.getAnimations().forEach((one) => one.cancel())")
    watched.picture("en-tags-weights-proposed")
    assert watched.findings() == []
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="OK", exact=True).click()
    expect(page.get_by_role("heading", name="In force")).to_be_visible()
