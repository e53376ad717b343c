"""One shop for all tests of the console; each test has a page of its own."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.running_shop import PASSWORD, USERNAME, running_shop
from tests.browser.watched_page import AXE, WatchedPage

ROOT = Path(__file__).parents[2]
WINDOW = {"width": 1440, "height": 900}
# Five seconds are too few on a machine that does something else beside.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def console():
    """The console as its sources are now."""
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with (cache / "console.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one worker builds, the others find it built
        subprocess.run([sys.executable, ROOT / "scripts" / "build_console.py"], check=True)
    assert AXE.is_file(), "axe-core is a development dependency of web/console; run its npm ci"


@pytest.fixture(scope="session")
def shop(console, tmp_path_factory):
    with running_shop(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture(scope="session")
def cookies(shop, browser):
    """The cookies of an administrator who logged in through the API."""
    context = browser.new_context(base_url=shop.url)
    answer = context.request.post("/api/login", data={"username": USERNAME, "password": PASSWORD})
    assert answer.ok
    found = context.cookies()
    context.close()
    return found


@pytest.fixture
def visit(shop, browser, cookies):
    """Return a function that opens a watched page in a language, logged in or not."""
    contexts = []

    def opened(language: str, *, is_logged_in: bool = True) -> WatchedPage:
        context = browser.new_context(viewport=WINDOW, reduced_motion="reduce", locale=language)
        context.set_default_timeout(45_000)
        context.add_init_script(
            "localStorage.getItem('zhiyin.language') ??"
            f" localStorage.setItem('zhiyin.language', '{language}')"
        )
        if is_logged_in:
            context.add_cookies(cookies)
        contexts.append(context)
        return WatchedPage(context.new_page(), shop.url)

    yield opened
    for context in contexts:
        context.close()
