"""What can be asked of visits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zhiyin.insights.behavior.vocabulary import (
    COMPARISONS,
    INTERVALS,
    Breakdown,
    Days,
    Span,
    mapping,
    read_breakdown,
    read_choice,
    read_days,
    read_span,
    whole,
)

KEYS = ("days", "gap", "breakdown", "interval", "compare", "most")


@dataclass(frozen=True)
class SessionsSpec:
    """A question about the visits that began on `days`.

    gap
        So long a silence ends a visit.
    breakdown
        Split by a property of the visit's first event, or by what is known of the person.
    interval, compare
        Also tell it over time; also of the days before, or of the same days a year earlier.
    most
        So many entries and exits are named.
    """

    days: Days = field(default_factory=Days)
    gap: Span = field(default_factory=lambda: Span(30, "minute"))
    breakdown: Breakdown | None = None
    interval: str | None = None
    compare: str | None = None
    most: int = 10


def read_sessions(written: Any) -> SessionsSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` tells a mistake."""
    body = mapping(written, "sessions", KEYS)
    interval, compare = body.get("interval"), body.get("compare")
    return SessionsSpec(
        days=read_days(body.get("days"), "days"),
        gap=read_span(body.get("gap", "30 minutes"), "gap"),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
        interval=None if interval is None else read_choice(interval, "interval", INTERVALS),
        compare=None if compare is None else read_choice(compare, "compare", COMPARISONS),
        most=whole(body.get("most", 10), "most", lowest=1, highest=100),
    )
