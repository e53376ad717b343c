"""One item of the event log, read as the loader reads many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from zhiyin.collect.api import TrafficRules
from zhiyin.identity.api import external_kind

Json = dict[str, Any]
EARLIEST_MS = 631_152_000_000  # 1990, as for the loader
DAY_MS = 86_400_000
LARGEST_AMOUNT = Decimal(10) ** 13
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLATFORMS = ("web", "app", "mini_program", "store")
BEHAVIOR = ("track", "page", "screen")
NAMES = {"page": "Page Viewed", "screen": "Screen Viewed"}
# Traits that are ids; the first of the names that has a value counts.
ID_TRAITS = {
    "email": ("email",), "phone": ("phone",), "unionid": ("unionid",), "openid": ("openid",),
    "card": ("member_card", "card_number"),
}  # fmt: skip


class Envelope(msgspec.Struct):
    """A logged item around the event as its sender wrote it."""

    source_id: str | None = None
    source_type: str | None = None
    received_at: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    sent_at: str | None = None
    type: str | None = None
    message_id: Any = None
    context: Any = None
    rejected: str | None = None
    event: Any = None


class Call(msgspec.Struct):
    """What one call says, under the names of `ods.events`.

    `ts_ms` is when it happened by our clock. `event` is None for calls that tell who somebody is.
    """

    kind: str
    source_id: str
    event_id: str
    ts_ms: int
    user_id: str | None
    anonymous_id: str | None
    previous_id: str | None
    event: str | None
    platform: str | None
    channel: str
    properties: Json
    traits: Json
    context: Json

    @property
    def key(self) -> str:
        """What tells the call from all others."""
        return f"{self.source_id}\x1f{self.event_id}"

    @property
    def content(self) -> Json:
        """What the tracking plan is about."""
        return self.traits if self.kind == "identify" else self.properties

    @property
    def visitor_id(self) -> str | None:
        """The typed id that the fact arrives with: the user's if there is one."""
        if self.user_id:
            return f"user:{self.user_id}"
        return f"anon:{self.anonymous_id}" if self.anonymous_id else None


_DECODER = msgspec.json.Decoder(Envelope)


def read_call(body: bytes, traffic: TrafficRules) -> Call | None:
    """Return the call in an item of the log; None if it is none, or no customer's.

    Reads what live profiles need the way `collect.loading.reading` reads it; what machines and our
    own people did is left out.
    """
    try:
        envelope = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    event = envelope.event
    if envelope.rejected or not isinstance(event, dict) or not envelope.source_id:
        return None
    received = milliseconds(envelope.received_at)
    kind = event.get("type") or envelope.type
    event_id = identifier(event.get("messageId")) or identifier(envelope.message_id)
    if received is None or event_id is None or kind not in (*BEHAVIOR, "identify", "alias"):
        return None
    context = object_of(envelope.context) or object_of(event.get("context"))
    properties = object_of(event.get("properties"))
    traits = object_of(event.get("traits")) or object_of(context.get("traits"))
    call = Call(
        kind=kind,
        source_id=envelope.source_id,
        event_id=event_id,
        ts_ms=happened(event, envelope, received),
        user_id=identifier(event.get("userId")),
        anonymous_id=identifier(event.get("anonymousId")),
        previous_id=identifier(event.get("previousId")),
        event=NAMES.get(kind) or text(event.get("event")) if kind in BEHAVIOR else None,
        platform=platform_of(envelope, properties, context),
        channel="",
        properties=properties,
        traits=traits,
        context=context,
    )
    call.channel = channel_of(call)
    return None if is_ours_or_bot(call, envelope, traffic) else call


def is_ours_or_bot(call: Call, envelope: Envelope, traffic: TrafficRules) -> bool:
    """Return whether a machine or one of our own people made the call."""
    address = identifier(call.context.get("ip")) or envelope.ip
    agent = text(call.context.get("userAgent")) or envelope.user_agent
    email = identifier(call.traits.get("email"))
    return bool(
        (call.user_id and traffic.is_internal_user(call.user_id))
        or (address and traffic.internal_networks and traffic.is_internal_address(address))
        or (email and traffic.is_internal_email(email))
        or (agent and traffic.is_bot(agent))
    )


