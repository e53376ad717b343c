"""`zhiyin source`: who may send events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common


@click.group()
def source() -> None:
    """Sources that may send events."""


@source.command("create")
@common
@click.argument("name")
def source_create(workspace: Path, as_json: bool, **params: Any) -> None:
    """Make a source and print its write key, once."""
    answer("source.create", workspace, as_json, **params)


@source.command("list")
@common
def source_list(workspace: Path, as_json: bool) -> None:
    """List the sources; their keys are not kept."""
    answer("source.list", workspace, as_json)
