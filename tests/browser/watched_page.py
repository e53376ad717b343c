"""A browser page that notes what must not happen: console errors, requests to other hosts."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Route, expect

AXE = Path(__file__).parents[2] / "web/console/node_modules/axe-core/axe.min.js"
SCREENSHOTS = Path(__file__).parents[2] / "artifacts" / "screenshots"
SERIOUS = {"serious", "critical"}
# In flight: skeletons, spinners, and marked regions; animations only delay the picture.
BUSY = '.ant-skeleton, .ant-spin-spinning, [aria-busy="true"]'
# What still fades in is paler than it will be; spinners never end.
MOVED = """Promise.race([
  Promise.allSettled(document.getAnimations()
    .filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished)),
  new Promise((done) => setTimeout(done, 1000)),
]).then(() => null)"""
STILL = "*,*::before,*::after{animation:none!important;transition:none!important}"


class WatchedPage:
    """A Playwright page and what was noted on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._requested)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _requested(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and not request.url.startswith(self.url):
            self.elsewhere.append(request.url)

    def open(self, path: str) -> None:
        """Go to an address of the console and wait until all of it is there."""
        self.page.goto(self.url + path)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing loads any more."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_selector("main, .content, .login", state="visible")
        expect(self.page.locator(BUSY)).to_have_count(0, timeout=45_000)

    def hold(self, pattern: str) -> list[Route]:
        """Hold back the answers to requests from now on; the list is of those that wait."""
        held: list[Route] = []

        def keep(route: Route) -> None:
            held.append(route)  # Playwright marks its handlers, which a method of a list cannot be

        self.page.route(pattern, keep)
        return held

    def expect_quiet(self) -> None:
        """Fail on anything that was noted, and forget it."""
        errors, elsewhere = self.errors, self.elsewhere
        self.errors, self.elsewhere = [], []
        assert errors == [], errors
        assert elsewhere == []

    def findings(self) -> list[str]:
        """Return what axe finds serious or worse, one line for each rule and element."""
        self.page.evaluate(MOVED)
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations'], iframes: false})"
        )
        return [
            f"{violation['id']}: {node['html'][:160]} -- {node['failureSummary'][:300]}"
            for violation in found["violations"]
            if violation["impact"] in SERIOUS
            for node in violation["nodes"]
        ]

    def picture(self, name: str) -> None:
        """Leave a picture of the whole page for a person to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, style=STILL)
