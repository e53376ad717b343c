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
    return click.option(
        "--last", type=int, help="So many days, unless --since; 30, or as retention has columns."
    )(function)


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


def spec_file(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option that names a file with a question."""
    return click.option(
        "--spec",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="YAML or JSON file with the question; options stand over it.",
    )(function)


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
@spec_file
def insights_funnel(
    workspace: Path, as_json: bool, file: Path | None, steps: tuple[str, ...], **params: Any
) -> None:
    """Count the people who go through STEPS: event names, or JSON objects with conditions."""
    given = {"steps": tuple(step(one) for one in steps), "days": asked_days(params), **params}
    answer("insights.funnel", workspace, as_json, spec=question(file, given))


@insights.command("paths")
@common
@days
@click.option("--item", type=click.Choice(["event", "page", "category", "channel", "platform"]))
@click.option("--start", help="Item that paths begin with.")
@click.option("--end", help="Item that paths stop at.")
@click.option("--steps", type=int, help="Most items of a path; 5.")
@click.option("--links", type=int, help="Most links told; 50.")
@click.option("--include", multiple=True, help="Event that counts, all unless given.")
@click.option("--exclude", multiple=True, help="Event that does not count.")
@click.option("--group", "groups", multiple=True, help="Pattern such as '/product/*'.")
@click.option("--at-least", type=int, help="Leave out links gone less often.")
@spec_file
def insights_paths(workspace: Path, as_json: bool, file: Path | None, **params: Any) -> None:
    """Show from which event people go on to which within a visit."""
    given = {"days": asked_days(params), **params}
    answer("insights.paths", workspace, as_json, spec=question(file, given))


@insights.command("sessions")
@common
@days
@click.option("--gap", help="Silence that ends a visit; '30 minutes'.")
@click.option("--by", "breakdown", help="channel, person:city, tag:NAME, audience:NAME, …")
@click.option("--compare", type=click.Choice(["previous", "year"]), help="With earlier days.")
@click.option("--interval", type=click.Choice(["hour", "day", "week", "month"]))
@spec_file
def insights_sessions(workspace: Path, as_json: bool, file: Path | None, **params: Any) -> None:
    """Count visits: how long, how deep, where they begin and end."""
    given = {"days": asked_days(params), **params}
    answer("insights.sessions", workspace, as_json, spec=question(file, given))


@insights.command("touches")
@common
@days
@click.option("--goal", help="Event that counts; Order Completed.")
@click.option("--touch", help="Event that is a touch; every event of a visit unless given.")
@click.option("--by", type=click.Choice(["channel", "campaign_id", "platform", "event"]))
@click.option("--window", help="Time before the goal in which touches count; '30 days'.")
@click.option("--most", type=int, help="Most paths told; 50.")
@spec_file
def insights_touches(workspace: Path, as_json: bool, file: Path | None, **params: Any) -> None:
    """Show the channels that people came by, in order, before a goal."""
    given = {"days": asked_days(params), **params}
    answer("insights.touches", workspace, as_json, spec=question(file, given))
