"""`zhiyin insights`: what people do, in numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common
from zhiyin.core.errors import InvalidInput


def days(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say which days are meant."""
    for name, text in (
        ("--since", "First day (YYYY-MM-DD)."),
        ("--until", "Last day, included; the newest day of the data unless given."),
    ):
        function = click.option(name, help=text)(function)
    return click.option("--last", type=int, help="So many days, unless --since; 30.")(function)


def asked_days(params: dict[str, Any]) -> dict[str, Any]:
    """Take the options of `days` out of a command's parameters, as a question holds them."""
    found = {name: params.pop(name) for name in ("since", "until", "last")}
    return {name: value for name, value in found.items() if value is not None}


def question(file: Path | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked: a file's question, with what was given on the command line over it."""
    body: dict[str, Any] = {}
    if file is not None:
        import yaml

        try:
            read = yaml.safe_load(file.read_text("utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{file} is not YAML or JSON text: {error}.") from error
        if not isinstance(read, Mapping):
            raise InvalidInput(f"{file} must hold a mapping, such as steps: [...].")
        body = dict(read)
    return body | {name: value for name, value in given.items() if value not in (None, (), {})}


def step(text: str) -> Any:
    """Return a step as a question holds it: an event's name, or a JSON object with conditions."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"The step {text!r} is not a JSON object: {error}.") from error


@click.group()
def insights() -> None:
    """What people do: funnels, paths, visits and the like."""


@insights.command("funnel")
@common
@click.argument("steps", nargs=-1)
@days
@click.option("--window", help="Time from the first step to the last, such as '7 days'.")
@click.option("--order", type=click.Choice(["ordered", "strict", "unordered"]))
@click.option("--exclude", "exclusions", multiple=True, help="Event that ends an attempt.")
@click.option("--by", "breakdown", help="channel, person:city, tag:NAME, audience:NAME, …")
@click.option("--attribution", type=click.Choice(["first_touch", "last_touch", "all_events"]))
@click.option("--hold", help="Property that must be the same at all steps.")
@click.option("--compare", type=click.Choice(["previous", "year"]), help="With earlier days.")
@click.option("--interval", type=click.Choice(["hour", "day", "week", "month"]))
@click.option("--correlation", is_flag=True, default=None, help="What marks those who convert.")
@click.option(
    "--spec",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file with the question; options stand over it.",
)
def insights_funnel(
    workspace: Path, as_json: bool, file: Path | None, steps: tuple[str, ...], **params: Any
) -> None:
    """Count the people who go through STEPS: event names, or JSON objects with conditions."""
    given = {"steps": tuple(step(one) for one in steps), "days": asked_days(params), **params}
    answer("insights.funnel", workspace, as_json, spec=question(file, given))
