"""`zhiyin log`: what arrived, in order of arrival."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common

PAGE = 5_000  # items that cross from the server to the command line at once


@click.group()
def log() -> None:
    """The event log: what arrived, in order of arrival."""


@log.command("status")
@common
def log_status(workspace: Path, as_json: bool) -> None:
    """Show each partition's offsets, backlog, size and age."""
    answer("log.status", workspace, as_json)


@log.command("read")
@common
@click.option("--partition", help="The partition; not needed if there is only one.")
@click.option("--from", "start", type=click.IntRange(0), help="Offset of the first item.")
@click.option("--since", metavar="TIME", help="Begin with what arrived then or later.")
@click.option("--limit", type=click.IntRange(1), help="Most items; to the end if not given.")
def log_read(
    workspace: Path,
    as_json: bool,
    limit: int | None,
    **params: Any,
) -> None:
    """Print items as they arrived. One JSON object a line: partition, offset, item."""
    from zhiyin.app.gateway import call

    while limit is None or limit > 0:
        wanted = PAGE if limit is None else min(PAGE, limit)
        page = call(workspace, "log.read", {**params, "limit": wanted})
        for item in page["items"]:
            click.echo(json.dumps(item, ensure_ascii=False))
        if len(page["items"]) < wanted:
            break
        limit = None if limit is None else limit - wanted
        params = {"partition": page["partition"], "start": page["next_offset"]}


@log.command("purge")
@common
@click.option(
    "--before",
    metavar="TIME",
    help="Drop what arrived before; the settings' keep_days if not given.",
)
def log_purge(workspace: Path, as_json: bool, **params: Any) -> None:
    """Drop old items that are loaded; in files, whole segments only."""
    answer("log.purge", workspace, as_json, **params)
