"""A call's items as they go into the log: all at once where nothing is odd, else one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

import msgspec

from zhiyin.collect.edge.calls import Call, Item, without_key
from zhiyin.collect.events import (
    DEVICES,
    EARLIEST,
    KINDS,
    LATEST_AHEAD,
    LONGEST_MESSAGE_ID,
    Arrival,
    Context,
    Rejected,
    Text,
    accept_raw,
    batch_context,
    head_of,
    instant_of,
    missing_consent,
    rejected_body,
    text_of,
    unseen_record,
)

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_KINDS = frozenset(KINDS)
_YOUNGEST = -LATEST_AHEAD


class Anything(msgspec.Struct, gc=False):
    """Some JSON object, into which nobody looks."""


class Plain(msgspec.Struct, gc=False):
    """An event without oddities. What does not fit is looked at by `accept_raw`, field by field."""

    type: str | None = None
    userId: str | None = None
    anonymousId: str | None = None
    messageId: str | None = None
    event: str | None = None
    groupId: str | None = None
    previousId: str | None = None
    timestamp: Instant | None = None
    originalTimestamp: Instant | None = None
    sentAt: Instant | None = None
    properties: Anything | None = None
    traits: Anything | None = None
    context: Context | None = None


class PlainBatch(msgspec.Struct, gc=False):
    """A batch all of whose items are plain."""

    batch: list[Plain]


class Ids(msgspec.Struct, gc=False):
    """Whose event it is."""

    userId: Text = None
    anonymousId: Text = None


_BATCH = msgspec.json.Decoder(PlainBatch)
_SINGLE = msgspec.json.Decoder(Plain)
_IDS = msgspec.json.Decoder(Ids)


@dataclass
class Accepted:
    """Log items, the customer's key for each, and what was refused among them."""

    bodies: list[bytes] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def accepted(call: Call, arrival: Arrival, largest: int) -> Accepted:
    """Return every item of a call as it goes into the log, refused ones with their reason."""
    plain = _plain_items(call)
    taken = Accepted()
    if plain is None:
        for item in call.items:
            _take_odd(without_key(bytes(item), call.key), arrival, largest, taken)
    else:
        _Writer(arrival, largest, taken).take(call.items, plain)
    for one in call.unmapped:
        record = unseen_record(without_key(one.record, call.key), arrival)
        body = rejected_body(record, arrival, one.reason, one.detail)
        _refuse(Rejected(one.reason, one.detail, body), taken)
    return taken


def _plain_items(call: Call) -> Sequence[Plain] | None:
    """Return the items taken apart, or None if one of them is odd."""
    if call.content is None:
        return None
    try:
        if not call.content.isascii():
            call.content.decode()  # the decoder skips over the fields that it does not know
        if call.is_single:
            return [_SINGLE.decode(call.content)]
        return _BATCH.decode(call.content).batch
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class _Writer:
    """Writes plain items of one request; what they have in common is worked out once."""

    def __init__(self, arrival: Arrival, largest: int, taken: Accepted) -> None:
        self._arrival, self._largest, self._taken = arrival, largest, taken
        received = arrival.received_at
        sent = instant_of(arrival.sent_at)
        self._sent = received if sent is None else sent.replace(tzinfo=UTC)
        self._oldest = received - EARLIEST.replace(tzinfo=UTC)
        self._context = batch_context(arrival)
        self._is_device = arrival.source_type in DEVICES
        self._asks_context = bool(arrival.required_consents) or not self._is_device
        self._heads: dict[bool, dict[bool, bytes]] = {True: {}, False: {}}

    def take(self, items: Sequence[Item], plain: Sequence[Plain]) -> None:
        bodies, keys, heads = self._taken.bodies, self._taken.keys, self._heads
        largest, is_plain = self._largest, self._is_plain
        for raw, event in zip(items, plain, strict=True):
            if len(raw) <= largest and is_plain(event):
                lacks_sent, lacks_context = event.sentAt is None, event.context is None
                head = heads[lacks_sent].get(lacks_context)
                if head is None:
                    head = self._new_head(lacks_sent, lacks_context)
                bodies.append(b"".join((head, raw, b"}")))
                keys.append((event.userId or event.anonymousId or "").encode())
            else:
                _take_odd(bytes(raw), self._arrival, largest, self._taken)

    def _is_plain(self, event: Plain) -> bool:
        """Return whether `accept_raw` would take the event, and add nothing of its own to it."""
        if not _is_complete(event) or (self._context is not None and event.context is not None):
            return False
        if event.timestamp is not None and not self._may_be(event.timestamp, event.sentAt):
            return False
        original = event.originalTimestamp
        if original is not None and not self._may_be(original, event.sentAt):
            return False
        return not self._asks_context or self._has_usual_context(event)

    def _may_be(self, told: datetime, sent: datetime | None) -> bool:
        delay = (sent or self._sent) - told
        return _YOUNGEST <= delay <= self._oldest

    def _has_usual_context(self, event: Plain) -> bool:
        context = event.context or self._context
        if not self._is_device and context is not None and context.direct is not None:
            return False
        return missing_consent(context, self._arrival.required_consents) is None

    def _new_head(self, lacks_sent: bool, lacks_context: bool) -> bytes:
        arrival, parts = self._arrival, {}
        if lacks_sent and instant_of(arrival.sent_at) is not None:
            parts["sent_at"] = arrival.sent_at
        if lacks_context and arrival.context is not None:
            parts["context"] = arrival.context
        head = head_of(arrival, parts, has_address=self._is_device) + b',"event":'
        self._heads[lacks_sent][lacks_context] = head
        return head


def _is_complete(event: Plain) -> bool:
    # Written out, for it runs for every event: a call for each field would double its time.
    kind, user, message_id = event.type, event.userId, event.messageId
    if kind not in _KINDS or not message_id or len(message_id) > LONGEST_MESSAGE_ID:
        return False
    if message_id.isspace() or ((not user or user.isspace()) and not _has(event.anonymousId)):
        return False
    if kind == "track":
        name = event.event
        return bool(name) and not name.isspace()
    if kind == "group":
        return _has(event.groupId)
    return kind != "alias" or _has(event.previousId)


def _has(text: str | None) -> bool:
    return bool(text) and not text.isspace()


def _take_odd(raw: bytes, arrival: Arrival, largest: int, taken: Accepted) -> None:
    one = accept_raw(raw, arrival, largest)
    if isinstance(one, Rejected):
        _refuse(one, taken)
    else:
        taken.bodies.append(one)
        ids = _IDS.decode(raw)
        taken.keys.append((text_of(ids.userId) or text_of(ids.anonymousId) or "").encode())


def _refuse(one: Rejected, taken: Accepted) -> None:
    taken.rejected.append(one)
    taken.bodies.append(one.body)
    taken.keys.append(b"")
