"""Live events: what is accepted, and how an event stands in the log.

A logged item is a JSON object around the event as its sender wrote it::

    {"source_id": …, "source_type": …, "received_at": …, "ip": …, "user_agent": …, "sent_at": …,
     "type": …, "message_id": …, "context": …, "event": {…}}

`sent_at`, `type` and `message_id` are there only where the event itself lacks them, `context` only
where the batch had one: it holds the batch's members with the event's own over them;
`ip` and `user_agent` only for requests of the customer's own device. A refused item has
`"rejected": <reason>`, `detail` and `record` instead of `event`, so that nothing that arrived is
lost and the record can be judged again by all that was known of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from zhiyin.core.clock import naive_utc
from zhiyin.core.ids import new_id
from zhiyin.ports.event_log import EventLog

KINDS = ("identify", "track", "page", "screen", "group", "alias")
LONGEST_MESSAGE_ID = 100
LARGEST_ITEM = 32 * 1024
# An event before the first tracking libraries, or of the day after tomorrow, has a wrong clock.
EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001 - naive UTC
LATEST_AHEAD = timedelta(days=1)
# Sources whose requests come from the customer's own device.
DEVICES = ("web", "app", "mini_program")
SOURCE_TYPES = (*DEVICES, "server", "store", "service")

Text = str | int | float | None


class Context(msgspec.Struct, gc=False):
    """What the edge looks at in an event's context."""

    consent: Any = None
    direct: Any = None  # true: the request's address is the customer's


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
    context: Context | None = None


class OwnContext(msgspec.Struct):
    """An event's context, member by member."""

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
    context: msgspec.Raw | None = None  # the batch's, beneath the items' own
    source_type: str = "server"
    ip: str | None = None
    user_agent: str | None = None
    required_consents: Sequence[str] = ()


_INCOMING = msgspec.json.Decoder(Incoming)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_OWN_CONTEXT = msgspec.json.Decoder(OwnContext)
_CONTEXT = msgspec.json.Decoder(Context)
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
        return _unseen(raw[:largest], arrival, "too_large", f"{len(raw)} bytes; at most {largest}")
    try:
        raw.decode()  # the decoder below skips over fields that it does not know
        event = _INCOMING.decode(raw)
    except msgspec.ValidationError as error:
        around = _missing_parts(Incoming(), arrival, None)
        return _unseen(raw, arrival, "wrong_type", str(error), around)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _unseen(raw, arrival, "not_json", str(error))
    shared = _shared_context(raw, event, arrival)
    context = event.context if shared is None else _looked_at(shared)
    # Before all else: what is refused for another reason is kept as it came.
    if refused := missing_consent(context, arrival.required_consents):
        detail = f"consent to {refused} was not given"
        body = rejected_body(_without_content(event, arrival), arrival, "no_consent", detail)
        return Rejected("no_consent", detail, body)
    parts = _missing_parts(event, arrival, shared)
    problem = _problem(event, event.type or arrival.kind) or _wrong_clock(event, arrival)
    if problem is not None:
        body = rejected_body(raw, arrival, *problem, parts, has_address=is_direct(context, arrival))
        return Rejected(*problem, body)
    if text_of(event.messageId) is None:
        parts["message_id"] = new_id("evt")
    return _envelope(raw, arrival, parts, is_direct(context, arrival))


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
    return _envelope(_ENCODE(item), Arrival(source_id, at, source_type="service"), {})


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
        return "no_user_anon_id", "the event has neither userId nor anonymousId"
    if len(text_of(event.messageId) or "") > LONGEST_MESSAGE_ID:
        return "long_message_id", f"messageId has over {LONGEST_MESSAGE_ID} characters"
    needed = {"track": event.event, "group": event.groupId, "alias": event.previousId}
    if kind in needed and text_of(needed[kind]) is None:
        field = {"track": "event", "group": "groupId", "alias": "previousId"}[kind]
        return f"no_{field.lower()}", f"{kind} needs {field}"
    for name, value in (("timestamp", event.timestamp), ("sentAt", event.sentAt)):
        if value and instant_of(value) is None:
            return "unreadable_time", f"{name} is {value!r}; it has to be ISO 8601"
    return None


