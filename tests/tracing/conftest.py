"""A simulated shop that lived through a campaign, built once: what traces are tried on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from functools import cached_property
from pathlib import Path

import pytest

from zhiyin.app import wiring
from zhiyin.app.commands import execute
from zhiyin.app.tracing.stored import stored_graph
from zhiyin.app.tracing.traces import Tracer
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.clock import FixedClock
from zhiyin.simulation.api import World, WorldConfig
from zhiyin.testing.channels import MemoryChannel

HERE = Path(__file__).parent
SETTINGS = """[lineage]
kind = "file"
path = "data/events.jsonl"
namespace = "shop"
"""
POLICY = """
channels:
  email: {requires_consent: true, caps: [{messages: 2, days: 7}]}
global_holdout: {share: 0.0, salt: global-holdout}
conflict_days: 0
"""


def pytest_collection_modifyitems(items):
    """Keep these tests in one process, which builds the shop once."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group("tracing"))


@dataclass
class Shop:
    """A workspace, the folder with its raw files, and its log of lineage events."""

    workspace: Workspace
    raw: Path

    @property
    def events(self) -> Path:
        return self.workspace.root / "data" / "events.jsonl"

    def sql(self, query: str) -> list[dict]:
        return execute(self.workspace, "sql", {"query": query})

    def up(self, name: str, **how) -> dict:
        return execute(self.workspace, "lineage.up", {"name": name, **how})

    def traced(self, message_id: str) -> dict:
        """Return the trace of a message; the graph is read once for all of them."""
        return {"trace": [self.tracer.message(message_id).to_dict()]}

    @cached_property
    def tracer(self) -> Tracer:
        return Tracer(self.workspace, stored_graph(self.workspace), newest=2)

    def down(self, name: str, **how) -> dict:
        return execute(self.workspace, "lineage.down", {"name": name, **how})


@pytest.fixture(scope="session")
def shop(tmp_path_factory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("traced")
    world = World(WorldConfig(customers=400, months=9, seed=5, end=date(2026, 3, 2)))
    world.write_history(folder / "raw")
    create_workspace(folder / "shop")
    (folder / "shop" / "policies" / "contact.yaml").write_text(POLICY)
    settings = folder / "shop" / "zhiyin.toml"
    written = re.sub(r"\[lineage\].*\n", SETTINGS, settings.read_text("utf-8"))
    settings.write_text(written, "utf-8")
    clock = FixedClock(world.now.replace(tzinfo=UTC) + timedelta(hours=10))
    channel = MemoryChannel()
    with Workspace.open(folder / "shop", clock=clock) as workspace:
        # For as long as messages go out: other tests of the session have channels of their own.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring, "channels", lambda _: {"email": channel})
            raw = [str(folder / "raw")]
            execute(workspace, "import", {"recipe": "zhiyin_shop", "paths": raw})
            execute(workspace, "run", {})
            execute(workspace, "campaign.plan", {"name": "care", "holdout": 0.2})
            execute(workspace, "campaign.launch", {"name": "care"})
        clock.instant += timedelta(days=1)
        execute(workspace, "load", {})
        execute(workspace, "run", {"stages": ["measurement"]})
        yield Shop(workspace, folder / "raw")
