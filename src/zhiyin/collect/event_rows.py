"""Logged items as rows of `ods.events` and of the quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.events import KINDS, Text, instant_of, text_of
from zhiyin.collect.tables import EVENTS, QUARANTINE
from zhiyin.collect.target_rows import in_order, milliseconds
from zhiyin.ports.event_log import Chunk

LOG = "log"
RECIPE = "collect"
_LARGEST_AMOUNT = 1e13
_NULL = msgspec.Raw(b"null")


class Event(msgspec.Struct):
    """An event as its sender wrote it; what we do not look into stays raw."""

    type: str | None = None
    event: str | None = None
    userId: Text = None
    anonymousId: Text = None
    previousId: Text = None
    messageId: Text = None
    timestamp: str | None = None
    originalTimestamp: str | None = None
    sentAt: str | None = None
    properties: msgspec.Raw = _NULL
    traits: msgspec.Raw = _NULL
    context: msgspec.Raw = _NULL


class Logged(msgspec.Struct):
    """One item of the log."""

    source_id: str
    received_at: str
    event: Event | None = None
    sent_at: str | None = None
    type: str | None = None
    message_id: str | None = None
    context: msgspec.Raw = _NULL
    rejected: str | None = None
    detail: str | None = None
    record: str | None = None


_LOGGED = msgspec.json.Decoder(Logged)
_ANY = msgspec.json.Decoder()
# All items of a request arrive, and were sent, at the same instant.
_instant = lru_cache(maxsize=4096)(instant_of)


# Columns that are read from the event, in the order of `_row`'s tuple.
_READ = (
    "event_id", "kind", "event", "user_id", "anonymous_id", "previous_id", "event_time",
    "received_at", "source_id", "traits", "properties", "context", "email", "phone",
    "product_id", "order_id", "quantity", "revenue", "currency", "search_query", "campaign_id",
    "message_id", "page_path", "utm_source", "utm_medium", "utm_campaign", "platform",
    "origin_line",
)  # fmt: skip


@dataclass
class Unpacked:
    """A batch of log records, taken apart: event rows, and rows for the quarantine."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)

    @property
    def columns(self) -> dict[str, Sequence[Any]]:
        """The rows turned into columns."""
        if not self.rows:
            return dict.fromkeys(_READ, ())
        return dict(zip(_READ, zip(*self.rows, strict=True), strict=True))


def unpack(records: Chunk) -> Unpacked:
    """Return events as rows, and rejected or unreadable items with their reason."""
    result = Unpacked()
    for offset, body in zip(records.offsets, records.bodies, strict=True):
        try:
            logged = _LOGGED.decode(body)
            if logged.rejected is not None or logged.event is None:
                result.aside.append(_aside(offset, body, logged))
            else:
                result.rows.append(_row(logged, logged.event, offset))
        except (msgspec.DecodeError, ValueError, UnicodeDecodeError) as error:
            result.aside.append(_unreadable(offset, body, str(error)))
    return result


def event_table(columns: Mapping[str, Sequence[Any]], load_id: int) -> pa.Table:
    """Return the columns as rows of `ods.events`."""
    count = len(columns["event_id"])
    schema = EVENTS.schema().to_pyarrow()
    arrays: dict[str, pa.Array] = {}
    for name, cells in columns.items():
        kind = schema.field(name).type
        if pa.types.is_decimal(kind):
            arrays[name] = pc.round(pa.array(cells, pa.float64()), kind.scale).cast(kind)
        else:
            arrays[name] = pa.array(cells, kind)
    arrays["ts_ms"] = milliseconds(arrays["event_time"])
    arrays["load_id"] = pa.repeat(pa.scalar(load_id, pa.int64()), count)
    arrays["origin"] = pa.repeat(LOG, count)
    return in_order(arrays, EVENTS, count)


def aside_table(rows: Sequence[Mapping[str, Any]], load_id: int, at: datetime) -> pa.Table:
    """Return rejected items as rows of the quarantine."""
    count = len(rows)
    names = ("origin_line", "reason", "detail", "record")
    schema = QUARANTINE.schema().to_pyarrow()
    columns = {n: pa.array([row[n] for row in rows], schema.field(n).type) for n in names}
    columns["load_id"] = pa.repeat(pa.scalar(load_id, pa.int64()), count)
    columns["recipe"] = pa.repeat(RECIPE, count)
    columns["target"] = pa.repeat(EVENTS.table, count)
    columns["origin"] = pa.repeat(LOG, count)
    columns["quarantined_at"] = pa.repeat(pa.scalar(at, pa.timestamp("us")), count)
    return in_order(columns, QUARANTINE, count)


