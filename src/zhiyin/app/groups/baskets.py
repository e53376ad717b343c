"""`zhiyin insights baskets`: what is bought together, and what next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common
from zhiyin.app.groups.insights import asked_days, days, question


@click.command("baskets")
@common
@click.option(
    "--kind",
    type=click.Choice(["pairs", "sets", "rules", "then"]),
    help="Pairs in one order, frequent sets, their rules, or what is bought next; pairs.",
)
@click.option(
    "--level",
    type=click.Choice(["product", "category", "subcategory", "brand"]),
    help="What an item is; product.",
)
@click.option("--item", help="Only what goes with, or follows, this item.")
@days
@click.option("--channel", help="Only orders of this channel.")
@click.option("--min-support", type=float, help="For sets and rules: share of orders; 0.01.")
@click.option("--min-baskets", type=int, help="For pairs and then: orders or people; 5.")
@click.option("--min-confidence", type=float, help="Leave out what holds more rarely.")
@click.option("--longest", type=int, help="Items in a set; 3.")
@click.option("--within-days", type=int, help="With then: days after the first purchase; 90.")
@click.option("--sort", type=click.Choice(["leverage", "lift", "confidence", "support"]))
@click.option("--most", type=int, help="Rows to show; 100.")
def insights_baskets(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show what is bought together, or one after the other."""
    spec = question(None, {"days": asked_days(params), **params})
    answer("insights.baskets", workspace, as_json, spec=spec)
