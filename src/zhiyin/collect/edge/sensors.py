"""Sensors Data's (神策) records, in our vocabulary.

| record | event |
|---|---|
| `track` | track; `$pageview` and the view events of apps and mini-programs: page, screen |
| `track_signup`, `track_id_bind` | identify: the ids belong to one person |
| `profile_set`, `profile_set_once` | identify with traits |
| `profile_unset` | identify with null traits |
| `profile_increment`, `profile_append`, `profile_delete` | track: `Profile Incremented` and so on |

Event names cannot have spaces there: a name that is a standard event's but for spaces, underscores
and capitals (`OrderCompleted`, `order_completed`) becomes that event's (`Order Completed`).

The user id is the log-in id (`$identity_login_id`, `login_id`, or `distinct_id` where
`$is_login_id` is true); other ids are a device's or a mini-program's.
"""

from __future__ import annotations

from typing import Any

import msgspec

from zhiyin.collect.edge.calls import Call
from zhiyin.collect.edge.exchange import Refused, Request
from zhiyin.collect.edge.limits import Limits
from zhiyin.collect.edge.mapping import (
    NotMapped,
    Record,
    decoded,
    form_of,
    given,
    inner,
    instant,
    mapped,
    text,
    unwrapped,
)
from zhiyin.collect.edge.segment import too_many
from zhiyin.core.ids import stable_digest

LOGIN = "$identity_login_id"
# Ids of devices and of mini-programs, the surest first.
DEVICE_IDS = (
    "$identity_anonymous_id",
    "$identity_mp_id",
    "$identity_mp_openid",
    "$identity_ali_mp_id",
    "$identity_baidu_mp_id",
    "$identity_byte_mp_id",
    "$identity_feishu_mp_id",
    "$identity_taobao_uuid",
    "$identity_xhs_mp_id",
    "$identity_cookie_id",
    "$identity_android_uuid",
    "$identity_idfv",
    "$identity_ios_uuid",
    "$identity_distinct_id",
)
PAGES = ("$pageview", "$MPViewScreen", "$WebPageView")
SCREENS = ("$AppViewScreen",)
CHANGES = {
    "profile_increment": "Profile Incremented",
    "profile_append": "Profile Appended",
    "profile_delete": "Profile Deleted",
}
BINDINGS = ("track_signup", "track_id_bind")
STANDARD_EVENTS = (
    "Products Searched", "Product List Viewed", "Product List Filtered", "Promotion Viewed",
    "Promotion Clicked", "Product Clicked", "Product Viewed", "Product Added", "Product Removed",
    "Cart Viewed", "Checkout Started", "Checkout Step Viewed", "Checkout Step Completed",
    "Payment Info Entered", "Order Updated", "Order Completed", "Order Refunded",
    "Order Cancelled", "Coupon Entered", "Coupon Applied", "Coupon Denied", "Coupon Removed",
    "Product Added to Wishlist", "Product Removed from Wishlist",
    "Wishlist Product Added to Cart", "Product Shared", "Cart Shared", "Product Reviewed",
)  # fmt: skip
_BY_BARE_NAME = {name.replace(" ", "").lower(): name for name in STANDARD_EVENTS}


def read_sensors(request: Request, content: bytes, limits: Limits) -> Call:
    """Return a call of Sensors' libraries: JSON, or a form with `data` or `data_list`."""
    if content.lstrip()[:1] in (b"{", b"["):
        raw, fields = content, {}
    else:
        fields = form_of(request, content)
        data = fields.get("data_list") or fields.get("data")
        if not data:
            raise Refused(400, "no_data", "The form needs `data` or `data_list`; send one.")
        raw = unwrapped(data, limits.request)
    body = decoded(raw)
    records = body if isinstance(body, list) else [body]
    key = fields.get("token") or _key_in(records)
    if len(records) > limits.items:
        return Call([], key=key, unmapped=[too_many(len(records), raw, limits)])
    items, unmapped = mapped(records, event_of)
    return Call(items, key=key, unmapped=unmapped)


def event_of(record: Record) -> Record:
    """Return one of Sensors' records as one of our events."""
    kind, properties = text(record.get("type")), inner(record, "properties")
    if kind is None:
        raise NotMapped("unknown_type", "a record needs a `type` such as track or profile_set")
    ids = _ids(record, properties)
    return given(
        **ids,
        messageId=_message_id(record),
        timestamp=instant(record.get("time")),
        sentAt=instant(record.get("_flush_time")),
        context=_context(record, properties),
        **_by_kind(kind, record, properties),
    )


