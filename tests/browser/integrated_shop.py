"""A shop that had a bad week and whose people are known: what quality and identity show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.api.identity_rows import write_identity
from tests.api.quality_rows import write_quality

from zhiyin.app.server import Server
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.clock import FixedClock
from zhiyin.governance.api import hash_password
from zhiyin.ports.operational import Account

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PASSWORD = "seven calm rivers"
ROLES = ("admin", "viewer")


@contextmanager
def integrated_shop(folder: Path, *, is_filled: bool = True) -> Iterator[tuple[str, Workspace]]:
    """Serve the shop; yield its address and its workspace."""
    create_workspace(folder, name="数据整合测试")
    with Workspace.open(folder, clock=FixedClock(NOW)) as workspace:
        if is_filled:
            write_quality(workspace)
            write_identity(workspace)
        for role in ROLES:
            account = Account(role, role.title(), role, hash_password(PASSWORD))
            workspace.operational.add_account(account)
        server = Server(workspace, port=0, has_workers=False)
        server.start()
        try:
            yield server.url, workspace
        finally:
            server.stop()
