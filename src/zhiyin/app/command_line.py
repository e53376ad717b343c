"""What every command of the command line has: its two options, and how its answer is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module  # noqa: TID251 - a printer is loaded when it prints
from pathlib import Path
from typing import Any, TypeVar

import click

# Which module prints the result of a command, by the command or by its area.
RENDERERS: Mapping[str, str] = {
    **dict.fromkeys(
        ("identity.accept", "identity.link", "identity.reject", "identity.review"),
        "render_linkage",
    ),
    **dict.fromkeys(
        ("insights.funnel", "insights.paths", "insights.sessions", "insights.touches"),
        "render_paths",
    ),
    "insights.baskets": "render_baskets",
    "audience": "render_audience",
    "catalog": "render_metrics",
    "identity": "render_identity",
    "insights": "render_behavior",
    "lineage": "render_lineage",
    "metrics": "render_metrics",
    "plan": "render_tracking",
    "quality": "render_quality",
    "records": "render_tracking",
    "tags": "render_tags",
    "value": "render_value",
    "voice": "render_voice",
}
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
    area = name.partition(".")[0]
    module = RENDERERS.get(name) or RENDERERS.get(area, "render")
    import_module(f"zhiyin.app.{module}").render(name, result)
