"""Trends, retention and the like as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhiyin.app.render import console, facts, heading, rows
from zhiyin.app.render import render as render_otherwise

MOST_COLUMNS = 12


def render(name: str, result: Any) -> None:
    """Print the result of an `insights` command."""
    form = FORMS.get(name)
    if form:
        form(result)
    else:
        render_otherwise(name, result)
    for event in result.get("unseen", ()) if isinstance(result, Mapping) else ():
        console.print(f"Nobody did {event} yet; the tracking plan expects it.", markup=False)


def _named(one: Mapping[str, Any]) -> str:
    if one["is_other"]:
        return "other"
    return "-" if one["group"] is None else str(one["group"])


def _is_divided(groups: Any) -> bool:
    return any(one["group"] is not None or one["is_other"] for one in groups)


def _column(one: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """Return what a line is about: its key too where two are called alike, its group if divided."""
    called = result["names"]
    parts = [called.get(one["key"], one["key"])]
    if len(set(called.values())) < len(called):
        parts.insert(0, one["key"])
    if _is_divided(result["series"]):
        parts.append(_named(one))
    return " ".join(parts)


def _trends(result: Mapping[str, Any]) -> None:
    names = [_column(one, result) for one in result["series"]][:MOST_COLUMNS]
    table = [
        {"start": start}
        | {name: result["series"][n]["values"][place] for n, name in enumerate(names)}
        for place, start in enumerate(result["starts"])
    ]
    total = {"start": "total"}
    total |= {name: result["series"][n]["total"] for n, name in enumerate(names)}
    rows([*table, total])
    if len(result["series"]) > MOST_COLUMNS:
        console.print(f"{len(result['series']) - MOST_COLUMNS} more series; see them with --json.")
    if result["sample"] < 1:
        console.print(f"Estimated from {result['sample']:.1%} of the people.")
    pairs = zip(result["starts"], result["whole"], strict=True)
    partly = [start for start, is_whole in pairs if not is_whole]
    if partly:
        console.print(f"Not seen altogether: {', '.join(partly)}.")


def _retention(result: Mapping[str, Any]) -> None:
    labels = [
        str(one["first"]) if one["first"] == one["last"] else f"{one['first']}-{one['last']}"
        for one in result["columns"]
    ][:MOST_COLUMNS]
    for group in result["groups"]:
        if _is_divided(result["groups"]):
            heading(_named(group))
        table = []
        for cohort in group["cohorts"]:
            has_shares = any(share is not None for share in cohort["shares"])
            cells = cohort["shares"] if has_shares else cohort["values"]
            shown = [
                _cell(cell, over, is_share=has_shares)
                for cell, over in zip(cells, cohort["complete"], strict=True)
            ]
            line = {"cohort": cohort["start"], "people": cohort["size"]}
            table.append(line | dict(zip(labels, shown, strict=False)))
        rows(table)
    console.print("* not over yet")


def _cell(value: float | None, is_over: bool, *, is_share: bool) -> str:
    if value is None:
        return ""
    text = f"{value:.1%}" if is_share else f"{value:,.6g}"
    return text if is_over else f"{text}*"


def _stickiness(result: Mapping[str, Any]) -> None:
    for group in result["groups"]:
        if _is_divided(result["groups"]):
            heading(_named(group))
        pairs = zip(group["values"], group["shares"], strict=True)
        rows([
            {result["interval"] + "s": n, "people": people, "share": share}
            for n, (people, share) in enumerate(pairs, start=1)
            if people
        ])  # fmt: skip


def _lifecycle(result: Mapping[str, Any]) -> None:
    for group in result["groups"]:
        if _is_divided(result["groups"]):
            heading(_named(group))
        states = ("new", "returning", "resurrecting", "dormant")
        rows([
            {"start": start, **{state: group[state][n] for state in states}}
            for n, start in enumerate(result["starts"])
        ])  # fmt: skip


def _distribution(result: Mapping[str, Any]) -> None:
    _buckets(result, ("people", "mean", "least", "most"), lambda value: value)


def _intervals(result: Mapping[str, Any]) -> None:
    _buckets(result, ("intervals", "people", "mean"), duration)


def _buckets(
    result: Mapping[str, Any], names: tuple[str, ...], shown: Callable[[float], Any]
) -> None:
    for group in result["groups"]:
        heading(_named(group) if _is_divided(result["groups"]) else "all")
        quantiles = {
            f"{float(share):.0%} up to": shown(at) for share, at in group["quantiles"].items()
        }
        facts({name: group[name] for name in names} | {"mean": shown(group["mean"])} | quantiles)
        pairs = zip(result["buckets"], group["values"], strict=True)
        rows([
            {
                "from": _edge(bucket["low"], shown),
                "below": _edge(bucket["high"], shown),
                "number": value,
            }
            for bucket, value in pairs
        ])  # fmt: skip
    if not result["groups"]:
        console.print("Nobody did this on these days.")


def _edge(value: float | None, shown: Callable[[float], Any]) -> Any:
    return None if value is None else shown(value)


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units."""
    whole = round(seconds)
    parts: list[str] = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, whole = divmod(whole, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


FORMS: Mapping[str, Callable[[Any], None]] = {
    "insights.distribution": _distribution,
    "insights.intervals": _intervals,
    "insights.lifecycle": _lifecycle,
    "insights.retention": _retention,
    "insights.stickiness": _stickiness,
    "insights.trends": _trends,
}
