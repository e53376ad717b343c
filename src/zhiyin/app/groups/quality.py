"""`zhiyin quality`: how good the tables are, what stands out, what cleaning did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common
from zhiyin.app.groups import cleaning


@click.group()
def quality() -> None:
    """How good the tables are: looks, scores, odd days, the report."""


@quality.command("check")
@common
@click.argument("table", required=False)
def quality_check(workspace: Path, as_json: bool, table: str | None) -> None:
    """Look at TABLE now, or at all tables, and show what is missed."""
    answer("quality.check", workspace, as_json, table=table)


@quality.command("report")
@common
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as one page that needs no network.",
)
@click.option(
    "--lang",
    type=click.Choice(["zh-CN", "en"]),
    help="Language; for the page the workspace's if not given.",
)
def quality_report(workspace: Path, as_json: bool, html: Path | None, lang: str | None) -> None:
    """Show how all tables stand at their newest look."""
    file = str(html.resolve()) if html else None
    answer("quality.report", workspace, as_json, html=file, language=lang)


@quality.command("anomalies")
@common
@click.option("--days", type=click.IntRange(1), default=30, show_default=True)
def quality_anomalies(workspace: Path, as_json: bool, **params: Any) -> None:
    """List days whose rows, missing values, means or shares stand out."""
    answer("quality.anomalies", workspace, as_json, **params)


@quality.command("trend")
@common
@click.argument("table")
@click.option("--days", type=click.IntRange(1), default=90, show_default=True)
def quality_trend(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show how a table's score went, one line per day of a look."""
    answer("quality.trend", workspace, as_json, **params)


for command in cleaning.COMMANDS:
    quality.add_command(command)
