"""The small shop in a workspace, and the news that Cy is Bob's earlier name."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from zhiyin.app.cli import zhiyin
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.collect import tables as ods
from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.testing.rows import rows_of
from zhiyin.testing.small_shop import AS_OF, FACTS

SEEN = {"kind": "track", "user_id": "cy", "source_id": "web"}
ALIAS = {"kind": "alias", "user_id": "bob", "previous_id": "cy", "source_id": "web"}


def call(root: Path, *arguments: str) -> str:
    """Run a command in this process, and return what it printed."""
    done = CliRunner().invoke(zhiyin, [*arguments, "-w", str(root)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def open_shop(root: Path, *stages: str) -> None:
    """Make the workspace and run the stages: Ann's two numbers are one person, Bob and Cy two."""
    create_workspace(root, timezone="UTC", language="en")
    for spec, rows in FACTS:
        write(root, spec, *rows)
    write(root, ods.EVENTS, {"event_id": "v", "event_time": AS_OF, "load_id": 1, **SEEN})
    call(root, "run", *stages)


def say_alias(root: Path) -> None:
    """Let the news arrive that makes one person of Bob and Cy; the next run works it out."""
    later = AS_OF + timedelta(hours=1)
    write(root, ods.EVENTS, {"event_id": "w", "event_time": later, "load_id": 2, **ALIAS})


def write(root: Path, spec: TableSpec, *rows: dict[str, Any]) -> None:
    """Add rows to a table of the workspace."""
    with Workspace.open(root) as workspace:
        workspace.warehouse.write(spec, rows_of(spec, *rows), How.APPEND)
