"""Where in a recipe file we are, and how what stands there is read or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from zhiyin.core.errors import InvalidInput

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where in a recipe file we are, for sentences about it."""

    text: str

    def at(self, key: object) -> Place:
        return Place(f"{self.text} › {key}")

    def wrong(self, value: object, allowed: str) -> InvalidInput:
        return InvalidInput(f"{self.text} cannot be {value!r}; allowed: {allowed}.")

    def checked(self, check: Callable[[str], T], value: str) -> T:
        """Return `check(value)`; what it objects to is told with the place."""
        try:
            return check(value)
        except InvalidInput as error:
            raise InvalidInput(f"{self.text}: {error}") from error

    def mapping(self, value: Any, known: Iterable[str], required: Iterable[str] = ()) -> dict:
        if not isinstance(value, Mapping):
            raise self.wrong(value, f"a mapping with the keys {', '.join(known)}")
        for key in value:
            if key not in known:
                raise InvalidInput(
                    f"{self.text} has an unknown key {key!r}; allowed: {', '.join(known)}."
                )
        for key in required:
            if key not in value:
                raise InvalidInput(f"{self.text} lacks the key {key!r}; add it.")
        return dict(value)

    def texts(self, value: Any) -> tuple[str, ...]:
        """Return a list of texts; a single one stands for a list of one."""
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list):
            return tuple(self.text_of(item) for item in value)
        raise self.wrong(value, "a text or a list of texts")

    def text_of(self, value: Any) -> str:
        """Return a scalar as text; YAML's true and 1 are `true` and `1`."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float):
            return str(value)
        raise self.wrong(value, "a text or number")
