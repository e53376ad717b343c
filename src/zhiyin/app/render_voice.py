"""What customers say, as a person reads it on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app.render import console, facts, heading, printer, rows

# The parts of a report, in the order in which they are read, each with its heading.
PARTS = {
    "aspects": "aspects",
    "reasons": "reasons for complaints",
    "moments": "moments",
    "reasons_of_moments": "reasons at these moments",
    "products": "products with the most complaints",
    "categories": "categories",
    "months": "months",
    "kinds": "kinds of text",
    "languages": "languages",
    "methods": "judged by",
}
NAMED = ("aspect", "reason", "moment")
NOTHING = (
    "No text here; leave out --kind, --product, --since or --until, or bring texts in with "
    "`zhiyin import RECIPE FILE`, then `zhiyin run`."
)


def _report(result: Mapping[str, Any]) -> None:
    total = result["total"]
    if not total["texts"]:
        console.print(NOTHING, soft_wrap=True)
        return
    share = total["negative_share"]
    console.print(
        f"{total['texts']:,} texts: {total['positive']:,} positive, {total['negative']:,} "
        f"negative, {total['neutral']:,} neutral"
        + ("." if share is None else f"; {share:.1%} of those that take a side are negative."),
        soft_wrap=True,
    )
    for part, called in PARTS.items():
        if result[part]:
            console.print()
            heading(called)
            rows([_line(row, result["titles"]) for row in result[part]])


def _line(row: Mapping[str, Any], titles: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return a row with the title of what it is about and its share as a percentage."""
    shown: dict[str, Any] = {}
    for key, value in row.items():
        if key in NAMED:
            shown[key] = titles.get(value, {}).get("en", value)
        elif key == "negative_share":
            shown[key] = None if value is None else f"{value:.1%}"
        else:
            shown[key] = value
    return shown


def _topics(result: Sequence[Mapping[str, Any]]) -> None:
    if not result:
        console.print(
            "No topic is known of these texts; `zhiyin voice train` learns topics, then "
            "`zhiyin voice score` finds them.",
            soft_wrap=True,
        )
        return
    rows([_line({key: row[key] for key in row if key != "examples"}, {}) for row in result])
    for row in result:
        if row["examples"]:
            heading(row["topic"])
        for said in row["examples"]:
            console.print(f"  {said}", soft_wrap=True)


def _judge(result: Mapping[str, Any]) -> None:
    facts({key: value for key, value in result.items() if value is not None})


FORMS: Mapping[str, Callable[[Any], None]] = {
    "voice.judge": _judge,
    "voice.report": _report,
    "voice.topics": _topics,
}

render = printer(FORMS)
