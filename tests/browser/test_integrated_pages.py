"""Data quality and identity, in both languages, used as a person would."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.api.identity_rows import CHEN, LI, LI_TOO, WANG, WANG_TOO, ZHANG
from tests.browser.integrated_shop import PASSWORD, integrated_shop
from tests.browser.watched_page import WatchedPage

from zhiyin.app.commands import execute

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
        context.set_default_timeout(45_000)
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
    if "table=" in PAGES[name]:
        watched.page.set_viewport_size({"width": 1440, "height": 1500})
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


@pytest.fixture
def changed(console, tmp_path):
    """A shop of its own, because the test changes it."""
    with integrated_shop(tmp_path / "shop") as opened:
        yield opened


def decisions(shop) -> list[tuple[str, str, str]]:
    query = (
        "select kind, left_id, right_id from dw.identity_decisions where revoked_at is null"
        " and kind <> 'cut' order by decided_at, left_id"
    )
    rows = execute(shop[1], "sql", {"query": query})
    return [(row["kind"], row["left_id"], row["right_id"]) for row in rows]


def test_a_merge_is_undone_after_a_look_at_what_would_change(changed, visit):
    watched = visit(changed, "en")
    page = watched.page
    watched.open("/data/identity")
    page.get_by_role("button", name="Undo m-9c2e41").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 person")
    expect(dialog).to_contain_text("2 people")
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog).to_contain_text("Give a reason")
    dialog.get_by_label("Reason").fill("Mother and daughter")
    dialog.get_by_role("checkbox").uncheck()
    watched.settle()
    watched.picture("en-identity-undo")
    assert watched.findings() == []
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("The decision is recorded")).to_be_visible()
    row = page.get_by_role("row", name="m-9c2e41")
    expect(row.get_by_text("Undone")).to_be_visible()
    assert decisions(changed)[-1] == ("separate", ZHANG, CHEN)
    watched.settle()

    watched.open("/data/identity?tab=decisions")
    page.get_by_role("row", name="Mother and daughter").get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("checkbox").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name="Mother and daughter")).to_contain_text("revoked by admin")
    assert len(decisions(changed)) == 1
    watched.settle()
    watched.expect_quiet()


def test_pairs_are_judged_by_the_keyboard(changed, visit):
    watched = visit(changed, "en")
    page = watched.page
    watched.open("/data/identity?tab=review")
    expect(page.locator(".review-head")).to_contain_text("Pair 1 of 2")
    # The next pair can be judged while the figures above it are still being read again.
    held = watched.hold("**/api/data/identity")
    page.keyboard.press("j")
    expect(page.locator(".review-head")).to_contain_text("Pair 2 of 2")
    page.keyboard.press("k")
    page.keyboard.press("a")
    expect(page.locator(".review-head")).to_contain_text("Pair 1 of 1")
    page.keyboard.press("r")
    expect(page.get_by_text("No pair is waiting")).to_be_visible()
    assert held
    for route in held:
        route.continue_()
    page.unroute("**/api/data/identity")
    found = set(decisions(changed))
    assert {("join", WANG, WANG_TOO), ("separate", LI, LI_TOO)} <= found
    watched.settle()
    watched.expect_quiet()


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_ids_are_explained(integrated, visit, language):
    watched = visit(integrated, language)
    page = watched.page
    watched.open("/data/identity")
    page.locator(".explain input").nth(0).fill(ZHANG)
    page.locator(".explain input").nth(1).fill(CHEN)
    page.locator(".explain input").nth(1).press("Enter")
    expect(page.locator(".chain .node")).to_have_count(3)
    watched.settle()
    watched.picture(f"{language}-identity-explained")
    watched.open(f"/data/identity?left={WANG}&right={LI}")
    expect(page.locator(".chain .broken")).to_have_count(2)
    watched.picture(f"{language}-identity-apart")
    assert watched.findings() == []
    watched.expect_quiet()


def test_who_may_only_look_sees_masked_ids_and_no_buttons(integrated, visit):
    watched = visit(integrated, "en", "viewer")
    page = watched.page
    watched.open("/data/identity")
    assert page.get_by_role("button", name="Undo m-9c2e41").count() == 0
    expect(page.locator("#content")).to_contain_text("***")
    watched.open("/data/identity?tab=review")
    assert page.get_by_role("button", name="Same person").count() == 0
    assert "王伟" not in page.locator("#content").inner_text()
    watched.open("/data/quality?table=dw.customers")
    assert page.get_by_role("button", name="Check now").count() == 0
    assert "wang.wei" not in page.locator("body").inner_text()
    watched.expect_quiet()


def test_a_look_is_taken_and_the_report_downloaded(changed, visit):
    watched = visit(changed, "en")
    page = watched.page
    watched.open("/data/quality")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download report").click()
    assert "dw.orders" in download.value.path().read_text("utf-8")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("looked at")).to_be_visible()
    watched.settle()
    watched.expect_quiet()
