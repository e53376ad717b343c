"""`zhiyin voice`: what customers say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common

KINDS = ("review", "service", "survey", "post")


def scope(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which texts are meant."""
    for option in (
        click.option("--most", type=click.IntRange(1), default=20, show_default=True),
        click.option("--until", metavar="DATE", help="Before this day (YYYY-MM-DD)."),
        click.option("--since", metavar="DATE", help="On this day (YYYY-MM-DD) or later."),
        click.option("--product", help="Only texts about this product."),
        click.option("--kind", type=click.Choice(KINDS), help="Only texts of this kind."),
    ):
        function = option(function)
    return function


@click.group()
def voice() -> None:
    """Voice of the customer: sentiment, topics, aspects and reasons of what people write."""


@voice.command("train")
@common
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from-imports", is_flag=True, help="Learn from the workspace's texts (default).")
@click.option("--text", "text_column", help="Column of the texts; found by its name otherwise.")
@click.option("--label", "label_column", help="Column of labels or stars; found by its name.")
def voice_train(
    workspace: Path, as_json: bool, file: Path | None, from_imports: bool, **params: Any
) -> None:
    """Learn sentiment and topics from texts with a label or stars.

    Measured on a fifth of the labeled texts that it never saw. FILE is CSV, JSON Lines or Parquet.
    """
    if file is not None and from_imports:
        raise click.UsageError("Give FILE or --from-imports, not both.")
    path = str(file.resolve()) if file else None
    answer("voice.train", workspace, as_json, path=path, **params)


@voice.command("score")
@common
def voice_score(workspace: Path, as_json: bool) -> None:
    """Judge all texts now. A run does so by itself."""
    answer("voice.score", workspace, as_json)


@voice.command("report")
@common
@scope
def voice_report(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show sentiment by aspect, product and month, and the reasons people give."""
    answer("voice.report", workspace, as_json, **params)


@voice.command("topics")
@common
@scope
@click.option("--examples", type=click.IntRange(0), default=3, show_default=True)
def voice_topics(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show what people talk about, with examples."""
    answer("voice.topics", workspace, as_json, **params)


@voice.command("judge")
@common
@click.argument("text")
def voice_judge(workspace: Path, as_json: bool, **params: Any) -> None:
    """Say what one TEXT means. Nothing is stored."""
    answer("voice.judge", workspace, as_json, **params)
