"""The lineage page: a graph to explore, the same as a table, and a message down to its files."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from zhiyin.app.commands import execute

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-CN", "en")


@pytest.fixture(scope="module")
def message(shop) -> str:
    """A message that was sent to somebody who had ordered."""
    query = (
        "select m.message_id from dm.messages m join dm.customers c using (person_id)"
        " where c.orders > 1 order by 1 limit 1"
    )
    return execute(shop.workspace, "sql", {"query": query})[0]["message_id"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("start", ""),
        ("graph", "?object=campaign:autumn_care&depth=3"),
        ("impact", "?object=dw.orders&direction=down"),
        ("columns", "?object=dm.customers.monetary&depth=all"),
        ("table", "?object=dm.customers&view=table"),
        ("message", "?object=message:{message}"),
    ],
)
def test_the_page_is_sound_in_every_form(visit, message, language, name, query):
    watched = visit(language)
    watched.open("/data/lineage" + query.format(message=message))
    watched.picture(f"{language}-lineage-{name}")
    watched.expect_quiet()
    assert watched.findings() == []


def test_a_message_ends_in_files_with_their_lines(visit, message):
    watched = visit("en")
    watched.open("/data/lineage")
    finder = watched.page.get_by_role("combobox", name=re.compile("paste the id"))
    finder.fill(message)
    finder.press("Enter")
    watched.settle()
    trace = watched.page.get_by_role("list", name="Trace")
    expect(trace).to_contain_text("Decision")
    expect(trace.locator(".trace-line.raw").first).to_contain_text(
        re.compile(r"\.(csv|parquet):\d+")
    )
    fold = trace.get_by_role("button", name=re.compile("^Show what")).first
    fold.focus()
    fold.press("Enter")
    expect(trace.locator(".trace-line.raw")).to_have_count(0)
    watched.expect_quiet()


def test_a_graph_grows_where_one_asks_and_its_address_keeps_it(visit):
    watched = visit("en")
    watched.open("/data/lineage?object=dm.customers&depth=1")
    page = watched.page
    before = page.locator(".lineage-node").count()
    page.get_by_role("button", name=re.compile("more beside dm.purchases$")).press("Enter")
    expect(page.locator(".lineage-node", has_text="dw.orders")).to_be_visible()
    assert page.locator(".lineage-node").count() > before
    expect(page).to_have_url(re.compile("open=table"))
    expect(page.get_by_role("heading", name="dm.purchases")).to_be_visible()
    page.reload()
    watched.settle()
    expect(page.locator(".lineage-node", has_text="dw.orders")).to_be_visible()
    page.get_by_title("Table", exact=True).click()
    expect(page.get_by_role("cell", name="dw.orders", exact=True)).to_be_visible()
    watched.expect_quiet()