def _missing_parts(
    event: Incoming, arrival: Arrival, context: msgspec.Raw | None
) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if event.sentAt is None and instant_of(arrival.sent_at) is not None:
        parts["sent_at"] = arrival.sent_at
    if event.type is None and arrival.kind is not None:
        parts["type"] = arrival.kind
    if context is not None:
        parts["context"] = context
    return parts


def _shared_context(raw: bytes, event: Incoming, arrival: Arrival) -> msgspec.Raw | None:
    """Return the batch's context with the item's own members over it; None without a batch's."""
    if arrival.context is None or event.context is None:
        return arrival.context
    try:
        shared = _OBJECT.decode(arrival.context)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    own = _OWN_CONTEXT.decode(raw).context or {}
    return msgspec.Raw(_ENCODE({**shared, **own}))


def _wrong_clock(event: Incoming, arrival: Arrival) -> tuple[str, str] | None:
    """Return the problem if one of the event's times, once corrected, cannot be true."""
    received = naive_utc(arrival.received_at)
    sent = instant_of(event.sentAt) or instant_of(arrival.sent_at) or received
    for text in (event.timestamp, event.originalTimestamp):
        told = instant_of(text)
        # It happened at `received - (sent - told)`, which itself may be out of a datetime's range.
        if told is not None and not -LATEST_AHEAD <= sent - told <= received - EARLIEST:
            return "implausible_time", f"{told} UTC by its own clock, received {received} UTC"
    return None


def batch_context(arrival: Arrival) -> Context | None:
    """Return what the batch's context says to the edge; None without one."""
    return None if arrival.context is None else _looked_at(arrival.context)


def _looked_at(context: msgspec.Raw) -> Context | None:
    try:
        return _CONTEXT.decode(context)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def missing_consent(context: Context | None, required: Sequence[str]) -> str | None:
    """Return the first required consent that the event does not say yes to; None if it may pass.

    Consent stands where Segment's libraries put it: `context.consent.categoryPreferences`.
    """
    if not required:
        return None
    consent = context.consent if context is not None else None
    given = consent.get("categoryPreferences") if isinstance(consent, dict) else None
    said = given if isinstance(given, dict) else {}
    return next((name for name in required if said.get(name) is not True), None)


def is_direct(context: Context | None, arrival: Arrival) -> bool:
    """Return whether the request came from the customer's own device."""
    if arrival.source_type in DEVICES:
        return True
    return context is not None and context.direct is True


def head_of(
    arrival: Arrival, parts: Mapping[str, Any] | None = None, *, has_address: bool = True
) -> bytes:
    """Return the envelope up to the event: an unfinished JSON object."""
    head: dict[str, Any] = {
        "source_id": arrival.source_id,
        "source_type": arrival.source_type,
        "received_at": _iso(arrival.received_at),
    }
    if has_address and arrival.ip:
        head["ip"] = arrival.ip
    if has_address and arrival.user_agent:
        head["user_agent"] = arrival.user_agent
    return _ENCODE({**head, **(parts or {})})[:-1]


def unseen_record(raw: bytes, arrival: Arrival) -> bytes:
    """Return what may be kept of a record in which nobody could look for consent."""
    return b"" if arrival.required_consents else raw


def rejected_body(
    raw: bytes,
    arrival: Arrival,
    reason: str,
    detail: str,
    parts: Mapping[str, Any] | None = None,
    *,
    has_address: bool = False,
) -> bytes:
    """Return how a refused record stands in the log; `parts` are what the record itself lacks."""
    told = {"rejected": reason, "detail": detail, "record": raw.decode(errors="replace")}
    return head_of(arrival, {**(parts or {}), **told}, has_address=has_address) + b"}"


def _without_content(event: Incoming, arrival: Arrival) -> bytes:
    kind = event.type or arrival.kind
    kept = {"messageId": text_of(event.messageId), "type": kind, "event": event.event}
    return _ENCODE({name: value for name, value in kept.items() if value})


def _envelope(
    raw: bytes, arrival: Arrival, parts: Mapping[str, Any], has_address: bool = False
) -> bytes:
    return b"".join((head_of(arrival, parts, has_address=has_address), b',"event":', raw, b"}"))


def _unseen(
    raw: bytes,
    arrival: Arrival,
    reason: str,
    detail: str,
    parts: Mapping[str, Any] | None = None,
) -> Rejected:
    record = unseen_record(raw, arrival)
    return Rejected(reason, detail, rejected_body(record, arrival, reason, detail, parts))


def _iso(instant: datetime) -> str:
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
