"""docs/benchmarks.md, written from the figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.sections import SECTIONS

HEAD = """# Benchmarks

Written by `make bench ARGS=--write`; each figure stands beside its yardstick from the
same run. Wall seconds depend on the machine and on what else it does; ratios travel better.

Machine: {processor}, {cores} cores, {memory_gib} GiB, Python {python} on {system}.
"""


def write_page(kept: Mapping[str, Any], path: Path) -> None:
    """Write the page."""
    parts = [HEAD.format(**kept["machine"])]
    for name, values in kept["figures"].items():
        parts.append(section(name, values))
    path.write_text("\n".join(parts), encoding="utf-8")


def section(name: str, values: Mapping[str, Any]) -> str:
    """Return one benchmark's table."""
    if "failed" in values:
        return f"## {name}\n\nFailed: {values['failed']}.\n"
    if name not in SECTIONS:
        title, rows = f"`python -m benchmarks.{name}`", _flat(values)
    else:
        title, rows = SECTIONS[name]
    lines = [f"## {title}", "", "| | figure | target |", "|---|---:|---|"]
    for label, key, unit, target in rows:
        lines.append(f"| {label} | {_shown(_at(values, key))} {unit} | {target} |")
    return "\n".join([*lines, "", f"Command: `python -m benchmarks {name}`", ""])


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{key}.")
        elif not isinstance(value, list):
            rows.append(
                (f"{prefix}{key}".replace("_", " ").replace(".", ", "), prefix + key, "", "")
            )
    return rows


def _at(values: Mapping[str, Any], path: str) -> Any:
    found: Any = values
    for key in path.split("."):
        found = found[key]
    return found


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) >= 10 else f"{value:,.3f}"
