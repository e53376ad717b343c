"""A small simulated shop behind the HTTP API, and visitors of every role."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from zhiyin.api.app import create_app
from zhiyin.app import pipeline
from zhiyin.app.collector import collector_of
from zhiyin.app.commands import execute
from zhiyin.app.server import api_context
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect.edge.api import Request
from zhiyin.core.clock import FixedClock
from zhiyin.governance.api import Role, hash_password
from zhiyin.ports.operational import Account
from zhiyin.simulation.api import World, WorldConfig

PASSWORD = "seven calm rivers"
TOKEN = "the token of this machine"
STAGES = ["warehouse", "identity", "profiles", "audiences"]


class Shop:
    """A workspace, the app over it, and one logged-in client for each role."""

    def __init__(self, workspace: Workspace, clock: FixedClock) -> None:
        self.workspace = workspace
        self.clock = clock
        context = api_context(workspace, token=TOKEN, base_url="http://testserver")
        self.app: FastAPI = create_app(context, console=workspace.root / "no-console")
        self._clients: dict[str, TestClient] = {}

    def post_event(self, event: Mapping[str, Any], key: str | None) -> int:
        """Send an event to the collector that serves beside the app; return the status."""
        workspace = self.workspace
        collector = collector_of(
            workspace.settings.collect, workspace.event_log, workspace.operational, self.clock
        )
        body = json.dumps({**event, "writeKey": key}).encode()
        statuses: list[int] = []
        request = Request("POST", "/v1/track", body=body)
        collector.answer(request, lambda answer: statuses.append(answer.status))
        collector.close()
        return statuses[0]

    def anonymous(self) -> TestClient:
        return TestClient(self.app, client=("127.0.0.1", 50_000))

    def add_accounts(self) -> None:
        for role in Role:
            self.workspace.operational.add_account(
                Account(role.value, role.value.title(), role.value, password_hash())
            )

    def log_in(self, role: str) -> TestClient:
        """Return a fresh client with a session of its own."""
        client = self.anonymous()
        answer = client.post("/api/login", json={"username": role, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return client

    def as_(self, role: str) -> TestClient:
        """Return the role's client, shared by all tests."""
        if role not in self._clients:
            self._clients[role] = self.log_in(role)
        return self._clients[role]

    def sql(self, query: str) -> list[dict]:
        return execute(self.workspace, "sql", {"query": query})


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


@contextmanager
def empty_workspace(folder: Path) -> Iterator[Shop]:
    """A workspace as `zhiyin init` leaves it."""
    create_workspace(folder)
    clock = FixedClock()
    with Workspace.open(folder, clock=clock) as workspace:
        yield Shop(workspace, clock)


@contextmanager
def simulated_shop(folder: Path) -> Iterator[Shop]:
    """A workspace with two months of a small shop, its people known, nobody scored."""
    world = World(WorldConfig(customers=250, months=2, seed=3, end=date(2026, 3, 2)))
    world.write_history(folder / "raw")
    create_workspace(folder / "shop")
    # Ten in the morning of the shop: messages may go out.
    clock = FixedClock(world.now.replace(tzinfo=UTC) + timedelta(hours=10))
    with Workspace.open(folder / "shop", clock=clock) as workspace:
        raw = [str(folder / "raw")]
        execute(workspace, "import", {"recipe": "zhiyin_shop", "paths": raw})
        options = pipeline.options_from(workspace, STAGES)
        pipeline.run(workspace, options, run_id="first", on_progress=lambda _: None)
        shop = Shop(workspace, clock)
        shop.add_accounts()
        yield shop
