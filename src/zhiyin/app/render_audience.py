"""Audiences as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app.render import console, facts, heading, printer, rows

WARNINGS = {
    "nobody": "Nobody is meant: conditions may contradict each other.",
    "everybody": "Everybody is meant: the conditions leave nobody out.",
}


def listed(result: Sequence[Mapping[str, Any]]) -> None:
    """Print the list."""
    if not result:
        console.print("No audience is defined yet; see `zhiyin audience save --help`.")
        return
    rows([{key: row[key] for key in row if key not in ("trend", "owner")} for row in result])


def counted(result: Mapping[str, Any]) -> None:
    """Print a count."""
    console.print(f"{result['count']:,} of {result['people']:,} people ({result['share']:.1%})")
    console.print(f"{result['reachable']:,} of them can be reached by e-mail", style="dim")
    for key in result["warnings"]:
        console.print(WARNINGS[key], style="yellow")
    for note in result["notes"]:
        console.print(note, style="yellow")


def portrayed(result: Mapping[str, Any]) -> None:
    """Print a portrait."""
    console.print(f"{result['members']:,} of {result['base']:,} people")
    for dimension in result["dimensions"]:
        heading(dimension["dimension"])
        rows([shares("value", row) for row in dimension["values"]])
    if result["tags"]:
        heading("tags")
        rows([shares("tag", row) for row in result["tags"]])


def shares(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one line of a portrait."""
    return {
        name: row[name],
        "members": row["members"],
        "share": f"{row['share']:.1%}",
        "everybody": f"{row['base_share']:.1%}",
        "index": "-" if row["index"] is None else f"{row['index']:.2f}",
        "p": "-" if row["p_value"] is None else f"{row['p_value']:.2g}",
    }


def history(result: Sequence[Mapping[str, Any]]) -> None:
    """Print an audience's snapshots."""
    if not result:
        console.print("No snapshot was taken yet; see `zhiyin audience snapshot --help`.")
        return
    names = ("taken_at", "reason", "members", "entered", "left", "people", "actor")
    rows([{name: row[name] for name in names} for row in result])


def overlaps(result: Mapping[str, Any]) -> None:
    """Print how audiences overlap."""
    rows(result["audiences"])
    heading("in exactly these")
    rows([{"audiences": " & ".join(row["sets"]), "people": row["people"]}
          for row in result["regions"]])  # fmt: skip
    heading("in both")
    rows([{**row, **{name: f"{row[name]:.1%}" for name in ("of_first", "of_second", "jaccard")}}
          for row in result["pairs"]])  # fmt: skip


def lookalikes(result: Mapping[str, Any]) -> None:
    """Print look-alikes and how well they can be told."""
    facts({name: result[name] for name in ("seed", "seed_members", "count", "held_out")})
    heading("of the best-scored people who were held out")
    rows([{"share": f"{point['share']:.0%}", "people": point["people"],
           "precision": f"{point['precision']:.1%}", "random": f"{point['random']:.1%}",
           "recall": f"{point['recall']:.1%}", "lift": f"{point['lift']:.2f}"}
          for point in result["curve"]])  # fmt: skip


FORMS: Mapping[str, Callable[[Any], None]] = {
    "audience.count": counted,
    "audience.history": history,
    "audience.list": listed,
    "audience.lookalike": lookalikes,
    "audience.overlap": overlaps,
    "audience.portrait": portrayed,
}

render = printer(FORMS)
