"""Live events: what is accepted, and how an event stands in the log.

A logged item is a JSON object around the event as its sender wrote it::

    {"source_id": …, "received_at": …, "sent_at": …, "type": …, "message_id": …, "context": …,
     "event": {…}}

`sent_at`, `type`, `message_id` and `context` are there only where the event itself lacks them. A
refused item has `"rejected": <reason>` beside, so that nothing that arrived is lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from zhiyin.core.ids import new_id
from zhiyin.ports.event_log import EventLog

KINDS = ("identify", "track", "page", "screen", "group", "alias")
LONGEST_MESSAGE_ID = 100
LARGEST_ITEM = 32 * 1024

Text = str | int | float | None


class Incoming(msgspec.Struct):
    """What has to be looked at to accept an event; ids may be numbers, null means absent."""

    type: str | None = None
    userId: Text = None
    anonymousId: Text = None
    messageId: Text = None
    event: str | None = None
    groupId: Text = None
    previousId: Text = None
    timestamp: str | None = None
    originalTimestamp: str | None = None
    sentAt: str | None = None
    properties: dict[str, msgspec.Raw] | None = None
    traits: dict[str, msgspec.Raw] | None = None
    context: dict[str, msgspec.Raw] | None = None


@dataclass(frozen=True)
class Rejected:
    """An item that is not accepted: a stable reason, a sentence, and how it stands in the log."""

    reason: str
    detail: str
    body: bytes


@dataclass(frozen=True)
class Arrival:
    """What is known of a request beside its items."""

    source_id: str
    received_at: datetime
    sent_at: str | None = None
    kind: str | None = None  # from the path, for calls that name no type
    context: msgspec.Raw | None = None  # the batch's, for items without one


_INCOMING = msgspec.json.Decoder(Incoming)
_ENCODE = msgspec.json.Encoder().encode


def accept(
    item: bytes | Mapping[str, Any],
    *,
    source_id: str,
    received_at: datetime,
    sent_at: datetime | str | None = None,
) -> bytes | Rejected:
    """Return an event as it goes into the log, or why it does not.

    Parameters
    ----------
    item
        The event as JSON text or as a mapping, in Segment's vocabulary.
    source_id
        Who sent it.
    received_at
        When it arrived, UTC.
    sent_at
        When the sender's clock said it was sent, if the event does not say it itself; the time of
        the event is corrected by the difference of the two clocks.
    """
    raw = bytes(item) if isinstance(item, bytes | bytearray | memoryview) else _ENCODE(item)
    sent = sent_at.isoformat() if isinstance(sent_at, datetime) else sent_at
    return accept_raw(raw, Arrival(source_id, received_at, sent))


def accept_raw(raw: bytes, arrival: Arrival, largest: int = LARGEST_ITEM) -> bytes | Rejected:
    """Return one item of a request as it goes into the log, or why it does not."""
    if len(raw) > largest:
        return _rejected(
            raw[:largest], arrival, "too_large", f"{len(raw)} bytes; at most {largest}"
        )
    try:
        raw.decode()  # the decoder below skips over fields that it does not know
        event = _INCOMING.decode(raw)
    except msgspec.ValidationError as error:
        return _rejected(raw, arrival, "wrong_type", str(error))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _rejected(raw, arrival, "not_json", str(error))
    kind = event.type or arrival.kind
    problem = _problem(event, kind)
    if problem is not None:
        return _rejected(raw, arrival, *problem)
    return _envelope(raw, arrival, _missing_parts(event, arrival))


def event_body(
    event: str,
    *,
    source_id: str,
    at: datetime,
    user_id: str | None = None,
    anonymous_id: str | None = None,
    message_id: str | None = None,
    properties: Mapping[str, Any] | None = None,
) -> bytes:
    """Return a track event of our own as it goes into the log.

    `message_id` is the event's id: the same one twice is one event.
    """
    item = {
        "type": "track",
        "event": event,
        "messageId": message_id or new_id("evt"),
        "userId": user_id,
        "anonymousId": anonymous_id,
        "timestamp": _iso(at),
        "properties": dict(properties or {}),
    }
    return _envelope(_ENCODE(item), Arrival(source_id, at), {})


def log_event(event_log: EventLog, event: str, **fields: Any) -> None:
    """Append one track event of our own; `fields` as for `event_body`."""
    event_log.append([event_body(event, **fields)])


def text_of(value: Text) -> str | None:
    """Return an id as text; null, blank and not-a-number count as absent."""
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def instant_of(text: str | None) -> datetime | None:
    """Return an ISO 8601 text as naive UTC (without an offset it is UTC); None if it is none."""
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        offset = instant.utcoffset()
        return instant if offset is None else instant.replace(tzinfo=None) - offset
    except (ValueError, OverflowError):
        return None


def _problem(event: Incoming, kind: str | None) -> tuple[str, str] | None:
    if kind not in KINDS:
        return "unknown_type", f"type {kind!r}; allowed: {', '.join(KINDS)}"
    if text_of(event.userId) is None and text_of(event.anonymousId) is None:
        return "no_user_anon_id", "neither userId nor anonymousId"
    if len(text_of(event.messageId) or "") > LONGEST_MESSAGE_ID:
        return "long_message_id", f"messageId has over {LONGEST_MESSAGE_ID} characters"
    needed = {"track": event.event, "group": event.groupId, "alias": event.previousId}
    if kind in needed and text_of(needed[kind]) is None:
        field = {"track": "event", "group": "groupId", "alias": "previousId"}[kind]
        return f"no_{field.lower()}", f"a {kind} call needs {field}"
    for name, value in (("timestamp", event.timestamp), ("sentAt", event.sentAt)):
        if value and instant_of(value) is None:
            return "unreadable_time", f"{name}={value}"
    return None


def _missing_parts(event: Incoming, arrival: Arrival) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if event.sentAt is None and instant_of(arrival.sent_at) is not None:
        parts["sent_at"] = arrival.sent_at
    if event.type is None:
        parts["type"] = arrival.kind
    if text_of(event.messageId) is None:
        parts["message_id"] = new_id("evt")
    if event.context is None and arrival.context is not None:
        parts["context"] = arrival.context
    return parts


def _envelope(raw: bytes, arrival: Arrival, parts: Mapping[str, Any]) -> bytes:
    head = {"source_id": arrival.source_id, "received_at": _iso(arrival.received_at), **parts}
    return b"".join((_ENCODE(head)[:-1], b',"event":', raw, b"}"))


def _rejected(raw: bytes, arrival: Arrival, reason: str, detail: str) -> Rejected:
    head = {
        "source_id": arrival.source_id,
        "received_at": _iso(arrival.received_at),
        "rejected": reason,
        "detail": detail,
        "record": raw.decode(errors="replace"),
    }
    return Rejected(reason, detail, _ENCODE(head))


def _iso(instant: datetime) -> str:
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
