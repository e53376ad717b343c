"""`zhiyin tags`: definitions, how they stand, how true they are, what people set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def tags() -> None:
    """Tags: what holds for a customer now, how sure, how fresh."""


@tags.command("list")
@common
@click.option(
    "--family",
    type=click.Choice(["basic", "behavior", "preference", "value", "need"]),
    help="Only the tags of a family.",
)
def tags_list(workspace: Path, as_json: bool, **params: Any) -> None:
    """List the tags with coverage, drift and freshness at the last run."""
    answer("tags.list", workspace, as_json, **params)


@tags.command("show")
@common
@click.argument("name")
def tags_show(workspace: Path, as_json: bool, **params: Any) -> None:
    """Show one tag: definition, values, what it reads, what uses it."""
    answer("tags.show", workspace, as_json, **params)


@tags.command("check")
@common
@click.argument("name", required=False)
def tags_check(workspace: Path, as_json: bool, **params: Any) -> None:
    """Check the definitions: mistakes, events never seen, windows longer than history."""
    answer("tags.check", workspace, as_json, **params)


@tags.command("validate")
@common
@click.option("--truth", type=FILE, help="CSV or Parquet with id, tag, value; a demo has its own.")
@click.option("--tag", "tags", multiple=True, help="One tag; may be repeated.")
def tags_validate(
    workspace: Path, as_json: bool, truth: Path | None, tags: tuple[str, ...]
) -> None:
    """Hold tags against a held-out truth: accuracy, precision, recall."""
    path = str(truth.resolve()) if truth else None
    answer("tags.validate", workspace, as_json, truth=path, tags=list(tags))


@tags.command("set")
@common
@click.argument("tag")
@click.argument("ids", nargs=-1, required=True)
@click.option("--value", help="The value, for a tag that takes one.")
@click.option("--why", help="Reason, for those who read it later.")
def tags_set(workspace: Path, as_json: bool, ids: tuple[str, ...], **params: Any) -> None:
    """Give customers a manual tag by typed IDS; it shows after the next run."""
    answer("tags.set", workspace, as_json, ids=list(ids), **params)


@tags.command("unset")
@common
@click.argument("tag")
@click.argument("ids", nargs=-1, required=True)
@click.option("--why", help="Reason, for those who read it later.")
def tags_unset(workspace: Path, as_json: bool, ids: tuple[str, ...], **params: Any) -> None:
    """Take a manual or imported tag from customers by typed IDS."""
    answer("tags.unset", workspace, as_json, ids=list(ids), **params)


@tags.command("import")
@common
@click.argument("path", type=FILE)
@click.option("--tag", help="The tag, for a file without a column tag.")
def tags_import(workspace: Path, as_json: bool, path: Path, tag: str | None) -> None:
    """Bring tags in from a CSV or Parquet file with the columns id, tag, value."""
    answer("tags.import", workspace, as_json, path=str(path.resolve()), tag=tag)


@tags.command("entries")
@common
@click.option("--tag", help="Only those of a tag.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
def tags_entries(workspace: Path, as_json: bool, **params: Any) -> None:
    """List what was set, unset and imported: who, when, how many."""
    answer("tags.entries", workspace, as_json, **params)


@tags.command("undo")
@common
@click.argument("batch")
def tags_undo(workspace: Path, as_json: bool, **params: Any) -> None:
    """Take back one act of setting, unsetting or importing."""
    answer("tags.undo", workspace, as_json, **params)


@tags.command("versions")
@common
@click.argument("name")
def tags_versions(workspace: Path, as_json: bool, **params: Any) -> None:
    """List the versions of a tag's definition."""
    answer("tags.versions", workspace, as_json, **params)


@tags.command("restore")
@common
@click.argument("name")
@click.argument("version", type=click.IntRange(1))
def tags_restore(workspace: Path, as_json: bool, **params: Any) -> None:
    """Make an old version of a definition the newest one."""
    answer("tags.restore", workspace, as_json, **params)


@tags.group("weights")
def weights() -> None:
    """How much each tag says about response, learnt from measured campaigns."""


@weights.command("show")
@common
def weights_show(workspace: Path, as_json: bool) -> None:
    """Show the weights in force, and the proposal that waits, if any."""
    answer("tags.weights", workspace, as_json)


@weights.command("propose")
@common
def weights_propose(workspace: Path, as_json: bool) -> None:
    """Estimate weights anew from campaign results; nothing changes before it is approved."""
    answer("tags.weights_propose", workspace, as_json)


@weights.command("approve")
@common
@click.argument("proposal", required=False)
def weights_approve(workspace: Path, as_json: bool, **params: Any) -> None:
    """Put a proposal in force; the one that waits if none is named."""
    answer("tags.weights_approve", workspace, as_json, **params)


@weights.command("reject")
@common
@click.argument("proposal", required=False)
def weights_reject(workspace: Path, as_json: bool, **params: Any) -> None:
    """Turn a proposal down; the weights in force stay."""
    answer("tags.weights_reject", workspace, as_json, **params)
