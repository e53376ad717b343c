"""The roots of every error that leaves a stage.

A message gives the value, what is allowed, and the next step, in one sentence.
"""

from collections.abc import Iterable


class ZhiyinError(Exception):
    """Anything that went wrong and that the person at the keyboard can understand."""


class InvalidInput(ZhiyinError, ValueError):
    """A value that a person or a file gave cannot be used as it is."""


class NotFound(ZhiyinError, LookupError):
    """A thing was named that does not exist."""


class Conflict(ZhiyinError):
    """The request is well formed but contradicts the present state."""


class Unsupported(ZhiyinError):
    """The engine or channel behind a port cannot do what was asked."""


class Transient(ZhiyinError):
    """An outside system failed in a way that may pass; the same call may be tried again."""


class Permanent(ZhiyinError):
    """An outside system refused in a way that no retry mends."""


def unknown(what: str, value: object, allowed: Iterable[object], *, then: str = "") -> NotFound:
    """Return a `NotFound` that names the value, the allowed values and the next step."""
    names = ", ".join(str(name) for name in allowed) or "none yet"
    tail = f" {then}" if then else ""
    return NotFound(f"No {what} is named {value!r}; known: {names}.{tail}")


def unknown_of_many(what: str, value: object, allowed: Iterable[object], *, then: str) -> NotFound:
    """Return a `NotFound` that names the value, the names near to it, and what lists them all."""
    from difflib import get_close_matches

    near = get_close_matches(str(value), [str(name) for name in allowed], n=3)
    hint = f"; near to it: {', '.join(near)}" if near else ""
    return NotFound(f"No {what} is named {value!r}{hint}. {then}")


def not_allowed(
    what: str, value: object, allowed: Iterable[object], *, then: str = ""
) -> InvalidInput:
    """Return an `InvalidInput` that names the value and the allowed values."""
    names = ", ".join(str(name) for name in allowed)
    tail = f" {then}" if then else ""
    return InvalidInput(f"{what} cannot be {value!r}; allowed: {names}.{tail}")
