"""Data quality as a person reads it on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app import render_cleaning
from zhiyin.app.render import console, facts, heading, printer, rows


def _check(result: Mapping[str, Any]) -> None:
    facts({name: value for name, value in result.items() if name != "checks"})
    if not result["checks"]:
        console.print("Every expectation is met.")
    for check in result["checks"]:
        _line(check)


def _line(check: Mapping[str, Any]) -> None:
    state = "ok     " if check.get("passed") else check["severity"].ljust(8)
    console.print(
        f"{state} {check['table']}  {check.get('meaning') or check['expectation']}: "
        f"{_percent(check['pass_rate'])} of {check['rows']:,} rows, "
        f"expected {_percent(check['at_least'])}; {check['failed']:,} do not"
        + (f"; example {check['example']}" if check["example"] is not None else ""),
        soft_wrap=True,
    )


def _percent(share: float) -> str:
    floored = int(share * 10_000) / 100 if share < 1 else 100
    return f"{floored:g} %"


def _report(result: Mapping[str, Any]) -> None:
    if not result["tables"]:
        console.print("No table was looked at yet; `zhiyin run` looks at all that it builds.")
        return
    rows(result["tables"])
    heading("Not met" if result["failed"] else "Every expectation is met.")
    for check in result["failed"]:
        _line(check)
    console.print()
    facts({name: result[name] for name in ("anomalies", "cleaning_changes", "rejected_rows")})
    if result.get("file"):
        console.print(f"wrote {result['file']}", soft_wrap=True)


def _anomalies(result: Sequence[Mapping[str, Any]]) -> None:
    if not result:
        console.print("No day stands out.")
        return
    names = ("day", "table", "column", "metric", "value", "expected", "low", "high")
    rows(result, names)


FORMS: Mapping[str, Callable[[Any], None]] = {
    **render_cleaning.FORMS,
    "quality.anomalies": _anomalies,
    "quality.check": _check,
    "quality.report": _report,
}

render = printer(FORMS)