def happened(event: Json, envelope: Envelope, received: int) -> int:
    """Return when a call was made by our clock: `received - (sent - told)`, if that may be."""
    stamp, original = event.get("timestamp"), event.get("originalTimestamp")
    told = milliseconds(stamp) or milliseconds(original)
    sent = milliseconds(event.get("sentAt")) or milliseconds(envelope.sent_at)
    if told is None:
        return received
    # Who gives both times has looked at the clock already.
    has_both = milliseconds(stamp) is not None and milliseconds(original) is not None
    ts_ms = told if sent is None or has_both else received - (sent - told)
    return ts_ms if EARLIEST_MS <= ts_ms <= received + DAY_MS else received


def channel_of(call: Call) -> str:
    """Return how somebody arrived: `utm_source`, else our own message's channel, else direct."""
    told = text(object_of(call.context.get("campaign")).get("source"))
    if told and told.strip():
        return told.strip().lower()
    event = call.event or ""
    if event == "Message Delivered":
        return call.platform or "webhook"
    is_email = event.startswith("Email ") or event == "Unsubscribed"
    return "email" if is_email or identifier(call.properties.get("campaign_id")) else "direct"


def platform_of(envelope: Envelope, properties: Json, context: Json) -> str | None:
    """Return the platform as told, else by the device, the source, the page or the channel."""
    told = text(properties.get("platform")) or text(context.get("platform"))
    if told:
        return told.lower()
    device = object_of(context.get("device")).get("type")
    page = object_of(context.get("page"))
    if isinstance(device, str) and device.lower() in ("ios", "android"):
        return "app"
    if envelope.source_type in PLATFORMS:
        return envelope.source_type
    is_page = page.get("path") is not None or page.get("url") is not None
    return "web" if is_page else text(properties.get("channel"))


def said_ids(call: Call) -> Iterator[tuple[str, str, str]]:
    """Yield kind of id, id and kind of evidence for each id that a call ties to its owner."""
    if call.kind == "alias":
        if call.previous_id:
            yield "anon", call.previous_id, "alias"
        return
    word = "identify" if call.kind == "identify" else "login"
    if call.user_id and call.anonymous_id:
        yield "anon", call.anonymous_id, word
    if call.kind == "identify":
        for kind, names in ID_TRAITS.items():
            value = next(
                (one for name in names if (one := identifier(call.traits.get(name)))), None
            )
            if value:
                yield kind, value, word
    yield from external_ids(call)


def external_ids(call: Call) -> Iterator[tuple[str, str, str]]:
    """Yield the same for each of a call's `externalIds` that is of a kind that we know."""
    listed = call.context.get("externalIds")
    for one in listed if isinstance(listed, list) else ():
        told = object_of(one)
        kind = external_kind(str(told.get("type")))
        value = identifier(told.get("id"))
        if kind and value:
            yield kind, value, "external_id"


def milliseconds(told: Any) -> int | None:
    """Return an ISO 8601 text as milliseconds since 1970; without an offset it is UTC."""
    if not isinstance(told, str) or not told:
        return None
    try:
        instant = datetime.fromisoformat(told)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return (aware - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None


def identifier(value: Any) -> str | None:
    """Return an id as text without blanks around it; None where there is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None if isinstance(value, str | int | float) else None


def text(value: Any) -> str | None:
    """Return a text as told; None where it is none, or empty."""
    return value or None if isinstance(value, str) else None


def object_of(value: Any) -> Json:
    """Return an object; an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def amount(value: Any) -> Decimal | None:
    """Return a number with four digits; None where there is none or it is beyond all sense."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    if not found.is_finite() or abs(found) >= LARGEST_AMOUNT:
        return None
    return found.quantize(Decimal("0.0001"))
