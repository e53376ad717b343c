"""`zhiyin source`: who may send events."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common

TYPES = ("web", "app", "mini_program", "server", "store", "service")


def terms(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say on which terms a source sends."""
    for option in (
        click.option(
            "--require-consent",
            "required_consents",
            multiple=True,
            metavar="CATEGORY",
            help="Refuse events that do not say yes to it, such as analytics; may be repeated.",
        ),
        click.option(
            "--rate",
            "events_per_second",
            type=click.IntRange(0),
            help="Events per second on average; 0 without a limit.",
        ),
        click.option(
            "--origin",
            "allowed_origins",
            multiple=True,
            metavar="URL",
            help="Origin of pages that may send, https://*.example.com included; may be repeated.",
        ),
        click.option(
            "--type", "source_type", type=click.Choice(TYPES), help="Where its events happen."
        ),
    ):
        function = option(function)
    return function


@click.group()
def source() -> None:
    """Sources that may send events."""


@source.command("create")
@common
@terms
@click.argument("name")
def source_create(workspace: Path, as_json: bool, **params: Any) -> None:
    """Make a source and print its write key, once. Its type is server if not given."""
    answer("source.create", workspace, as_json, **_given(params))


@source.command("list")
@common
def source_list(workspace: Path, as_json: bool) -> None:
    """List the sources; their keys are not kept."""
    answer("source.list", workspace, as_json)


@source.command("change")
@common
@terms
@click.option("--any-origin", is_flag=True, help="Let pages of every origin send.")
@click.option("--no-consent", is_flag=True, help="Require no consent.")
@click.argument("name")
def source_change(
    workspace: Path, as_json: bool, any_origin: bool, no_consent: bool, **params: Any
) -> None:
    """Change the terms of source NAME; those not given stay. It counts within five seconds."""
    cleared: dict[str, Any] = {}
    if any_origin:
        cleared["allowed_origins"] = []
    if no_consent:
        cleared["required_consents"] = []
    answer("source.change", workspace, as_json, **{**_given(params), **cleared})


@source.command("rotate")
@common
@click.option(
    "--grace",
    default="7d",
    show_default=True,
    help="How long the old key is still taken: 7d, 12h, 30m, or 0 to end it now.",
)
@click.argument("name")
def source_rotate(workspace: Path, as_json: bool, **params: Any) -> None:
    """Give source NAME a new write key and print it, once."""
    answer("source.rotate", workspace, as_json, **params)


@source.command("disable")
@common
@click.argument("name")
def source_disable(workspace: Path, as_json: bool, **params: Any) -> None:
    """Take no more events from source NAME, with none of its keys."""
    answer("source.disable", workspace, as_json, **params)


@source.command("enable")
@common
@click.argument("name")
def source_enable(workspace: Path, as_json: bool, **params: Any) -> None:
    """Take events from source NAME again."""
    answer("source.enable", workspace, as_json, **params)


def _given(params: dict[str, Any]) -> dict[str, Any]:
    """Return what the user gave: repeated options that were not are empty."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in params.items()
        if value is not None and value != ()
    }
