"""The overview in Chromium, cold: fresh browser, fresh server, demo of the default size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.meter import stopwatch

ZHIYIN = str(Path(sys.executable).with_name("zhiyin"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROUNDS = 5


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = str(Path(folder) / "demo")
        made = subprocess.run(
            [ZHIYIN, "demo", "--no-serve", "--json", "-w", shop],
            check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        story = json.loads(made.stdout.strip().splitlines()[-1])
        rounds = [measured(shop, story) for _ in range(ROUNDS)]
    print(
        json.dumps(
            {
                "customers": story["customers"],
                "rounds": ROUNDS,
                "overview_seconds_median": sorted(r["overview"] for r in rounds)[ROUNDS // 2],
                "overview_seconds_worst": max(r["overview"] for r in rounds),
                "blank_page_seconds_median": sorted(r["blank"] for r in rounds)[ROUNDS // 2],
            }
        )
    )


def measured(shop: str, story: dict[str, object]) -> dict[str, float]:
    """Start a server and a browser with nothing cached, log in by API, and open the overview."""
    server = subprocess.Popen(
        [ZHIYIN, "serve", "--port", "0", "--json", "-w", shop], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=FLAGS
            )
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            with stopwatch() as blank:
                page.goto(f"{url}/health")
            account = {"username": story["username"], "password": story["password"]}
            answer = page.request.post(f"{url}/api/login", data=account)
            assert answer.ok, answer.text()
            began = time.perf_counter()
            page.goto(url)
            page.wait_for_selector(".kpi-value")
            page.wait_for_selector("canvas, main svg")
            seconds = round(time.perf_counter() - began, 3)
            browser.close()
        return {"overview": seconds, "blank": blank.seconds}
    finally:
        server.terminate()
        server.wait(timeout=60)


if __name__ == "__main__":
    main()
