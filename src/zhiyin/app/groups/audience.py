"""`zhiyin audience`: groups of customers, counted, compared, written down and handed out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common
from zhiyin.core.errors import InvalidInput


@click.group()
def audience() -> None:
    """Groups of customers, defined in audiences/*.yaml."""


@audience.command("list")
@common
def audience_list(workspace: Path, as_json: bool) -> None:
    """List the audiences with their sizes."""
    answer("audience.list", workspace, as_json)


@audience.command("show")
@common
@click.argument("name")
def audience_show(workspace: Path, as_json: bool, name: str) -> None:
    """Show how audience NAME is defined, and what uses it."""
    answer("audience.show", workspace, as_json, name=name)


@audience.command("count")
@common
@click.argument("name", required=False)
@click.option("--where", help="A condition as YAML or JSON instead of an audience's name.")
def audience_count(workspace: Path, as_json: bool, name: str | None, where: str | None) -> None:
    """Count the people in audience NAME, or those for whom a condition holds."""
    answer("audience.count", workspace, as_json, name=name, where=where)


@audience.command("portrait")
@common
@click.argument("name", required=False)
@click.option("--where", help="A condition as YAML or JSON instead of an audience's name.")
def audience_portrait(workspace: Path, as_json: bool, name: str | None, where: str | None) -> None:
    """Set an audience beside everybody: attributes and tags."""
    answer("audience.portrait", workspace, as_json, name=name, where=where)


@audience.command("save")
@common
@click.argument("name")
@click.option("--where", required=True, help="The condition as YAML or JSON.")
@click.option("--title", help="Title; the name if not given.")
@click.option("--description", default="", help="What it is for.")
@click.option("--owner", default="", help="Who looks after it.")
@click.option("--exclude", multiple=True, help="Audience to leave out; may be repeated.")
@click.option("--refresh", default="", help="daily, weekly, … or a cron expression.")
@click.option("--alert-change", type=float, help="Tell when a refresh changes it by more, as 0.2.")
@click.option("--version", help="The version it is changed from; see `audience show`.")
def audience_save(
    workspace: Path, as_json: bool, name: str, title: str | None, exclude: tuple[str, ...],
    **params: Any,
) -> None:  # fmt: skip
    """Write the definition of audience NAME. An existing one needs its --version."""
    given = {"title": title or name, "exclude": list(exclude), **params}
    answer("audience.save", workspace, as_json, name=name, **given)


@audience.command("remove")
@common
@click.argument("name")
def audience_remove(workspace: Path, as_json: bool, name: str) -> None:
    """Put the definition of audience NAME aside, unless something uses it."""
    answer("audience.remove", workspace, as_json, name=name)


@audience.command("restore")
@common
@click.argument("name")
def audience_restore(workspace: Path, as_json: bool, name: str) -> None:
    """Bring back audience NAME as it was removed last."""
    answer("audience.restore", workspace, as_json, name=name)


@audience.command("export")
@common
@click.argument("name")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="CSV or Parquet file; NAME.csv here if not given.",
)
@click.option("--hashed", is_flag=True, help="Only SHA-256 of e-mail and phone, for ad platforms.")
def audience_export(
    workspace: Path, as_json: bool, name: str, output: Path | None, hashed: bool
) -> None:
    """Write the people in audience NAME to a CSV or Parquet file."""
    target = (output or Path(f"{name}.csv")).resolve()
    answer("audience.export", workspace, as_json, name=name, output=str(target), hashed=hashed)


@audience.command("post")
@common
@click.argument("name")
@click.option("--hashed", is_flag=True, help="Only SHA-256 of e-mail and phone, for ad platforms.")
def audience_post(workspace: Path, as_json: bool, name: str, hashed: bool) -> None:
    """Hand the people in audience NAME to the workspace's web hook."""
    answer("audience.post", workspace, as_json, name=name, hashed=hashed)


@audience.command("upload")
@common
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", help="Title; the name if not given.")
@click.option("--dry-run", is_flag=True, help="Tell which ids are known; save nothing.")
def audience_upload(workspace: Path, as_json: bool, name: str, file: Path, **params: Any) -> None:
    """Make audience NAME of a CSV FILE of ids.

    Columns headed email, phone, user_id, card, … are read; without such a header the first column
    is, whose values may carry their kind (email:a@b.c).
    """
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{file} is not UTF-8 text ({error}); convert it.") from error
    answer("audience.upload", workspace, as_json, name=name, text=text, file=file.name, **params)


@audience.command("snapshot")
@common
@click.argument("name")
@click.option("--save-as", help="Make an audience of these people that stays as it is.")
def audience_snapshot(workspace: Path, as_json: bool, **params: Any) -> None:
    """Write down who is in audience NAME now."""
    answer("audience.snapshot", workspace, as_json, **params)


@audience.command("history")
@common
@click.argument("name")
def audience_history(workspace: Path, as_json: bool, name: str) -> None:
    """List the snapshots of audience NAME: its size, who came and who went."""
    answer("audience.history", workspace, as_json, name=name)


@audience.command("refresh")
@common
def audience_refresh(workspace: Path, as_json: bool) -> None:
    """Take the snapshots that are due. A server does so by itself."""
    answer("audience.refresh", workspace, as_json)


@audience.command("overlap")
@common
@click.argument("names", nargs=-1, required=True)
def audience_overlap(workspace: Path, as_json: bool, names: tuple[str, ...]) -> None:
    """Compare two to eight audiences: who is in exactly these, and in both of each two."""
    answer("audience.overlap", workspace, as_json, names=list(names))


@audience.command("sample")
@common
@click.argument("name")
@click.option("--share", type=float, help="Share of the audience, such as 0.1.")
@click.option("--size", type=click.IntRange(1), help="Number of people, instead of a share.")
@click.option("--seed", default="", help="Another seed draws other people.")
@click.option("--save-as", help="Keep them as an audience of this name.")
def audience_sample(workspace: Path, as_json: bool, **params: Any) -> None:
    """Draw people of audience NAME at random, the same ones every time."""
    answer("audience.sample", workspace, as_json, **params)


@audience.command("lookalike")
@common
@click.argument("name")
@click.option("--size", type=click.IntRange(1), help="People wanted; as many as NAME has if none.")
@click.option("--save-as", help="Keep them as an audience of this name.")
def audience_lookalike(workspace: Path, as_json: bool, **params: Any) -> None:
    """Find people like those of audience NAME, with a curve of how well that works."""
    answer("audience.lookalike", workspace, as_json, **params)
