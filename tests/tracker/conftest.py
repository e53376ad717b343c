"""A collector and a shop's pages; each test has a source, a wire, a site and a browser profile."""

from __future__ import annotations

import itertools
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conftest import ROOT
from tests.tracker.site import Site
from tests.tracker.wire import Wire

from zhiyin.app.commands import execute
from zhiyin.app.server import Server
from zhiyin.app.workspace import Workspace, create_workspace

_number = itertools.count()


@pytest.fixture(scope="session")
def scripts():
    """The scripts as their sources are now."""
    subprocess.run([sys.executable, ROOT / "scripts" / "build_tracker.py"], check=True)
    return ROOT / "src" / "zhiyin" / "collect" / "scripts"


@pytest.fixture(scope="module")
def collector(scripts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracker") / "shop"
    create_workspace(folder)
    with Workspace.open(folder) as workspace:
        server = Server(workspace, port=0, has_workers=False)
        server.start()
        try:
            yield workspace, server.url
        finally:
            server.stop()


@dataclass
class Shop:
    """One test's shop: its pages, its wire, its source, its browser."""

    workspace: Workspace
    wire: Wire
    site: Site
    context: Any
    source: str
    key: str
    errors: list[str]
    elsewhere: list[str]

    def tag(self, attributes: str = "") -> str:
        """Return the tag that loads the script."""
        address = f'src="{self.wire.url}/zhiyin.js" data-write-key="{self.key}"'
        return f"<script async {address} {attributes}></script>"

    def page(self, path: str = "/", *, is_ready: bool = True):
        """Open a page in a tab of its own."""
        tab = self.context.new_page()
        self.watch(tab)
        tab.goto(self.site.url + path)
        if is_ready:
            tab.wait_for_function("window.zhiyin && window.zhiyin.flush")
        return tab

    def watch(self, tab) -> None:
        tab.on("console", self._said)
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("request", self._requested)

    def _said(self, message) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)

    def _requested(self, request) -> None:
        if not request.url.startswith((self.site.url, self.wire.url, "data:")):
            self.elsewhere.append(request.url)

    def events(self, columns: str = "*") -> list[dict[str, Any]]:
        """Load the log and return this source's events in the order they happened."""
        execute(self.workspace, "load", {})
        query = (
            f"select {columns} from ods.events where source_id = '{self.source}'"
            " order by event_time, origin_line"
        )
        return execute(self.workspace, "sql", {"query": query})


@pytest.fixture
def shop(collector, browser):
    workspace, url = collector
    name = f"web_{next(_number)}"
    made = execute(workspace, "source.create", {"name": name})
    wire = Wire(url)
    site = Site(wire.url)
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 720})
    context.set_default_timeout(10_000)
    opened = Shop(workspace, wire, site, context, name, made["write_key"], [], [])
    opened.site.put("/", "<h1>Shop</h1>", head=opened.tag())
    try:
        yield opened
    finally:
        context.close()
        site.stop()
        wire.stop()
    assert opened.errors == []
    assert opened.elsewhere == []
