"""What cleaning did, as a person reads it on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app.render import console, facts, heading, printer, rows


def _explained(result: Mapping[str, Any]) -> None:
    if not result["changes"]:
        console.print(
            "Nothing was counted yet; `zhiyin run warehouse` applies the rules and counts."
        )
        return
    _changes(result["changes"])
    _samples(result["samples"])


def _changes(changes: Sequence[Mapping[str, Any]]) -> None:
    shown = [line for line in changes if line["changed"]]
    silent = len(changes) - len(shown)
    if shown:
        rows(shown, ("table_name", "rule", "column", "action", "rows", "changed"))
    if silent:
        console.print(f"{silent} rules over a column found nothing to do.")


def _samples(samples: Sequence[Mapping[str, Any]]) -> None:
    if samples:
        heading("before and after")
        lines = [{**line, "place": f"{line['origin']}:{line['origin_line']}"} for line in samples]
        rows(lines, ("rule", "column", "action", "before", "after", "place"))


def _rejects(result: Mapping[str, Any]) -> None:
    if not result["total"]:
        console.print("No row is kept out.")
        return
    rows(result["counts"])
    rows(result["rejects"], ("id", "rule", "column", "value"))


def _reject(result: Mapping[str, Any]) -> None:
    facts({name: value for name, value in result.items() if name != "row"})
    heading("as received")
    facts(result["row"])


def _used(result: Mapping[str, Any]) -> None:
    _changes(result["changes"])
    _samples(result["samples"])
    if result["written"]:
        console.print(f"wrote {result['written']}; the next run applies it", soft_wrap=True)
    else:
        console.print("Nothing was written; without --dry-run the next run applies the rules.")


def _checked(result: Mapping[str, Any]) -> None:
    console.print(f"{result['rules']} rules for {result['table']}, all in order.")


FORMS: Mapping[str, Callable[[Any], None]] = {
    "quality.explain": _explained,
    "quality.reject": _reject,
    "quality.rejects": _rejects,
    "quality.rules_check": _checked,
    "quality.rules_use": _used,
}

render = printer(FORMS)
