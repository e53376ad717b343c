"""Values in condition files: texts, numbers, instants, and comparisons of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.conditions import KIND_OPERATORS, OPERATORS, Comparison

LONGEST_TEXT = 1_000
MOST_VALUES = 1_000
LONGEST_DAYS = 36_500


def comparisons(
    written: Mapping[str, Any], subject: str, path: str, *, kind: str, beside: tuple[str, ...] = ()
) -> tuple[Comparison, ...]:
    """Return the comparisons beside a subject, in the order of `OPERATORS`.

    `beside` are other keys that may stand there.
    """
    allowed = KIND_OPERATORS[kind]
    only_keys(written, (subject, *OPERATORS, *beside), path)
    for name in written:
        if name in OPERATORS and name not in allowed:
            raise InvalidInput(
                f"{path}.{name}: {written[subject]!r} is a {kind}, "
                f"which takes {', '.join(allowed)}."
            )
    return tuple(
        Comparison(name, operand(written[name], name, kind, f"{path}.{name}"))
        for name in OPERATORS
        if name in written
    )


def required(found: tuple[Comparison, ...], path: str, subject: str) -> tuple[Comparison, ...]:
    """Return the comparisons, of which there must be one."""
    if not found:
        raise InvalidInput(f"{path}: {subject} needs one of {', '.join(OPERATORS)}.")
    return found


def operand(value: Any, operator: str, kind: str, path: str) -> Any:
    """Return the value that an operator compares with, as the kind of its subject needs it."""
    if operator == "exists":
        if not isinstance(value, bool):
            raise InvalidInput(f"{path}: must be true or false, not {value!r}.")
        return value
    if operator == "one_of":
        if not isinstance(value, list | tuple) or not value:
            raise InvalidInput(f"{path}: needs a list with at least one value, not {value!r}.")
        if len(value) > MOST_VALUES:
            raise InvalidInput(
                f"{path}: {len(value)} values; at most {MOST_VALUES}. Upload a longer list as an "
                "audience of its own."
            )
        return tuple(KINDS[kind](item, f"{path}[{place}]") for place, item in enumerate(value))
    return KINDS[kind](value, path)


def text(value: Any, path: str) -> str:
    """Return a non-empty text; numbers are taken as they are written."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise InvalidInput(f"{path}: must be a text that is not empty, not {value!r}.")
    if len(value) > LONGEST_TEXT:
        raise InvalidInput(f"{path}: a text of {len(value)} characters; at most {LONGEST_TEXT}.")
    return value


def number(value: Any, path: str) -> int | float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInput(f"{path}: must be a number, not {value!r}.")
    return value


def boolean(value: Any, path: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise InvalidInput(f"{path}: must be true or false, not {value!r}.")
    return value


def instant(value: Any, path: str) -> datetime:
    """Return a naive UTC instant from a date or an ISO 8601 text; a date is its first instant."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidInput(
                f"{path}: must be a date such as 2025-06-18, not {value!r}."
            ) from None
    if isinstance(value, datetime):
        try:
            return naive_utc(value)
        except OverflowError:
            raise InvalidInput(f"{path}: {value.isoformat()} is too far away.") from None
    if isinstance(value, date):
        return datetime.combine(value, datetime.min.time())
    raise InvalidInput(f"{path}: must be a date such as 2025-06-18, not {value!r}.")


KINDS: dict[str, Callable[[Any, str], Any]] = {
    "text": text,
    "number": number,
    "boolean": boolean,
    "time": instant,
}


def count(value: Any, path: str, *, lowest: int) -> int:
    """Return a whole number that is at least `lowest`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
        raise InvalidInput(f"{path}: must be a whole number from {lowest} on, not {value!r}.")
    return value


def length(value: Any, path: str, unit: str = "days") -> int | float:
    """Return a length of time above 0 and of at most 100 years."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not value > 0:
        raise InvalidInput(f"{path}: must be a number of {unit} above 0, not {value!r}.")
    if value > (LONGEST_DAYS if unit == "days" else LONGEST_DAYS * 24):
        raise InvalidInput(f"{path}: {value!r} {unit} are more than 100 years.")
    return value


def only_keys(written: Mapping[str, Any], allowed: tuple[str, ...], path: str) -> None:
    """Raise where a node has a key that it does not take."""
    for name in written:
        if name not in allowed:
            raise InvalidInput(
                f"{path}: {name!r} does not belong here; allowed: {', '.join(allowed)}."
            )
