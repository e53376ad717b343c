"""Logged items as rows of `ods.events` and of the quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.collect.events import KINDS, Text, instant_of, text_of
from zhiyin.collect.tables import EVENTS, QUARANTINE
from zhiyin.collect.target_rows import in_order
from zhiyin.core.clock import epoch_milliseconds
from zhiyin.ports.event_log import Record

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
_FIELDS = tuple(EVENTS.columns)


@dataclass
class Unpacked:
    """A batch of log records, taken apart: event columns, and rows for the quarantine."""

    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _FIELDS})
    aside: list[dict[str, Any]] = field(default_factory=list)

    @property
    def events(self) -> int:
        return len(self.columns["event_id"])


def unpack(records: Sequence[Record]) -> Unpacked:
    """Return events as columns, and rejected or unreadable items with their reason."""
    result = Unpacked()
    for record in records:
        try:
            logged = _LOGGED.decode(record.body)
            if logged.rejected is not None or logged.event is None:
                result.aside.append(_aside(record, logged))
                continue
            row = _row(logged, logged.event)
        except (msgspec.DecodeError, ValueError, UnicodeDecodeError) as error:
            result.aside.append(_unreadable(record, str(error)))
            continue
        row["origin_line"] = record.offset
        for name, values in result.columns.items():
            values.append(row.get(name))
    return result


def event_table(columns: Mapping[str, list[Any]], load_id: int) -> pa.Table:
    """Return the columns as rows of `ods.events`."""
    count = len(columns["event_id"])
    schema = EVENTS.schema().to_pyarrow()
    arrays: dict[str, pa.Array] = {}
    for one in schema:
        if pa.types.is_decimal(one.type):
            numbers = pa.array(columns[one.name], pa.float64())
            arrays[one.name] = pc.round(numbers, one.type.scale).cast(one.type)
        else:
            arrays[one.name] = pa.array(columns[one.name], one.type)
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
    sent = instant_of(event.sentAt) or instant_of(sent_at)
    if sent is None:
        return original
    delay: timedelta = sent - original
    return received - delay


def _row(logged: Logged, event: Event) -> dict[str, Any]:
    received = instant_of(logged.received_at)
    kind = event.type or logged.type
    event_id = text_of(event.messageId) or logged.message_id
    if received is None or kind not in KINDS or event_id is None:
        raise ValueError("the item has no time of arrival, no known type or no id")
    raw_context = event.context if bytes(event.context) != b"null" else logged.context
    properties = _object(event.properties)
    context = _object(raw_context)
    traits = _object(event.traits) or _inner(context, "traits")
    at = corrected_time(event, logged.sent_at, received)
    return {
        "event_id": event_id,
        "kind": kind,
        "event": event.event,
        "user_id": text_of(event.userId),
        "anonymous_id": text_of(event.anonymousId),
        "previous_id": text_of(event.previousId),
        "event_time": at,
        "ts_ms": epoch_milliseconds(at),
        "received_at": received,
        "source_id": logged.source_id,
        "traits": msgspec.json.encode(traits).decode() if traits else None,
        "properties": _json(event.properties) if properties else None,
        "context": _json(raw_context) if context else None,
        **_from_traits(traits),
        **_from_properties(properties),
        **_from_context(context, properties),
    }


def _from_traits(traits: Mapping[str, Any]) -> dict[str, Any]:
    email = _text(traits.get("email"))
    return {"email": email.lower() if email else None, "phone": _text(traits.get("phone"))}


def _from_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "product_id": _text(properties.get("product_id")) or _text(properties.get("sku")),
        "order_id": _text(properties.get("order_id")),
        "quantity": _number(properties.get("quantity")),
        "revenue": _number(properties.get("revenue")),
        "currency": _text(properties.get("currency")),
        "search_query": _text(properties.get("query")),
        "campaign_id": _text(properties.get("campaign_id")),
        "message_id": _text(properties.get("message_id")),
    }


def _from_context(context: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    campaign = _inner(context, "campaign")
    page = _inner(context, "page")
    return {
        "page_path": _text(properties.get("path")) or _text(page.get("path")),
        "utm_source": _text(campaign.get("source")),
        "utm_medium": _text(campaign.get("medium")),
        "utm_campaign": _text(campaign.get("name")),
        "platform": _platform(context, properties),
    }


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
    return text_of(value) if isinstance(value, str | int | float) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < _LARGEST_AMOUNT else None


def _aside(record: Record, logged: Logged) -> dict[str, Any]:
    return {
        "origin_line": record.offset,
        "reason": logged.rejected or "unreadable_item",
        "detail": logged.detail,
        "record": logged.record or record.body.decode(errors="replace"),
    }


def _unreadable(record: Record, detail: str) -> dict[str, Any]:
    return {
        "origin_line": record.offset,
        "reason": "unreadable_item",
        "detail": detail,
        "record": record.body.decode(errors="replace"),
    }
