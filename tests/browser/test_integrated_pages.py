"""Data quality and identity, in both languages, used as a person would."""

from __future__ import annotations

import pytest
from tests.browser.integrated_shop import PASSWORD, integrated_shop
from tests.browser.watched_page import WatchedPage

pytestmark = pytest.mark.browser
LANGUAGES = ("zh-CN", "en")


@pytest.fixture(scope="module")
def integrated(console, tmp_path_factory):
    with integrated_shop(tmp_path_factory.mktemp("integrated") / "shop") as opened:
        yield opened


@pytest.fixture(scope="module")
def bare(console, tmp_path_factory):
    with integrated_shop(tmp_path_factory.mktemp("bare") / "shop", is_filled=False) as opened:
        yield opened


@pytest.fixture
def visit(browser):
    contexts = []

    def opened(shop, language: str, role: str = "admin") -> WatchedPage:
        context = browser.new_context(
            base_url=shop[0],
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",
            locale=language,
        )
        context.set_default_timeout(15_000)
        context.add_init_script(f"localStorage.setItem('zhiyin.language', '{language}')")
        context.request.post("/api/login", data={"username": role, "password": PASSWORD})
        contexts.append(context)
        return WatchedPage(context.new_page(), shop[0])

    yield opened
    for context in contexts:
        context.close()


PAGES = {
    "quality": "/data/quality",
    "quality-table": "/data/quality?table=dw.orders",
    "quality-anomalies": "/data/quality?tab=anomalies",
    "quality-cleaning": "/data/quality?tab=cleaning",
    "quality-rejects": "/data/quality?tab=rejects",
    "identity": "/data/identity",
    "identity-review": "/data/identity?tab=review",
    "identity-conflicts": "/data/identity?tab=conflicts",
    "identity-blocked": "/data/identity?tab=blocked",
    "identity-households": "/data/identity?tab=households",
    "identity-decisions": "/data/identity?tab=decisions",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(integrated, visit, language, name):
    watched = visit(integrated, language)
    watched.open(PAGES[name])
    watched.picture(f"{language}-{name}")
    watched.expect_quiet()
    assert watched.page.locator("h1").count() == 1
    assert watched.page.locator(".ant-result-error, .ant-result-warning").count() == 0
    text = watched.page.locator("body").inner_text()
    assert "undefined" not in text
    assert "NaN" not in text
    assert watched.findings() == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/data/quality", "/data/identity"])
def test_an_empty_page_says_what_to_do_next(bare, visit, language, path):
    watched = visit(bare, language)
    watched.open(path)
    watched.picture(f"{language}-empty{path.replace('/', '-')}")
    watched.page.get_by_text("zhiyin run").first.wait_for()
    watched.expect_quiet()
    assert watched.findings() == []


def test_a_telephone_shows_both_pages(integrated, visit):
    watched = visit(integrated, "zh-CN")
    watched.page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/data/quality", "/data/identity", "/data/identity?tab=review"):
        watched.open(path)
        name = path.replace("/", "-").replace("?tab=", "-")
        watched.picture(f"narrow{name}")
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 390
    watched.expect_quiet()
