"""What every command of the command line has: its two options, and how its answer is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

LINKAGE = ("identity.accept", "identity.link", "identity.reject", "identity.review")
Command = TypeVar("Command", bound=Callable[..., Any])


def common(function: Command) -> Command:
    """Give a command the two options that all commands take."""
    function = click.option(
        "--json", "as_json", is_flag=True, help="Print machine-readable JSON on standard output."
    )(function)
    return click.option(
        "--workspace",
        "-w",
        type=click.Path(file_okay=False, path_type=Path),
        default=".",
        envvar="ZHIYIN_WORKSPACE",
        show_default=True,
        help="The workspace's directory.",
    )(function)


def answer(name: str, workspace: Path, as_json: bool, /, **params: Any) -> Any:
    """Run a command, show its result, and return it."""
    from zhiyin.app.gateway import call
    from zhiyin.app.progress import reporter

    with reporter(quiet=as_json) as progress:
        result = call(workspace, name, params, on_progress=progress)
    show(name, result, as_json)
    return result


def place_of(path: Path) -> str:
    """Return where a file is, wherever the command is run: a whole path, or a URL as it stands."""
    scheme, colon, _ = path.as_posix().partition(":/")
    is_url = bool(colon) and len(scheme) > 1 and scheme.isalnum() and not path.exists()
    return str(path) if is_url else str(path.resolve())


def show(name: str, result: Any, as_json: bool) -> None:
    """Print a result as JSON or as a person reads it."""
    if as_json:
        click.echo(json.dumps(result, default=str, ensure_ascii=False))
        return
    if name.partition(".")[0] in ("plan", "records"):
        from zhiyin.app.render_tracking import render
    elif name == "insights.baskets":
        from zhiyin.app.render_baskets import render
    elif name.startswith("insights."):
        from zhiyin.app.render_behavior import render
    elif name.startswith(("metrics.", "catalog.")):
        from zhiyin.app.render_metrics import render
    elif name in LINKAGE:
        from zhiyin.app.render_linkage import render
    elif name.startswith("audience."):
        from zhiyin.app.render_audience import render
    elif name.startswith("identity."):
        from zhiyin.app.render_identity import render
    elif name.startswith("lineage."):
        from zhiyin.app.render_lineage import render
    elif name.startswith("tags."):
        from zhiyin.app.render_tags import render
    elif name.startswith("value."):
        from zhiyin.app.render_value import render
    elif name.startswith("quality."):
        from zhiyin.app.render_quality import render
    else:
        from zhiyin.app.render import render
    render(name, result)
