"""`zhiyin value`: what customers are worth, where they stand, and who they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common

OF = click.option(
    "--of",
    type=click.Choice(["stage", "tier"]),
    default="stage",
    show_default=True,
    help="Life-cycle stage or value tier.",
)


@click.group()
def value() -> None:
    """Value and life cycle: RFM, tiers, stages month by month, personas."""


@value.command("rfm")
@common
@click.option(
    "--method",
    type=click.Choice(["quintile", "thresholds", "kmeans"]),
    default="quintile",
    show_default=True,
    help="By rank, by the steps of policies/value.yaml, or by natural breaks in the data.",
)
def value_rfm(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show the RFM segments: buyers, orders, net amount."""
    answer("value.rfm", workspace, as_json, **params)


@value.command("tiers")
@common
def value_tiers(workspace: Path, as_json: bool) -> None:
    """Show the value tiers: people, what they spent, what is expected of them."""
    answer("value.tiers", workspace, as_json)


@value.command("stages")
@common
@OF
def value_stages(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show how many buyers stood where at each month end, and now."""
    answer("value.stages", workspace, as_json, **params)


@value.command("migration")
@common
@OF
@click.option("--since", help="Earlier month (YYYY-MM); the one before --until.")
@click.option("--until", help="Later month (YYYY-MM); the last one that is over.")
def value_migration(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show who moved where between two month ends."""
    answer("value.migration", workspace, as_json, **params)


@value.command("check")
@common
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True)
@click.option("--at", help="Day of the tiers (YYYY-MM-DD); --days before the newest run.")
def value_check(workspace: Path, as_json: bool, **params: Any) -> None:
    """Hold the tiers of a past day against what people bought afterwards."""
    answer("value.check", workspace, as_json, **params)


@value.command("personas")
@common
@click.option("--refit", is_flag=True, help="Search them anew; a server does so once a month.")
def value_personas(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show the personas: groups of buyers who are alike, and what sets them apart."""
    answer("value.personas", workspace, as_json, **params)
