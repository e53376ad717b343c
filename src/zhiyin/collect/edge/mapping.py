"""Small steps that the dialects' mappings share: texts, parts that are there, times."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from zhiyin.collect.edge.bodies import unzipped
from zhiyin.collect.edge.calls import Item, Unmapped
from zhiyin.collect.edge.exchange import Refused, Request
from zhiyin.collect.events import text_of

Record = Mapping[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODE = msgspec.json.Encoder().encode


class NotMapped(Exception):
    """A record that has no meaning in our vocabulary."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def mapped(
    records: Iterable[Any], to_event: Callable[[Record], Record]
) -> tuple[list[Item], list[Unmapped]]:
    """Return records as events in our vocabulary, and those that are none."""
    items: list[Item] = []
    unmapped: list[Unmapped] = []
    for record in records:
        try:
            if not isinstance(record, dict):
                raise NotMapped("wrong_type", "the record is no JSON object")
            items.append(_ENCODE(to_event(record)))
        except NotMapped as problem:
            unmapped.append(Unmapped(problem.reason, problem.detail, _ENCODE(record)))
    return items, unmapped


def decoded(content: bytes) -> Any:
    """Return a JSON text's value; raises `Refused` if it is none."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(400, "invalid_json", f"The body is not valid JSON: {error}.") from error


def unwrapped(text: str, largest: int) -> bytes:
    """Return what a base64 field holds, unzipped if it is gzip.

    Libraries differ in padding, in the alphabet, and in whether they send plain JSON instead.
    """
    stripped = text.strip()
    if stripped.startswith(("{", "[")):
        return stripped.encode()
    plain = stripped.replace(" ", "+").replace("-", "+").replace("_", "/")
    try:
        content = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "bad_base64", f"The data is not base64: {error}.") from error
    return unzipped(content, largest) if content.startswith(b"\x1f\x8b") else content


def form_of(request: Request, content: bytes) -> dict[str, str]:
    """Return the fields of a form, those of the query included; empty if the body is none."""
    found = request.arguments()
    if content and content.lstrip()[:1] not in (b"{", b"["):
        pairs = parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)
        for name, value in pairs:
            found.setdefault(name, value)
    return found


def given(**parts: Any) -> dict[str, Any]:
    """Return the parts that are there: neither null nor empty."""
    return {name: value for name, value in parts.items() if value not in (None, "", {}, [])}


def inner(outer: Record, name: str) -> dict[str, Any]:
    """Return an object within an object; empty if there is none."""
    value = outer.get(name)
    return value if isinstance(value, dict) else {}


def text(value: Any) -> str | None:
    """Return an id or a name as text; null for what is neither text nor number."""
    return text_of(value) if isinstance(value, str | int | float) else None


def instant(milliseconds: Any) -> str | None:
    """Return milliseconds since 1970 as ISO 8601.

    Raises
    ------
    NotMapped
        If it is a number, but of no year that we know.
    """
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    try:
        found = _EPOCH + timedelta(milliseconds=milliseconds)
    except (OverflowError, ValueError) as error:
        raise NotMapped("unreadable_time", f"time={milliseconds}") from error
    return found.isoformat().replace("+00:00", "Z")