def _by_kind(kind: str, record: Record, properties: Record) -> dict[str, Any]:
    if kind in BINDINGS:
        return {"type": "identify", "traits": _contacts(record), "properties": dict(properties)}
    if kind in ("profile_set", "profile_set_once"):
        return {"type": "identify", "traits": {**_contacts(record), **_traits(properties)}}
    if kind == "profile_unset":
        return {"type": "identify", "traits": dict.fromkeys(_traits(properties))}
    if kind in CHANGES:
        return {"type": "track", "event": CHANGES[kind], "properties": dict(properties)}
    if kind.startswith("track"):
        return _tracked(text(record.get("event")), properties)
    raise NotMapped("unknown_type", f"type {kind!r} of a Sensors record")


def _tracked(name: str | None, properties: Record) -> dict[str, Any]:
    page = _page(properties)
    if name in PAGES:
        return {"type": "page", "name": page.get("title"), "properties": {**page, **properties}}
    if name in SCREENS:
        shown = properties.get("$title") or properties.get("$screen_name")
        return {"type": "screen", "name": shown, "properties": dict(properties)}
    bare = (name or "").replace("_", "").replace(" ", "").lower()
    event = _BY_BARE_NAME.get(bare, name)
    return {"type": "track", "event": event, "properties": dict(properties)}


def _traits(properties: Record) -> dict[str, Any]:
    """Return a profile's fields; the name has a dollar sign there, and one field is no trait."""
    return {
        "name" if field == "$name" else field: value
        for field, value in properties.items()
        if field != "$is_login_id"
    }


def _ids(record: Record, properties: Record) -> dict[str, str | None]:
    identities = inner(record, "identities")
    distinct, original = text(record.get("distinct_id")), text(record.get("original_id"))
    user = text(identities.get(LOGIN)) or text(record.get("login_id"))
    if user is None and (properties.get("$is_login_id") is True or _signs_up(record)):
        user = distinct
    known = (text(identities.get(name)) for name in DEVICE_IDS)
    device = text(record.get("anonymous_id")) or original or next(filter(None, known), None)
    if device is None and distinct != user:
        device = distinct
    return {"userId": user, "anonymousId": device}


def _signs_up(record: Record) -> bool:
    return record.get("type") == "track_signup"


def _message_id(record: Record) -> str:
    """Return an id that a record keeps when it is sent again.

    `_track_id` is a random number for each record, too short to be unique by itself; without it
    the record itself is its id, but for when it was sent.
    """
    number = text(record.get("_track_id"))
    if number is None:
        kept = {name: value for name, value in record.items() if name != "_flush_time"}
        return stable_digest(msgspec.json.encode(kept, order="sorted").decode())[:32]
    names = ("distinct_id", "time", "type", "event")
    return stable_digest(number, *(text(record.get(name)) or "" for name in names))[:32]


def _contacts(record: Record) -> dict[str, Any]:
    """Return what the ids say about how to reach the person."""
    identities = inner(record, "identities")
    return given(
        email=text(identities.get("$identity_email")),
        phone=text(identities.get("$identity_mobile")),
    )


def _page(properties: Record) -> dict[str, Any]:
    get = properties.get
    return given(
        url=get("$url"),
        path=get("$url_path"),
        referrer=get("$referrer"),
        title=get("$title"),
        search=get("$url_query"),
    )


def _context(record: Record, properties: Record) -> dict[str, Any]:
    lib, get = inner(record, "lib"), properties.get
    return given(
        library=given(
            name=lib.get("$lib") or get("$lib"),
            version=lib.get("$lib_version") or get("$lib_version"),
        ),
        page=_page(properties),
        campaign=given(
            source=get("$utm_source"),
            medium=get("$utm_medium"),
            name=get("$utm_campaign"),
            content=get("$utm_content"),
            term=get("$utm_term"),
        ),
        ip=get("$ip"),
        userAgent=get("$user_agent"),
        os=given(name=get("$os"), version=get("$os_version")),
        device=given(manufacturer=get("$manufacturer"), model=get("$model")),
        app=given(name=get("$app_name"), version=lib.get("$app_version") or get("$app_version")),
        screen=given(width=get("$screen_width"), height=get("$screen_height")),
        externalIds=[
            {"id": found, "type": name.removeprefix("$identity_"), "collection": "users"}
            for name, value in inner(record, "identities").items()
            if (found := text(value))
        ],
    )


def _key_in(records: list[Any]) -> str | None:
    first = records[0] if records and isinstance(records[0], dict) else {}
    return text(first.get("token"))
