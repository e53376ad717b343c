"""What a fix rule can do to an event, at a path such as `properties.products[].price`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from zhiyin.collect.dead_letters.time_texts import read_instant
from zhiyin.collect.times import check_format
from zhiyin.core.errors import InvalidInput, not_allowed

# What a path may begin with; the first four lead on to what the sender put there.
OPEN = ("properties", "traits", "context", "integrations")
FIELDS = (
    *OPEN, "type", "event", "name", "userId", "anonymousId", "previousId", "groupId",
    "messageId", "timestamp", "originalTimestamp", "sentAt",
)  # fmt: skip
_PATH = re.compile(r"[^.\[\]]+(?:\[\])?(?:\.[^.\[\]]+(?:\[\])?)*")


class Doing(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="do"):
    """One change at one place."""

    path: str


class Rename(Doing, tag="rename", frozen=True):
    """Give a property another name in the same object; a value already there stays."""

    to: str


class Default(Doing, tag="default", frozen=True):
    """Put a value where there is none or null."""

    value: Any


class Set(Doing, tag="set", frozen=True):
    """Put a value, whatever was there."""

    value: Any


class Cast(Doing, tag="cast", frozen=True):
    """Change the type: "1,234.50" to 1234.5, 7 to "7", "true" to true."""

    to: Literal["number", "integer", "string", "boolean"]


class Remove(Doing, tag="remove", frozen=True):
    """Take a property out."""


class MapValues(Doing, tag="map", frozen=True):
    """Replace values by others; what is not listed stays."""

    values: Mapping[str, Any]


class ParseTime(Doing, tag="parse_time", frozen=True, omit_defaults=True):
    """Read a time in a declared format and write it as ISO 8601 in UTC."""

    formats: tuple[str, ...]
    timezone: str = "UTC"


Change = Rename | Default | Set | Cast | Remove | MapValues | ParseTime
_ABSENT: Any = object()


def check_change(change: Change, where: str) -> None:
    """Raise `InvalidInput` for a path or a format that cannot be meant."""
    first = change.path.split(".")[0].removesuffix("[]")
    if not _PATH.fullmatch(change.path) or first not in FIELDS:
        raise not_allowed(
            f"{where}: a path's beginning",
            change.path,
            FIELDS,
            then="Write properties.price or timestamp.",
        )
    if change.path in OPEN:
        raise InvalidInput(f"{where}: {change.path!r} is everything; name a property below it.")
    if isinstance(change, Rename | Remove) and change.path.endswith("[]"):
        raise InvalidInput(
            f"{where}: {change.path!r} are the items of a list; name a property of them."
        )
    if isinstance(change, ParseTime):
        for one in change.formats:
            check_format(one)


def changed(event: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Return the event with one change made; `event` itself stays as it is."""
    return _at(event, change.path.split("."), change)


def _at(holder: Mapping[str, Any], parts: list[str], change: Change) -> dict[str, Any]:
    name = parts[0].removesuffix("[]")
    if len(parts) == 1 and name == parts[0]:
        return _done(holder, name, change)
    inner = holder.get(name, _ABSENT)
    if inner is _ABSENT or inner is None:
        # Only values that come from the rule itself can stand where nothing was.
        makes = isinstance(change, Default | Set) and name == parts[0]
        return {**holder, name: _at({}, parts[1:], change)} if makes else dict(holder)
    if name != parts[0]:
        return {**holder, name: _in_items(inner, parts[1:], change)}
    if not isinstance(inner, Mapping):
        return dict(holder)
    return {**holder, name: _at(inner, parts[1:], change)}


def _in_items(items: Any, rest: list[str], change: Change) -> Any:
    if not isinstance(items, list):
        return items
    if not rest:
        return [_done({"item": item}, "item", change).get("item") for item in items]
    return [_at(item, rest, change) if isinstance(item, Mapping) else item for item in items]


def _done(holder: Mapping[str, Any], name: str, change: Change) -> dict[str, Any]:
    value = holder.get(name, _ABSENT)
    if isinstance(change, Set) or (isinstance(change, Default) and value in (_ABSENT, None)):
        return {**holder, name: change.value}
    if value is _ABSENT or isinstance(change, Default):
        return dict(holder)
    if isinstance(change, Remove):
        return {key: kept for key, kept in holder.items() if key != name}
    if isinstance(change, Rename):
        return _renamed(holder, name, change.to)
    return {**holder, name: _value(value, change)}


def _renamed(holder: Mapping[str, Any], name: str, to: str) -> dict[str, Any]:
    if holder.get(to) is not None:
        return {key: kept for key, kept in holder.items() if key != name}
    others = {key: kept for key, kept in holder.items() if key != to}
    return {to if key == name else key: kept for key, kept in others.items()}


def _value(value: Any, change: Change) -> Any:
    if value is None:
        return None
    if isinstance(change, MapValues):
        return change.values.get(_text(value), value)
    if isinstance(change, ParseTime):
        return read_instant(value, change.formats, change.timezone)
    assert isinstance(change, Cast)
    return CASTS[change.to](value)


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    text = _text(value).replace(",", "").replace("，", "").strip(" ¥￥$€£")
    try:
        number = float(text)
    except ValueError:
        raise InvalidInput(f"{value!r} is no number.") from None
    if not math.isfinite(number):
        raise InvalidInput(f"{value!r} is no number.")
    return int(text) if re.fullmatch(r"[+-]?\d+", text) else number


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise InvalidInput(f"{value!r} is no whole number.")
    return int(number)


def _boolean(value: Any) -> bool:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    text = _text(value).lower()
    if text not in known:
        raise InvalidInput(f"{value!r} is neither true nor false.")
    return known[text]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return msgspec.json.encode(value).decode()


CASTS: Mapping[str, Callable[[Any], Any]] = {
    "number": _number,
    "integer": _integer,
    "string": _text,
    "boolean": _boolean,
}
