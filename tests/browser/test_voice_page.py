"""What customers say, in both languages, used as a person would."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect
from tests.browser.talking_shop import PASSWORD, USERNAME, talking_shop
from tests.browser.watched_page import WatchedPage

from zhiyin.app.commands import execute

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-CN", "en")
ALL = {"days": {}}


@pytest.fixture(scope="module")
def talking(console, tmp_path_factory):
    with talking_shop(tmp_path_factory.mktemp("talking") / "shop") as opened:
        yield opened


@pytest.fixture(scope="module")
def silent(console, tmp_path_factory):
    with talking_shop(tmp_path_factory.mktemp("silent") / "shop", speaks=False) as opened:
        yield opened


@pytest.fixture
def look(browser):
    """Return a function that opens a watched page of a shop in a language, logged in."""
    contexts = []

    def opened(url: str, language: str) -> WatchedPage:
        context = browser.new_context(
            base_url=url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce",
            locale=language,
        )  # fmt: skip
        context.set_default_timeout(45_000)
        context.add_init_script(f"localStorage.setItem('zhiyin.language', '{language}')")
        context.request.post("/api/login", data={"username": USERNAME, "password": PASSWORD})
        contexts.append(context)
        return WatchedPage(context.new_page(), url)

    yield opened
    for context in contexts:
        context.close()


def asking(question: dict, **others: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in others.items())
    return f"/insights/voice?q={quote(json.dumps(question))}{more}"


PAGES = {
    "voice": "/insights/voice",
    "voice-all": asking(ALL),
    "voice-table": asking({"days": {"last": 180}, "kind": "review"}, view="table"),
    "voice-nothing": asking({"days": {"since": "2020-01-01", "until": "2020-01-02"}}),
}


def expect_readable(watched: WatchedPage) -> None:
    """Nothing failed, nothing is shown as the key of a text, and axe finds nothing serious."""
    watched.expect_quiet()
    page = watched.page
    assert page.locator("h1").count() == 1
    assert page.locator(".ask-refused, .ant-result").count() == 0
    assert re.findall(r"\b(?:voice|insights|value)\.\w+", page.inner_text("#content")) == []
    assert watched.findings() == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_answers_and_can_be_read_by_everybody(look, talking, language, name):
    watched = look(talking[0], language)
    watched.open(PAGES[name])
    watched.picture(f"{language}-insights-{name}")
    expect_readable(watched)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shop_where_nobody_spoke_says_how_to_bring_texts_in(look, silent, language):
    watched = look(silent[0], language)
    watched.open("/insights/voice")
    watched.picture(f"{language}-insights-voice-empty")
    expect(watched.page.locator("#content code")).to_contain_text("zhiyin import")
    expect_readable(watched)


def test_figures_are_those_of_the_command_and_lead_to_the_customers(look, talking):
    url, workspace = talking
    answer = execute(workspace, "voice.ask", {"spec": {}})
    watched = look(url, "en")
    watched.open(asking(ALL))
    page = watched.page
    expect(page.locator(".kpi-value").first).to_have_text(f"{answer['total']['texts']:,}")
    reason = answer["reasons"][0]
    row = page.locator(f'tr[data-row-key="{reason["reason"]}"]')
    expect(row).to_contain_text(answer["titles"][reason["reason"]]["en"])
    row.locator("button.link").last.click()
    expect(page.locator(".ant-drawer .ask-found")).to_contain_text(str(reason["people"]))
    watched.settle()
    watched.picture("en-insights-voice-people")
    assert watched.findings() == []
    watched.expect_quiet()


def test_a_topic_opens_what_people_said(look, talking):
    url, workspace = talking
    topic = execute(workspace, "voice.ask", {"spec": {}})["topics"][1]
    watched = look(url, "en")
    watched.open(asking(ALL))
    page = watched.page
    page.locator(f'tr[data-row-key="{topic["topic"]}"] .ant-table-row-expand-icon').click()
    said = page.locator(".voice-quotes q", has_text=topic["examples"][0]["text"])
    expect(said.first).to_be_visible()


def test_days_without_a_text_offer_all_texts(look, talking):
    watched = look(talking[0], "en")
    watched.open(PAGES["voice-nothing"])
    watched.page.get_by_role("button", name="Show all texts").click()
    watched.settle()
    expect(watched.page.locator(".kpis")).to_be_visible()
    watched.expect_quiet()
