"""The tracking plan and the records set aside, as a person reads them on a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app.render import console, facts, heading, printer, rows

OBSTACLES = {
    "from_file": "it came from a file: correct the file or its recipe and import it again",
    "cut": "it was larger than allowed and was cut; have its sender send it again",
    "redacted": "the customer did not agree, so its content was not kept",
    "broken_text": "it is not readable JSON, which no rule can mend",
}


def _plan(result: Mapping[str, Any]) -> None:
    if result["problem"]:
        told = f"{result['problem']} Version {result['version']} stays in force."
        console.print(told, style="red")
    console.print(
        f"version {result['version']}, unknown events: {result['unknown_events']},"
        f" last {result['days']} days"
    )
    if not result["events"]:
        console.print("No event is planned; `zhiyin plan generate` makes a plan from traffic.")
    else:
        columns = ("event", "enforce", "rows", "flagged", "blocked", "conformity", "owner")
        rows([{**line, "conformity": _share(line)} for line in result["events"]], columns)
    if result["unplanned"]:
        heading("not planned")
        rows(result["unplanned"], ("event", "rows", "flagged", "blocked"))


def _share(line: Mapping[str, Any]) -> str:
    return "-" if line["conformity"] is None else f"{line['conformity']:.2%}"


def _event(result: Mapping[str, Any]) -> None:
    left_out = ("schema", "title", "properties")
    facts({key: value for key, value in result.items() if key not in left_out})
    _json(result["schema"])


def _check(result: Mapping[str, Any]) -> None:
    console.print(f"{result['broken']:,} of {result['events']:,} events break the plan")
    if result["violations"]:
        rows(result["violations"])


def _generated(result: Mapping[str, Any]) -> None:
    console.print(f"{result['events_seen']:,} events seen, {result['events_planned']} planned")
    if result["is_dry_run"]:
        _changes(result["changes"])
    else:
        for change in result["changes"]:
            console.print(f"{change['change']} {change['file']}", soft_wrap=True)
    if result["doubtful"]:
        heading("seen and not taken over")
        rows(result["doubtful"])
    if result["is_dry_run"]:
        console.print("Nothing was changed: this was a dry run.")
    else:
        console.print(f"Version {result['version']} is in force; see tracking/.")


def _changes(result: Sequence[Mapping[str, Any]]) -> None:
    if not result:
        console.print("Nothing differs.")
    for change in result:
        heading(f"{change['change']} {change['file']}")
        for line in change["diff"].splitlines():
            color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
            console.print(line, style=color, soft_wrap=True)


def _records(result: Mapping[str, Any]) -> None:
    if not result["total"]:
        console.print("No record is open.")
        return
    counts = [{**line, "newest": line["newest"][:16]} for line in result["reasons"]]
    rows(counts, ("reason", "source", "event", "rows", "newest"))
    if result["records"]:
        rows(result["records"], ("id", "reason", "event", "detail"))
    console.print(f"{result['total']:,} open; `zhiyin records show ID` shows one whole.")


def _record(result: Mapping[str, Any]) -> None:
    shown = ("id", "reason", "detail", "source", "event", "origin", "origin_line")
    facts({key: result[key] for key in (*shown, "quarantined_at")})
    if result["obstacle"]:
        console.print(f"It cannot be replayed: {OBSTACLES[result['obstacle']]}.")
    if result["violations"]:
        rows(
            [{key: one[key] for key in ("path", "rule", "detail")} for one in result["violations"]]
        )
    _json(result["record"])


def _replayed(result: Mapping[str, Any]) -> None:
    if "previews" not in result:
        facts(result)
        return
    for one in result["previews"]:
        why = OBSTACLES.get(one["detail"], one["detail"]) if one["detail"] else ""
        told = f"{one['id']}  {one['outcome']}  {why}".rstrip()
        console.print(told, style="bold", soft_wrap=True)
        if one["before"] != one["after"]:
            console.print(f"- {json.dumps(one['before'], ensure_ascii=False)}")
            console.print(f"+ {json.dumps(one['after'], ensure_ascii=False)}")
    console.print(f"{len(result['previews'])} of {result['total']:,} records; nothing was changed.")


def _rules(result: Sequence[Mapping[str, Any]]) -> None:
    if not result:
        console.print("No fix rule is declared; see `zhiyin records fix --help`.")
    for rule in result:
        _json(rule)


def _json(value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    console.print(text, soft_wrap=True)


FORMS: Mapping[str, Callable[[Any], None]] = {
    "plan.check": _check,
    "plan.diff": _changes,
    "plan.event": _event,
    "plan.generate": _generated,
    "plan.save_event": _event,
    "plan.show": _plan,
    "records.fix": _replayed,
    "records.list": _records,
    "records.replay": _replayed,
    "records.rules": _rules,
    "records.show": _record,
}

render = printer(FORMS)
