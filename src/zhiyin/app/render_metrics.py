"""Metrics as a person reads them on a terminal: formulas in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhiyin.app.operator_words import OPERATORS
from zhiyin.app.render import facts, printer, rows

HOW = {"count": "number of {fact}", "sum": "sum of {column} of {fact}",
       "distinct": "distinct {column} of {fact}"}  # fmt: skip


def in_words(formula: Mapping[str, Any]) -> str:
    """Return a formula as a phrase."""
    if formula["kind"] == "ratio":
        return f"{_side(formula['numerator'])} / {_side(formula['denominator'])}"
    phrase = HOW[formula["how"]].format(**formula)
    asked = [_asked(one) for one in formula["where"]]
    return f"{phrase} where {' and '.join(asked)}" if asked else phrase


def _side(parts: Sequence[Mapping[str, Any]]) -> str:
    phrase = ""
    for part in parts:
        size = "" if abs(part["factor"]) == 1 else f"{abs(part['factor']):g} × "
        sign = "-" if part["factor"] < 0 else "+" if phrase else ""
        phrase += f" {sign} " if phrase else sign
        phrase += size + part["metric"]
    return f"({phrase})" if len(parts) > 1 else phrase


def _asked(one: Mapping[str, Any]) -> str:
    if one["value"] is True:
        return one["column"]
    value = ", ".join(map(str, one["value"])) if isinstance(one["value"], list) else one["value"]
    return f"{one['column']} {OPERATORS[one['operator']]} {value}"


def _list(result: Sequence[Mapping[str, Any]]) -> None:
    rows(
        [
            {"name": one["name"], "title": one["title"]["en"], "unit": one["unit"],
             "counted": in_words(one["formula"])}
            for one in result
        ],
        whole=["name"],
    )  # fmt: skip


def _show(result: Mapping[str, Any]) -> None:
    used = [f"{one['kind']} {one['name']}" for one in result["used_by"]]
    facts({**result, "formula": in_words(result["formula"]), "used_by": used})


def _value(result: Mapping[str, Any]) -> None:
    facts({name: result[name] for name in ("since", "until", "timezone")})
    rows(result["rows"])


def _catalog(result: Mapping[str, Any]) -> None:
    shown = ("event", "planned", "rows", "visitors", "first_seen", "last_seen")
    found = [
        one
        | {
            "planned": one["is_planned"],
            "first_seen": (one["first_seen"] or "")[:10],
            "last_seen": (one["last_seen"] or "")[:10],
        }
        for one in result["events"]
    ]
    rows(found, shown, whole=["event"])
    rows(result["properties"], ("name", "kind", "splits", "filled", "planned_in"))


FORMS: Mapping[str, Callable[[Any], None]] = {
    "catalog.show": _catalog,
    "metrics.list": _list,
    "metrics.show": _show,
    "metrics.value": _value,
}

render = printer(FORMS)
