"""What traffic looks like: per event and property, how often, which types, which values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
import msgspec
import pyarrow as pa

from zhiyin.collect.plan.judging import content_column

MOST_VALUES = 40  # distinct texts that are remembered; beyond it is no closed list
_DECODE = msgspec.json.Decoder().decode
# A format is tried only on texts that could have it: the mark is cheap, the check is not.
_FORMATS = {
    name: (mark, jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True))
    for name, mark in (("date-time", "T"), ("email", "@"), ("uri", "://"))
}


@dataclass
class Shape:
    """Everything seen at one place of an event's content."""

    seen: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    low: float | None = None
    high: float | None = None
    members: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None

    def see(self, value: Any) -> None:
        """Take one value into account."""
        self.seen += 1
        kind = type_of(value)
        self.types[kind] += 1
        if kind == "object":
            for name, inner in value.items():
                self.members.setdefault(name, Shape()).see(inner)
        elif kind == "array":
            self.items = self.items or Shape()
            for inner in value:
                self.items.see(inner)
        elif kind == "string":
            self._see_text(value)
        elif kind in ("integer", "number"):
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)

    def _see_text(self, text: str) -> None:
        if len(self.values) <= MOST_VALUES:
            self.values[text] += 1
        for name, (mark, validator) in _FORMATS.items():
            if mark in text and validator.is_valid(text):
                self.formats[name] += 1


@dataclass
class Observed:
    """One event's traffic."""

    kind: str
    event: str | None
    content: Shape = field(default_factory=Shape)

    @property
    def count(self) -> int:
        return self.content.seen


def observe(events: pa.Table) -> list[Observed]:
    """Return what each event looked like, by kind and name.

    Parameters
    ----------
    events
        Columns `kind`, `event`, `properties`, `traits` (the latter two JSON text or null). Alias
        calls have no content and are passed over.
    """
    found: dict[tuple[str, str | None], Observed] = {}
    kinds, names = events["kind"].to_pylist(), events["event"].to_pylist()
    contents: Mapping[str, list[str | None]] = {
        name: events[name].to_pylist() for name in ("properties", "traits")
    }
    for place, (kind, name) in enumerate(zip(kinds, names, strict=True)):
        if kind == "alias" or (kind == "track" and not name):
            continue
        key = (kind, name if kind == "track" else None)
        text = contents[content_column(kind)][place]
        found.setdefault(key, Observed(*key)).content.see(_DECODE(text) if text else {})
    return [
        found[key] for key in sorted(found, key=lambda one: (one[0] != "track", *map(str, one)))
    ]


def type_of(value: Any) -> str:
    """Return JSON Schema's word for a decoded value; 3.0 is an integer, as there."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, Mapping) else "array"
