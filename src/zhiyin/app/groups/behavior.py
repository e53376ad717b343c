"""`zhiyin insights`: trends, retention and the like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from zhiyin.app.command_line import answer, common
from zhiyin.app.groups.insights import asked_days, days, question, step

INTERVAL = click.Choice(["hour", "day", "week", "month"])
COUNTS = click.Choice(
    ["events", "people", "per_person", "sum", "average", "median", "minimum", "maximum"]
)
Function = Callable[..., Any]


def asked(function: Function) -> Function:
    """Give a command what all questions have: days, breakdown, a file with the question."""
    function = click.option(
        "--spec",
        "file",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="YAML or JSON file with the question; options stand over it.",
    )(function)
    by = click.option("--by", "breakdown", help="channel, person:city, tag:NAME, audience:NAME, …")
    return common(days(by(function)))


def tell(
    name: str, workspace: Path, as_json: bool, file: Path | None, given: dict[str, Any]
) -> None:
    """Ask a question and show the answer."""
    found = asked_days(given)
    answer(f"insights.{name}", workspace, as_json, spec=question(file, {**given, "days": found}))


@click.command("trends")
@asked
@click.argument("events", nargs=-1)
@click.option("--metric", "metrics", multiple=True, help="Metric of the dictionary as a series.")
@click.option("--count", type=COUNTS, default="events", show_default=True)
@click.option("--interval", type=INTERVAL)
@click.option("--formula", "formulas", multiple=True, help="Over series A, B, …: 'A / B * 100'.")
@click.option("--compare", type=click.Choice(["previous", "year"]), help="With earlier days.")
@click.option("--smoothing", type=int, help="Mean of so many values up to each.")
@click.option("--cumulative", is_flag=True, default=None, help="Count from the first day on.")
@click.option("--sample", type=float, help="Ask this share of the people only.")
def trends(
    workspace: Path,
    as_json: bool,
    file: Path | None,
    *,
    events: tuple[str, ...],
    metrics: tuple[str, ...],
    count: str,
    **params: Any,
) -> None:
    """Count EVENTS (names, or JSON objects with conditions) and metrics over time."""
    series: list[Any] = []
    for text in events:
        one = step(text)
        series.append({"count": count, **(one if isinstance(one, dict) else {"event": one})})
    series += [{"metric": name} for name in metrics]
    tell("trends", workspace, as_json, file, {"series": tuple(series), **params})


@click.command("retention")
@asked
@click.argument("target", required=False)
@click.argument("returning", required=False)
@click.option("--kind", type=click.Choice(["first_time", "recurring"]))
@click.option("--interval", type=INTERVAL)
@click.option("--intervals", type=int, help="How many periods, the cohort's own included.")
@click.option("--mode", type=click.Choice(["calendar", "elapsed"]), help="elapsed: 24-hour days.")
@click.option("--bracket", "brackets", type=int, multiple=True, help="Periods that a column joins.")
@click.option("--cumulative", is_flag=True, default=None, help="Whoever comes later has stayed.")
@click.option("--at-least", type=int, help="So often within a column.")
@click.option("--measure", type=click.Choice(["people", "sum", "average"]))
@click.option("--mean", type=click.Choice(["simple", "weighted"]))
def retention(
    workspace: Path,
    as_json: bool,
    file: Path | None,
    target: str | None,
    returning: str | None,
    **params: Any,
) -> None:
    """Count who did TARGET and came back to RETURNING (the same if not given)."""
    steps = {"target": target and step(target), "returning": returning and step(returning)}
    tell("retention", workspace, as_json, file, {**steps, **params})


@click.command("stickiness")
@asked
@click.argument("event", required=False)
@click.option("--interval", type=INTERVAL)
@click.option("--criterion", type=click.Choice(["at_least", "at_most", "exactly"]))
@click.option("--times", type=int, help="How often in a period; 1.")
@click.option("--cumulative", is_flag=True, default=None, help="In so many periods or more.")
def stickiness(
    workspace: Path, as_json: bool, file: Path | None, event: str | None, **params: Any
) -> None:
    """Count in how many days, weeks or months people did EVENT (anything if not given)."""
    given = {"step": event and step(event), **params}
    tell("stickiness", workspace, as_json, file, given)


@click.command("lifecycle")
@asked
@click.argument("event", required=False)
@click.option("--interval", type=INTERVAL)
def lifecycle(
    workspace: Path, as_json: bool, file: Path | None, event: str | None, **params: Any
) -> None:
    """Count who is new, returning, resurrecting and dormant in doing EVENT (or anything)."""
    given = {"step": event and step(event), **params}
    tell("lifecycle", workspace, as_json, file, given)


@click.command("distribution")
@asked
@click.argument("event", required=False)
@click.option("--measure", type=click.Choice(["times", "days", "sum", "average"]))
@click.option("--edge", "edges", type=float, multiple=True, help="Where a bucket begins.")
@click.option("--interval", type=INTERVAL, help="Also tell each period by itself.")
def distribution(
    workspace: Path, as_json: bool, file: Path | None, event: str | None, **params: Any
) -> None:
    """Count people by how often, or for how much, they did EVENT (or anything)."""
    given = {"step": event and step(event), **params}
    tell("distribution", workspace, as_json, file, given)


@click.command("intervals")
@asked
@click.argument("start", required=False)
@click.argument("end", required=False)
@click.option("--within", help="Longest time that counts, such as '30 days'.")
@click.option("--interval", type=INTERVAL, help="Also tell each period by itself.")
def intervals(
    workspace: Path,
    as_json: bool,
    file: Path | None,
    start: str | None,
    end: str | None,
    **params: Any,
) -> None:
    """Measure the time from START to the next END (the same if not given)."""
    given = {"start": start and step(start), "end": end and step(end), **params}
    tell("intervals", workspace, as_json, file, given)


@click.command("referral")
@common
@days
@click.argument("joined", required=False)
@click.option("--inviter", help="Property that names the inviter; inviter_id if not given.")
@click.option("--sent", help="What an inviter does when inviting.")
@click.option("--by", help="Property of the event, such as channel.")
@click.option("--interval", type=INTERVAL)
@click.option("--most", type=int, help="How many of the largest trees.")
@click.option(
    "--spec",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file with the question; options stand over it.",
)
def referral(
    workspace: Path,
    as_json: bool,
    file: Path | None,
    joined: str | None,
    sent: str | None,
    **params: Any,
) -> None:
    """Tell who brought whom: trees of invitations of those who JOINED."""
    given = {"joined": joined and step(joined), "sent": sent and step(sent), **params}
    tell("referral", workspace, as_json, file, given)


@click.command("rfm")
@common
def rfm(workspace: Path, as_json: bool) -> None:
    """Count buyers per score of recency and frequency."""
    answer("insights.rfm", workspace, as_json)


COMMANDS = (
    trends, retention, stickiness, lifecycle, distribution, intervals, referral, rfm,
)  # fmt: skip
