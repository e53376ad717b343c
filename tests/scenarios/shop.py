"""A simulated shop inside a workspace, for scenarios: history in, campaign out, reactions back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from zhiyin.app import pipeline, wiring
from zhiyin.app.commands import execute
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.clock import FixedClock
from zhiyin.simulation.api import (
    MessageEffect,
    ReceivedMessage,
    World,
    WorldConfig,
    write_days,
)
from zhiyin.testing.channels import MemoryChannel

END = date(2026, 3, 2)
NO_QUIET_HOURS = """
channels:
  email: {requires_consent: true, caps: [{messages: 2, days: 7}]}
global_holdout: {share: 0.0, salt: global-holdout}
conflict_days: 0
"""
STAGES = ["warehouse", "identity", "profiles", "audiences"]


@dataclass
class SimulatedShop:
    """A world and the workspace that serves it; time is the world's."""

    world: World
    workspace: Workspace
    channel: MemoryChannel
    clock: FixedClock
    folder: Path
    seen: int = 0
    files: list[Path] = field(default_factory=list)

    def import_(self, *paths: Path) -> dict:
        return execute(
            self.workspace, "import", {"recipe": "zhiyin_shop", "paths": [str(p) for p in paths]}
        )

    def run(self, stages: list[str]) -> None:
        options = pipeline.options_from(self.workspace, stages)
        pipeline.run(self.workspace, options, run_id="scenario", on_progress=lambda _: None)

    def deliver(self) -> list[ReceivedMessage]:
        """Put what was sent since the last call into the world's mailboxes."""
        fresh = self.channel.handed[self.seen :]
        self.seen = len(self.channel.handed)
        messages = [
            ReceivedMessage(
                message.address,
                campaign_id=message.facts["campaign_id"],
                offer=message.facts.get("offer_id", ""),
                message_id=message.message_id,
            )
            for message in fresh
        ]
        for message in messages:
            assert self.world.receive(message)
        return messages

    def live(self, days: int) -> None:
        """Let days pass and import what the shop wrote."""
        paths = write_days(
            self.world.advance(days), self.folder / "live", f"{self.world.now:%Y%m%d}"
        )
        self.clock.instant = self.world.now.replace(tzinfo=UTC)
        self.import_(*paths)


def open_shop(
    folder: Path, *, seed: int, customers: int, months: int, lift: float, monkeypatch
) -> SimulatedShop:
    """Return a shop with its history imported and its people known."""
    world = World(
        WorldConfig(
            customers=customers,
            months=months,
            seed=seed,
            end=END,
            message_effect=MessageEffect(conversion_lift=lift),
        )
    )
    world.write_history(folder / "raw")
    create_workspace(folder / "shop")
    (folder / "shop" / "policies" / "contact.yaml").write_text(NO_QUIET_HOURS)
    channel = MemoryChannel()
    monkeypatch.setattr(wiring, "channels", lambda _: {"email": channel})
    clock = FixedClock(datetime.combine(END, datetime.min.time(), UTC))
    clock.instant = world.now.replace(tzinfo=UTC)
    workspace = Workspace.open(folder / "shop", clock=clock)
    shop = SimulatedShop(world, workspace, channel, clock, folder)
    shop.import_(folder / "raw")
    shop.run(STAGES)
    return shop
