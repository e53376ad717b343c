"""Every page in both languages: complete, quiet, usable for everybody, and in a picture."""

from __future__ import annotations

import re

import pytest
from tests.browser.running_shop import CAMPAIGN

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "/",
    "customers": "/customers",
    "customer": "/customers/{customer}",
    "audiences": "/audiences",
    "audience-new": "/audiences/new",
    "audience": "/audiences/high_value",
    "campaigns": "/campaigns",
    "campaign": f"/campaigns/{CAMPAIGN}",
    "models": "/models",
    "model": "/models/repurchase",
    "reviews": "/reviews",
    "review": "/reviews/{week}",
    "catalog": "/data/catalog",
    "catalog-metric": "/data/catalog?metric=conversion_rate",
    "catalog-events": "/data/catalog?tab=events",
    "catalog-properties": "/data/catalog?tab=properties",
    "lineage": "/data/lineage",
    "quality-real": "/data/quality",
    "identity-real": "/data/identity",
    "runs": "/data/runs",
    "sources": "/data/sources",
    "databases": "/data/sources?tab=databases",
    "settings": "/settings",
    "missing": "/no/such/page",
}
LANGUAGES = ("zh-CN", "en")
# What i18next shows for a key that it does not know: the key itself.
BARE_KEY = re.compile(r"\b(?:page|field|action|metric|state|tier|stage|feature|event)\.[a-z_]+\b")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_log_in_page_is_sound(visit, language):
    watched = visit(language, is_logged_in=False)
    watched.open("/login")
    watched.picture(f"{language}-login")
    assert watched.page.locator("input[type=password]").is_visible()
    watched.expect_quiet()
    assert watched.findings() == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound(shop, visit, language, name):
    watched = visit(language)
    watched.open(PAGES[name].format(customer=shop.customer, week=shop.week))
    watched.picture(f"{language}-{name}")
    watched.expect_quiet()
    text = watched.page.locator("#content").inner_text()
    assert len(text) > 10
    assert BARE_KEY.findall(text) == []
    assert "undefined" not in text
    assert "NaN" not in text
    assert watched.page.evaluate("document.documentElement.lang") == language
    if name != "missing":
        assert watched.page.locator("h1").count() == 1
        assert watched.page.locator(".failure, .ant-result-error").count() == 0
    assert watched.findings() == []


@pytest.mark.parametrize("name", ["overview", "customers", "customer", "campaign"])
def test_a_page_fits_a_telephone(shop, visit, name):
    watched = visit("zh-CN")
    watched.page.set_viewport_size({"width": 390, "height": 844})
    watched.open(PAGES[name].format(customer=shop.customer, week=shop.week))
    watched.picture(f"narrow-{name}")
    wide = watched.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    watched.expect_quiet()
