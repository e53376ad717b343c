"""A shop with something on every page: scored customers, a measured campaign, a weekly review."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from pathlib import Path

import pytest

from zhiyin.app import wiring
from zhiyin.app.commands import execute
from zhiyin.app.server import Server
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect.api import accept
from zhiyin.core.clock import FixedClock
from zhiyin.governance.api import hash_password
from zhiyin.ports.operational import Account
from zhiyin.simulation.api import ReceivedMessage, World, WorldConfig, write_days
from zhiyin.testing.channels import MemoryChannel

USERNAME, PASSWORD = "admin", "seven calm rivers"
CAMPAIGN = "autumn_care"
DAYS_AFTER = 15  # the campaign's two weeks and a day


@dataclass(frozen=True)
class RunningShop:
    """Where the shop is served, and whom to look at."""

    url: str
    customer: str
    week: str
    workspace: Workspace


@contextmanager
def running_shop(folder: Path) -> Iterator[RunningShop]:
    """Build the shop, live through a campaign, and serve it."""
    world = World(WorldConfig(customers=900, months=8, seed=3, end=date(2026, 3, 2)))
    world.write_history(folder / "raw")
    create_workspace(folder / "shop", name="知音测试商店")
    clock = FixedClock(world.now.replace(tzinfo=UTC) + timedelta(hours=10))
    channel = MemoryChannel()
    with (
        pytest.MonkeyPatch.context() as patch,
        Workspace.open(folder / "shop", clock=clock) as workspace,
    ):
        patch.setattr(wiring, "channels", lambda _: {"email": channel})
        _import(workspace, folder / "raw")
        execute(workspace, "run", {})
        execute(workspace, "value.refit", {})
        _campaign(workspace, world, channel, clock, folder)
        execute(workspace, "campaign.due", {})
        _invite(workspace, clock)
        execute(workspace, "run", {})
        week = execute(workspace, "review.weekly", {"language": "both"})["week"]
        execute(workspace, "source.create", {"name": "web_shop"})
        workspace.operational.add_account(
            Account(USERNAME, "测试管理员", "admin", hash_password(PASSWORD))
        )
        server = Server(workspace, port=0, has_workers=False)
        server.start()
        try:
            yield RunningShop(server.url, _customer(workspace), week, workspace)
        finally:
            server.stop()


def _import(workspace: Workspace, *paths: Path) -> None:
    execute(workspace, "import", {"recipe": "zhiyin_shop", "paths": [str(p) for p in paths]})


def _campaign(
    workspace: Workspace, world: World, channel: MemoryChannel, clock: FixedClock, folder: Path
) -> None:
    execute(workspace, "campaign.plan", {"name": CAMPAIGN, "holdout": 0.3})
    execute(workspace, "campaign.launch", {"name": CAMPAIGN})
    for message in channel.handed:
        facts = message.facts
        world.receive(
            ReceivedMessage(
                message.address,
                campaign_id=facts["campaign_id"],
                offer=facts.get("offer_id", ""),
                message_id=message.message_id,
            )
        )
    happened = world.advance(DAYS_AFTER)
    # First the clock: what lies in its future would be quarantined.
    clock.instant = world.now.replace(tzinfo=UTC) + timedelta(hours=10)
    _import(workspace, *write_days(happened, folder / "live", "after"))


def _invite(workspace: Workspace, clock: FixedClock) -> None:
    """Let two customers bring friends, and these theirs: trees of invitations."""
    inviters = ["M0000001", "M0000001", "M0000002", "F00", "F00", "F03", "M0000001", "F06"]
    channels = ["wechat", "wechat", "wechat", "douyin"]
    taken = [
        accept(
            {
                "type": "track",
                "event": "Signed Up",
                "userId": f"F{number:02}",
                "messageId": f"invited-{number}",
                "timestamp": (clock.now() - timedelta(days=30 - 3 * number)).isoformat(),
                "context": {"campaign": {"source": channels[number % 4]}},
                "properties": {"inviter_id": inviter},
            },
            source_id="web_shop",
            received_at=clock.now(),
        )
        for number, inviter in enumerate(inviters)
    ]
    workspace.event_log.append(taken)
    execute(workspace, "load", {})


def _customer(workspace: Workspace) -> str:
    """Return the best customer who was treated, so that every part of the page has something."""
    query = (
        "select c.person_id from dm.customers c join dm.decisions d using (person_id)"
        " where d.arm = 'treatment' and c.orders > 0 order by c.monetary desc, 1 limit 1"
    )
    return execute(workspace, "sql", {"query": query})[0]["person_id"]
