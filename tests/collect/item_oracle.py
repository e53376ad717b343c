"""Logged items read by a plain loop: what the loader must make of each of them."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

KINDS = ("identify", "track", "page", "screen", "group", "alias")
TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?"
    r" ?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
NUMBER = re.compile(r" *[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})? *", re.ASCII)
BLANKS = " \t\n\r\v\f"


def row_of(body: bytes) -> dict[str, Any] | str:
    """Return an item's columns, or the reason why it is no event."""
    try:
        logged = json.loads(body.decode())
    except ValueError:
        return "unreadable_item"
    logged = logged if isinstance(logged, dict) else {}
    received = instant(logged.get("received_at"))
    source = text(logged.get("source_id"))
    if received is None or source is None:
        return "unreadable_item"
    if logged.get("rejected") is not None:
        return logged["rejected"]
    event = logged.get("event")
    event = event if isinstance(event, dict) else {}
    kind = first(shown(event.get("type")), shown(logged.get("type")))
    event_id = first(identifier(event.get("messageId")), identifier(logged.get("message_id")))
    ids = [identifier(event.get(name)) for name in ("messageId", "userId", "anonymousId")]
    is_event = first(event.get("type"), event.get("event"), *ids) is not None
    if not is_event or event_id is None or kind not in KINDS:
        return "unreadable_item"
    properties = filled(event.get("properties"))
    context = filled(first(logged.get("context"), event.get("context")))
    traits = filled(event.get("traits")) or filled(context.get("traits"))
    sent = first(instant(event.get("sentAt")), instant(logged.get("sent_at")))
    told, original = instant(event.get("timestamp")), instant(event.get("originalTimestamp"))
    is_final = told is not None and original is not None
    return {
        "source_id": source, "event_id": event_id, "kind": kind, "event": text(event.get("event")),
        "user_id": identifier(event.get("userId")),
        "anonymous_id": identifier(event.get("anonymousId")),
        "previous_id": identifier(event.get("previousId")),
        "received_at": received, "sent_at": sent, "original_time": first(original, told),
        "event_time": happened(received, None if is_final else sent, first(told, original)),
        "email": lower(identifier(traits.get("email"))), "phone": identifier(traits.get("phone")),
        **of_page(kind, event, properties, context), **of_order(properties),
        **of_device(logged, properties, context),
        "group_id": first(identifier(event.get("groupId")), identifier(context.get("groupId"))),
        "properties": properties or None, "traits": traits or None, "context": context or None,
    }  # fmt: skip


def of_page(kind: str, event: dict, properties: dict, context: dict) -> dict[str, Any]:
    page = inner(context, "page")
    columns = {
        f"page_{name}": first(text(properties.get(name)), text(page.get(name)))
        for name in ("path", "url", "title")
    }
    name = first(text(event.get("name")), text(properties.get("name")))
    return {
        **columns,
        "referrer": first(text(properties.get("referrer")), text(page.get("referrer"))),
        "page_name": name if kind in ("page", "screen") else None,
    }


def of_order(properties: dict) -> dict[str, Any]:
    get = properties.get
    return {
        "product_id": first(identifier(get("product_id")), identifier(get("sku"))),
        "order_id": identifier(get("order_id")),
        "quantity": amount(get("quantity")), "revenue": amount(get("revenue")),
        "currency": text(get("currency")), "search_query": text(get("query")),
        "campaign_id": identifier(get("campaign_id")), "message_id": identifier(get("message_id")),
    }  # fmt: skip


def of_device(logged: dict, properties: dict, context: dict) -> dict[str, Any]:
    campaign, library = inner(context, "campaign"), inner(context, "library")
    name, version = text(library.get("name")), text(library.get("version"))
    consent = inner(context, "consent").get("categoryPreferences")
    return {
        "utm_source": text(campaign.get("source")), "utm_medium": text(campaign.get("medium")),
        "utm_campaign": text(campaign.get("name")), "utm_content": text(campaign.get("content")),
        "utm_term": text(campaign.get("term")),
        "ip": first(text(context.get("ip")), text(logged.get("ip"))),
        "user_agent": first(text(context.get("userAgent")), text(logged.get("user_agent"))),
        "library": f"{name}/{version}" if name and version else name,
        "locale": text(context.get("locale")),
        "consent": (consent or None) if isinstance(consent, dict) else None,
        "platform": platform(logged, properties, context),
    }  # fmt: skip


def platform(logged: dict, properties: dict, context: dict) -> str | None:
    page = inner(context, "page")
    device = shown(inner(context, "device").get("type")) or ""
    told = first(text(properties.get("platform")), text(context.get("platform")))
    source = logged.get("source_type")
    return first(
        lower(told),
        "app" if device.lower() in ("ios", "android") else None,
        source if source in ("web", "app", "mini_program", "store") else None,
        "web" if page.get("path") is not None or page.get("url") is not None else None,
        text(properties.get("channel")),
    )


def happened(received: datetime, sent: datetime | None, original: datetime | None) -> datetime:
    if original is None:
        return received
    try:
        time = original if sent is None else received - (sent - original)
    except OverflowError:
        return received
    is_plausible = datetime(1990, 1, 1) <= time <= received + timedelta(days=1)
    return time if is_plausible else received


def first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def lower(value: str | None) -> str | None:
    return None if value is None else value.lower()


def shown(value: Any) -> str | None:
    """Return whatever stands there as text, objects as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def text(value: Any) -> str | None:
    return shown(value) or None


def identifier(value: Any) -> str | None:
    if value is None or isinstance(value, bool | dict | list):
        return None
    if isinstance(value, float):
        return shown(int(value)) if value.is_integer() else shown(value)
    return str(value).strip(BLANKS) or None


def filled(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def inner(outer: dict, name: str) -> dict:
    return filled(outer.get(name))


def amount(value: Any) -> Decimal | None:
    told = shown(value)
    if told is None or not NUMBER.fullmatch(told) or not abs(float(told)) < 1e13:
        return None
    return Decimal(float(told)).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def instant(value: Any) -> datetime | None:
    found = TIME.fullmatch(shown(value) or "")
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    micros = int(((fraction or "") + "000000")[:6])
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            micros,
        )  # fmt: skip
    except ValueError:
        return None
    if offset in (None, "Z"):
        return local
    sign = -1 if offset[0] == "-" else 1
    minutes = int(offset[1:3]) * 60 + int(offset[-2:] if len(offset) > 3 else 0)
    return local - sign * timedelta(minutes=minutes)
