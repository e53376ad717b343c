"""Funnels, paths, visits and touch paths as a person reads them on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zhiyin.app.render import console, heading, rows
from zhiyin.app.render_behavior import duration

BAR = 14


def render(name: str, result: Any) -> None:
    """Print the result of a command in `FORMS`."""
    FORMS[name](result)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else duration(seconds)


def _line(one: Mapping[str, Any]) -> str:
    return one["value"] if one["kind"] == "value" else one["kind"]


def _funnel(result: Mapping[str, Any]) -> None:
    _funnel_period(result)
    if result.get("compared"):
        heading("the days compared with")
        _funnel_period(result["compared"])


def _funnel_period(result: Mapping[str, Any]) -> None:
    rows([_funnel_step(step) for step in result["steps"]])
    if not result["is_complete"]:
        console.print("The window of the last attempts is not over: conversion can still rise.")
    if result.get("breakdown"):
        heading("breakdown")
        rows([
            {
                "value": _line(one), "people": one["people"], "converted": one["converted"],
                "rate": _percent(one["rate"]),
            }
            for one in result["breakdown"]
        ])  # fmt: skip
    if result.get("trend"):
        heading("by when attempts began")
        rows([{**one, "rate": _percent(one["rate"])} for one in result["trend"]])
    if result.get("correlation"):
        _marks(result["correlation"])


def _funnel_step(step: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "step": step["step"],
        "event": step["label"],
        "people": step["people"],
        "of all": _percent(step["share_of_total"]),
        "of step before": _percent(step["share_of_previous"]),
        "median time": _time(step["median_seconds"]),
        "": "█" * round(BAR * (step["share_of_total"] or 0)),
    }


def _marks(found: Mapping[str, Any]) -> None:
    heading(f"what goes with converting (of {found['tested']} marks looked at)")
    rows([
        {
            "mark": one["name"] if one["value"] is None else f"{one['name']}: {one['value']}",
            "converted": one["converted"], "dropped": one["dropped"],
            "odds ratio": one["odds_ratio"], "low": one["low"], "high": one["high"],
        }
        for one in found["marks"]
    ])  # fmt: skip


def _paths(result: Mapping[str, Any]) -> None:
    console.print(f"{result['paths']:,} paths")
    rows([
        {
            "place": one["place"], "from": one["source"], "to": one["target"],
            "times": one["times"], "people": one["people"], "of paths": _percent(one["share"]),
            "time": _time(one["average_seconds"]),
        }
        for one in result["links"]
    ])  # fmt: skip
    if result["left_out"]["links"]:
        console.print(f"{result['left_out']['links']:,} more links; ask for them with --links.")


def _sessions(result: Mapping[str, Any]) -> None:
    _visit_period(result)
    if result.get("compared"):
        heading("the days compared with")
        _visit_period(result["compared"])


def _visit_period(result: Mapping[str, Any]) -> None:
    rows([_visit_figures(result)])
    for name, key in (("visits begin with", "entries"), ("visits end with", "exits")):
        heading(name)
        rows([{**one, "share": _percent(one["share"])} for one in result[key]])
    if result.get("breakdown"):
        heading("breakdown")
        rows([{"value": _line(one)} | _visit_figures(one) for one in result["breakdown"]])
    if result.get("trend"):
        heading("by when visits began")
        rows([{"start": one["start"]} | _visit_figures(one) for one in result["trend"]])


def _visit_figures(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "visits": one["visits"],
        "people": one["people"],
        "bounces": _percent(one["bounce_rate"]),
        "median time": _time(one["median_seconds"]),
        "median events": one["median_events"],
    }


def _touches(result: Mapping[str, Any]) -> None:
    console.print(f"{result['goals']:,} goals of {result['people']:,} people")
    rows([
        {
            "path": " > ".join(one["path"]) or "(nothing)", "goals": one["goals"],
            "share": _percent(one["share"]), "people": one["people"], "revenue": one["revenue"],
            "time": _time(one["average_seconds"]),
        }
        for one in result["paths"]
    ])  # fmt: skip
    if result["left_out"]["paths"]:
        console.print(f"{result['left_out']['paths']:,} more paths; ask for them with --most.")


FORMS: Mapping[str, Callable[[Any], None]] = {
    "insights.funnel": _funnel,
    "insights.paths": _paths,
    "insights.sessions": _sessions,
    "insights.touches": _touches,
}
