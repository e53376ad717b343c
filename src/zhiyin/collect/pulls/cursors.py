"""Values of a cursor: which is greater, and where a reading that overlaps the last one begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from zhiyin.collect.pulled_table import PulledTable
from zhiyin.core.errors import InvalidInput
from zhiyin.ports.databases import Kind

# Rows become visible when their transaction ends, which is after their time or number was drawn.
DEFAULT_OVERLAP: dict[Kind, timedelta | int] = {
    Kind.INSTANT: timedelta(minutes=5),
    Kind.WALL_TIME: timedelta(minutes=5),
    Kind.DATE: timedelta(days=1),
    Kind.INTEGER: 1_000,
    Kind.TEXT: 0,
}
# A row dated further ahead waits: one wrong date in 2099 would hide all rows of the years before.
# Two days, because a wall clock may be a day ahead of UTC.
AHEAD = timedelta(days=2)


def overlap_of(pulled: PulledTable, kind: Kind) -> timedelta | int:
    """Return how far behind its position a pull by a cursor of this kind begins.

    Raises
    ------
    InvalidInput
        If the recipe's overlap is none that the cursor can be moved by.
    """
    overlap = pulled.overlap
    if overlap is None:
        return DEFAULT_OVERLAP[kind]
    is_time = kind in (Kind.INSTANT, Kind.WALL_TIME, Kind.DATE)
    is_whole = kind is not Kind.DATE or not isinstance(overlap, timedelta) or not overlap.seconds
    fits = isinstance(overlap, timedelta) == is_time or not overlap
    if not fits or not is_whole or (kind is Kind.TEXT and overlap):
        allowed = {
            Kind.INTEGER: "a whole number such as 1000",
            Kind.TEXT: "only 0",
            Kind.DATE: "whole days such as '2 days'",
        }
        raise InvalidInput(
            f"The cursor {pulled.cursor} is a column of kind {kind}, so its overlap cannot be "
            f"{overlap}; allowed: {allowed.get(kind, 'a span such as 5 minutes')}."
        )
    return overlap or (timedelta(0) if is_time else 0)


def value_of(kind: Kind, text: str) -> Any:
    """Return a cursor's text as something that can be compared: number, time, date or text."""
    if kind is Kind.INTEGER:
        return int(text)
    if kind is Kind.DATE:
        return date.fromisoformat(text)
    if kind in (Kind.INSTANT, Kind.WALL_TIME):
        return datetime.fromisoformat(text)
    return text


def earlier(kind: Kind, text: str, overlap: timedelta | int) -> str:
    """Return the value that lies `overlap` before, as text; never before the first there can be."""
    if not overlap:
        return text
    try:
        moved = value_of(kind, text) - overlap
    except OverflowError:
        return text_of(kind, datetime.min.replace(tzinfo=UTC))
    return text_of(kind, moved)


def greater(kind: Kind, text: str, other: str | None) -> str:
    """Return the greater of two values; the first where the other is none, or for texts.

    Only the database knows its order of texts, and hands them over in it.
    """
    if other is None or kind is Kind.TEXT:
        return text
    return max(text, other, key=lambda one: value_of(kind, one))


def text_of(kind: Kind, value: Any) -> str:
    """Return a value as the database port writes it."""
    if kind is Kind.INSTANT:
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if kind is Kind.WALL_TIME:
        return value.replace(tzinfo=None).isoformat(timespec="microseconds")
    if kind is Kind.DATE:
        return value.strftime("%Y-%m-%d").rjust(10, "0")
    return str(value)


def latest_taken(kind: Kind, now: datetime) -> str | None:
    """Return the greatest value that a pull takes now; None where the kind has no future."""
    if kind not in (Kind.INSTANT, Kind.WALL_TIME, Kind.DATE):
        return None
    return text_of(kind, now.astimezone(UTC).replace(tzinfo=None) + AHEAD)


def count_up_to(kind: Kind, ordered: Sequence[str], limit: str) -> int:
    """Return how many of the ordered values, from the start, are not greater than the limit."""
    if kind is Kind.TEXT:
        # Only the database knows its order of texts; what equals the limit stands at the start.
        return next((n for n, text in enumerate(ordered) if text != limit), len(ordered))
    border = value_of(kind, limit)
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if value_of(kind, ordered[middle]) <= border:
            low = middle + 1
        else:
            high = middle
    return low


def count_before(kind: Kind, ordered: Sequence[str], limit: str) -> int:
    """Return how many of the ordered values, from the start, are less than the limit."""
    if kind is Kind.TEXT:
        return len(ordered) - next(
            (n for n, text in enumerate(reversed(ordered)) if text != limit), len(ordered)
        )
    border = value_of(kind, limit)
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) // 2
        if value_of(kind, ordered[middle]) < border:
            low = middle + 1
        else:
            high = middle
    return low
