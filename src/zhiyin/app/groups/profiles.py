"""`zhiyin profiles`: what is known of people at this moment."""

from __future__ import annotations

from pathlib import Path

import click

from zhiyin.app.command_line import answer, common


@click.group()
def profiles() -> None:
    """Live profiles: what is known of people at this moment."""


@profiles.command("show")
@common
@click.argument("id")
def profiles_show(workspace: Path, as_json: bool, id: str) -> None:
    """Show one person by any typed id, such as user:42: traits, tags, audiences, scores."""
    answer("profiles.show", workspace, as_json, id=id)


@profiles.command("status")
@common
def profiles_status(workspace: Path, as_json: bool) -> None:
    """Show how many people have live profiles, and how many events wait for them."""
    answer("profiles.status", workspace, as_json)