def corrected_time(event: Event, sent_at: str | None, received: datetime) -> datetime:
    """Return when an event happened by our clock.

    `received - (sent - original)`: the sender's clock may be wrong, but by the same amount for
    both of its times. Without a sending time the sender's own time counts, without any time the
    time of arrival.
    """
    original = instant_of(event.originalTimestamp) or instant_of(event.timestamp)
    if original is None:
        return received
    sent = _instant(event.sentAt) or _instant(sent_at)
    if sent is None:
        return original
    delay: timedelta = sent - original
    return received - delay


def _row(logged: Logged, event: Event, offset: int) -> tuple[Any, ...]:
    received = _instant(logged.received_at)
    kind = event.type or logged.type
    event_id = text_of(event.messageId) or logged.message_id
    if received is None or kind not in KINDS or event_id is None:
        raise ValueError("the item has no time of arrival, no known type or no id")
    raw_context = event.context if bytes(event.context) != b"null" else logged.context
    properties = _object(event.properties)
    context = _object(raw_context)
    traits = _object(event.traits) or _inner(context, "traits")
    return (
        event_id,
        kind,
        event.event,
        text_of(event.userId),
        text_of(event.anonymousId),
        text_of(event.previousId),
        corrected_time(event, logged.sent_at, received),
        received,
        logged.source_id,
        msgspec.json.encode(traits).decode() if traits else None,
        _json(event.properties) if properties else None,
        _json(raw_context) if context else None,
        *_from_traits(traits),
        *_from_properties(properties),
        *_from_context(context, properties),
        offset,
    )


def _from_traits(traits: Mapping[str, Any]) -> tuple[Any, ...]:
    if not traits:
        return (None, None)
    email = _text(traits.get("email"))
    return (email.lower() if email else None, _text(traits.get("phone")))


def _from_properties(properties: Mapping[str, Any]) -> tuple[Any, ...]:
    get = properties.get
    return (
        _text(get("product_id")) or _text(get("sku")),
        _text(get("order_id")),
        _number(get("quantity")),
        _number(get("revenue")),
        _text(get("currency")),
        _text(get("query")),
        _text(get("campaign_id")),
        _text(get("message_id")),
    )


def _from_context(context: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Any, ...]:
    campaign = _inner(context, "campaign")
    return (
        _text(properties.get("path")) or _text(_inner(context, "page").get("path")),
        _text(campaign.get("source")),
        _text(campaign.get("medium")),
        _text(campaign.get("name")),
        _platform(context, properties),
    )


def _platform(context: Mapping[str, Any], properties: Mapping[str, Any]) -> str | None:
    """Return the platform as told, else as the device or the page tells it, else the channel."""
    told = _text(properties.get("platform")) or _text(context.get("platform"))
    if told:
        return told.lower()
    if str(_inner(context, "device").get("type", "")).lower() in ("ios", "android"):
        return "app"
    if context.get("page"):
        return "web"
    return _text(properties.get("channel"))


def _object(raw: msgspec.Raw) -> dict[str, Any]:
    value = _ANY.decode(raw)
    return value if isinstance(value, dict) else {}


def _inner(outer: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = outer.get(name)
    return value if isinstance(value, dict) else {}


def _json(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return text_of(value) if isinstance(value, str | int | float) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < _LARGEST_AMOUNT else None


def _aside(offset: int, body: bytes, logged: Logged) -> dict[str, Any]:
    return {
        "origin_line": offset,
        "reason": logged.rejected or "unreadable_item",
        "detail": logged.detail,
        "record": logged.record or body.decode(errors="replace"),
    }


def _unreadable(offset: int, body: bytes, detail: str) -> dict[str, Any]:
    return {
        "origin_line": offset,
        "reason": "unreadable_item",
        "detail": detail,
        "record": body.decode(errors="replace"),
    }
