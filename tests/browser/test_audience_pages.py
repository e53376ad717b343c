"""Audiences in the console: built of every condition, compared, uploaded, brought back."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from zhiyin.app.commands import execute

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-CN", "en")
WIDE = {
    "all": [
        {"attribute": "monetary", "at_least": 1},
        {"any": [{"tag": "repeat_buyer"}, {"not": {"score": "churn", "at_least": 0.5}}]},
        {
            "did": "Order Completed",
            "within_days": 200,
            "amount": {"at_least": 5},
            "sum": {"of": "amount", "at_least": 20},
        },
        {"sequence": [{"did": "Product Viewed"}, {"did": "Order Completed", "within_days": 90}]},
        {"not": {"last_did": "Order Completed", "within_days": 1}},
        {"random_bucket": "a", "from": 0, "to": 0.9},
        # More than the editor draws: it stands there as it is written, and stays.
        {"did": "Order Completed", "since": {"did": "Product Viewed", "channel": "nowhere"}},
    ]
}


@pytest.fixture(scope="module")
def audiences(shop):
    """A list and an audience with a history, beside those that every workspace has."""
    for _ in range(3):
        execute(shop.workspace, "audience.snapshot", {"name": "prospects"})
    asked = {"name": "prospects", "share": 0.2, "save_as": "browser_sample", "title": "Fifth"}
    execute(shop.workspace, "audience.sample", asked)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("wide", f"/audiences/new?where={quote(json.dumps(WIDE))}"),
        ("list", "/audiences/browser_sample"),
        ("history", "/audiences/prospects?tab=history"),
        ("lookalike", "/audiences/prospects?tab=lookalike"),
        ("overlap", "/audiences/prospects?tab=overlap"),
    ],
)
def test_the_page_is_sound_in_every_form(visit, audiences, language, name, path):
    watched = visit(language)
    watched.open(path)
    watched.picture(f"{language}-audience-{name}")
    watched.expect_quiet()
    assert watched.findings() == []


def test_what_the_editor_cannot_draw_is_kept_as_it_was(shop, visit):
    watched = visit("en")
    page = watched.page
    watched.open(f"/audiences/new?where={quote(json.dumps(WIDE))}")
    expect(page.locator(".rule-raw")).to_contain_text("nowhere")
    page.locator("#name").fill("wide_tree")
    page.locator("#title").fill("Wide tree")
    page.get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile("/audiences/wide_tree$"))
    assert execute(shop.workspace, "audience.show", {"name": "wide_tree"})["where"] == WIDE
    watched.settle()
    watched.expect_quiet()


def test_a_draft_outlives_the_page_until_it_is_thrown_away(visit):
    watched = visit("en")
    page = watched.page
    watched.open("/audiences/prospects")
    rows = page.locator(".rule-row")
    expect(rows.first).to_be_visible()
    before = rows.count()
    page.get_by_role("button", name="Add condition").first.click()
    expect(rows).to_have_count(before + 1)
    page.reload()
    expect(rows).to_have_count(before + 1)
    page.get_by_role("button", name="Discard").click()
    expect(rows).to_have_count(before)
    watched.settle()
    watched.expect_quiet()


def test_two_who_save_one_audience_do_not_overwrite_each_other(shop, visit):
    watched = visit("en")
    page = watched.page
    asked = {"name": "contested", "title": "Contested", "where": {"everyone": True}}
    version = execute(shop.workspace, "audience.save", asked)["version"]
    watched.open("/audiences/contested")
    other = {**asked, "title": "Theirs", "version": version}
    execute(shop.workspace, "audience.save", other)
    page.locator("#title").fill("Mine")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_contain_text("somebody else")
    assert any("409" in error for error in watched.errors)
    found = execute(shop.workspace, "audience.show", {"name": "contested"})
    assert found["title"]["en"] == "Theirs"


def test_a_list_is_looked_through_before_it_is_kept(shop, visit, tmp_path):
    people = execute(
        shop.workspace, "sql", {"query": "select person_id p from dm.customers limit 3"}
    )
    file = tmp_path / "fair.csv"
    file.write_text("id\n" + "\n".join(row["p"] for row in people) + "\nuser:nobody\n")
    watched = visit("en")
    page = watched.page
    watched.open("/audiences")
    page.get_by_role("button", name="Upload a list").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog).to_contain_text("user:nobody")
    watched.picture("flow-audience-upload")
    assert watched.findings() == []
    dialog.locator("#upload_name").fill("browser_fair")
    dialog.get_by_role("button", name="Keep as audience").click()
    expect(page).to_have_url(re.compile("/audiences/browser_fair$"))
    expect(page.locator(".live-count b")).to_have_text("3")
    watched.settle()
    watched.expect_quiet()


def test_an_audience_that_was_removed_comes_back(shop, visit):
    asked = {"name": "short_lived", "title": "Short-lived", "where": {"everyone": True}}
    execute(shop.workspace, "audience.save", asked)
    watched = visit("en")
    page = watched.page
    watched.open("/audiences/short_lived")
    page.get_by_role("button", name="Remove audience").click()
    expect(page).to_have_url(re.compile("/audiences$"))
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile("/audiences/short_lived$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Short-lived")
    watched.settle()
    watched.expect_quiet()


def test_audiences_are_compared_as_circles(visit, audiences):
    watched = visit("en")
    page = watched.page
    watched.open("/audiences/prospects?tab=overlap")
    page.get_by_role("combobox", name="Compare with").click()
    page.keyboard.type("Fifth")
    page.locator(".ant-select-dropdown:visible .ant-select-item-option").first.click()
    page.keyboard.press("Escape")
    expect(page.locator(".venn")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Fifth.*100"))).to_be_visible()
    expect(page.locator(".ant-select-dropdown:visible")).to_have_count(0)
    watched.settle()
    watched.picture("flow-audience-overlap")
    watched.expect_quiet()
    assert watched.findings() == []
