"""A shop whose events follow a plan, except for some: one of each kind of fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from zhiyin.app.commands import execute
from zhiyin.app.server import Server
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect.api import Rejected, accept
from zhiyin.core.clock import FixedClock
from zhiyin.governance.api import hash_password
from zhiyin.ports.operational import Account

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
USERNAME, PASSWORD = "admin", "seven calm rivers"


def order(number: int, **properties) -> dict:
    found = {
        "order_id": f"O{number:05d}",
        "revenue": 19.9 + number % 50,
        "currency": "CNY",
        "coupon": "SPRING" if number % 3 else "NEW",
        "products": [{"product_id": f"P{number % 7}", "price": 19.9, "quantity": 1}],
    }
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": f"u{number % 40}",
        "messageId": f"m{number}",
        "properties": {**found, **properties},
    }


def view(number: int) -> dict:
    properties = {"product_id": f"P{number % 7}", "name": "绿茶", "price": 19.9, "currency": "CNY"}
    return {
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": f"a{number % 90}",
        "messageId": f"v{number}",
        "properties": properties,
    }


def identify(number: int) -> dict:
    traits = {"email": f"c{number}@example.com", "plan": "gold" if number % 2 else "silver"}
    return {"type": "identify", "userId": f"u{number}", "messageId": f"i{number}", "traits": traits}


def send(workspace: Workspace, *items: dict | bytes) -> None:
    """Put items into the log as the edge does, and load them."""
    taken = [
        accept(item, source_id="web_shop", received_at=workspace.clock.now()) for item in items
    ]
    workspace.event_log.append([one.body if isinstance(one, Rejected) else one for one in taken])
    execute(workspace, "load", {})


def fill(workspace: Workspace) -> None:
    """Send traffic, plan it, and send what breaks the plan."""
    send(
        workspace,
        *[order(n) for n in range(400)],
        *[view(n) for n in range(900)],
        *[identify(n) for n in range(60)],
    )
    execute(workspace, "plan.generate", {})
    execute(
        workspace,
        "plan.save_event",
        {"name": "order_completed", "changes": {"enforce": "block", "owner": "trade"}},
    )
    execute(workspace, "plan.policy", {"unknown_events": "flag"})
    wrong = [order(1000 + n, revenue="1,200.50", currency="RMB") for n in range(9)]
    for item in wrong[:2]:
        del item["properties"]["order_id"]
    other = {"type": "track", "event": "Wheel Spun", "userId": "u1", "messageId": "w1"}
    late = {
        "type": "track",
        "event": "Order Refunded",
        "userId": "u2",
        "timestamp": "28/02/2026 9:30",
    }
    nobody = {"type": "track", "event": "Product Viewed", "properties": {"product_id": "P1"}}
    flagged = {**view(5000), "properties": {"product_id": 7}}
    send(workspace, *wrong, other, late, nobody, nobody, flagged, b'{"type": "track", "event')


@contextmanager
def tracked_shop(folder: Path) -> Iterator[tuple[str, Workspace]]:
    """Serve the shop; yield its address and its workspace."""
    create_workspace(folder, name="跟踪方案测试")
    with Workspace.open(folder, clock=FixedClock(NOW)) as workspace:
        fill(workspace)
        account = Account(USERNAME, "测试管理员", "admin", hash_password(PASSWORD))
        workspace.operational.add_account(account)
        server = Server(workspace, port=0, has_workers=False)
        server.start()
        try:
            yield server.url, workspace
        finally:
            server.stop()
