"""Logged items to columns: what a sender wrote, under the names of `ods.events`."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from zhiyin.collect.columns import cleaned
from zhiyin.collect.events import KINDS
from zhiyin.collect.loading.texts import LARGEST_AMOUNT, NO_TEXT, Member, filled_object, instant
from zhiyin.ports.functions import fingerprint, json_struct

ITEMS = ibis.table({"place": "int64", "body": "string"}, name="logged_items")

UNREADABLE = "unreadable_item"
# Kinds of source whose events happen on that platform; servers speak for others.
PLATFORMS = ("web", "app", "mini_program", "store")


def _fields(names: str, **inner: dt.Struct) -> dt.Struct:
    return dt.Struct({**dict.fromkeys(names.split(), dt.string), **inner})


EVENT = _fields(
    "type messageId userId anonymousId previousId groupId event name timestamp originalTimestamp "
    "sentAt properties traits context"
)
ENVELOPE = _fields(
    "source_id source_type received_at ip user_agent sent_at type message_id context rejected "
    "detail record",
    event=EVENT,
)
PROPERTIES = _fields(
    "product_id sku order_id quantity revenue currency query campaign_id message_id path url "
    "title referrer name platform channel"
)
CONTEXT = _fields(
    "ip userAgent locale platform groupId traits",
    page=_fields("path url title referrer"),
    campaign=_fields("source medium name content term"),
    library=_fields("name version"),
    device=_fields("type"),
    consent=_fields("categoryPreferences"),
)
TRAITS = _fields("email phone")
RECORD = _fields("type event")


# How each member is read; what is not named here stays the text that it is, or the JSON.
IDENTIFIERS = frozenset(
    (
        *("event_messageId", "message_id", "event_userId", "event_anonymousId"),
        *("event_previousId", "event_groupId", "context_groupId", "properties_product_id"),
        *("properties_sku", "properties_order_id", "properties_campaign_id"),
        *("properties_message_id", "traits_email", "traits_phone"),
    )
)
NUMBERS = frozenset(("properties_quantity", "properties_revenue"))
OBJECTS = frozenset(("context_consent_categoryPreferences",))
TIMES = frozenset(
    ("received_at", "sent_at", "event_timestamp", "event_originalTimestamp", "event_sentAt")
)


def read_items(items: ir.Table) -> ir.Table:
    """Return one row per item: the columns of an event, or the reason why it is none.

    `place` is the item's. Times are as told: `received_at`, `sent_at`, `original_time`; when the
    event happened by our clock is for the caller to say, from `told_time` and, where its clock is
    to be corrected, `told_at`. `quantity` and `revenue` are float64.
    `reason`, `detail` and `record` are null for events; `record` is null also where the whole item
    is the record. `key` is a fingerprint of source and event id.
    """
    # One step at a time, each only naming columns of the one before: nested in each other, the
    # same steps are ten times the SQL, which the engine would plan for longer than it runs.
    members = _members(_in_sections(_opened(items)))
    return _judged(_columns(_values(members)))


def _opened(items: ir.Table) -> ir.Table:
    opened = items.mutate(logged=json_struct(items.body, ENVELOPE))
    return opened.select("place", "body", **_flat(opened.logged, ENVELOPE, ""))


def _flat(struct: Any, fields: dt.Struct, prefix: str) -> dict[str, ir.Value]:
    flat: dict[str, ir.Value] = {}
    for name, kind in fields.items():
        if isinstance(kind, dt.Struct):
            flat |= _flat(struct[name], kind, f"{prefix}{name}_")
        else:
            flat[prefix + name] = struct[name]
    return flat


def _in_sections(opened: ir.Table) -> ir.Table:
    told = opened.mutate(
        properties=filled_object(opened.event_properties),
        context=filled_object(ibis.coalesce(opened.context, opened.event_context)),
        own_traits=filled_object(opened.event_traits),
    )
    read = told.mutate(
        in_properties=json_struct(told.properties, PROPERTIES),
        in_context=json_struct(told.context, CONTEXT),
        in_record=json_struct(told.record, RECORD),
    )
    in_context = Member(read.in_context["traits"], read.context, "$.traits")
    traits = ibis.coalesce(read.own_traits, in_context.object())
    known = read.mutate(traits=traits)
    return known.mutate(in_traits=json_struct(known.traits, TRAITS))


SECTIONS = {"properties": PROPERTIES, "context": CONTEXT, "traits": TRAITS, "record": RECORD}


def _members(read: ir.Table) -> ir.Table:
    """Return every member as a column of text, and the documents that could be read."""
    columns: dict[str, ir.Value] = {}
    for section, fields in SECTIONS.items():
        columns |= _flat(read[f"in_{section}"], fields, f"{section}_")
    for section in ("properties", "context", "traits"):
        is_read = read[f"in_{section}"].notnull()
        columns[section] = ibis.ifelse(is_read, read[section], NO_TEXT)
    flat = _names(ENVELOPE, "")
    return read.select("place", "body", *[name for name in flat if name != "context"], **columns)


def _names(fields: dt.Struct, prefix: str) -> dict[str, str]:
    """Return every member's column, and its path in its document."""
    names: dict[str, str] = {}
    for name, kind in fields.items():
        if isinstance(kind, dt.Struct):
            inner = _names(kind, f"{prefix}{name}_")
            names |= {column: f"{name}.{path}" for column, path in inner.items()}
        else:
            names[prefix + name] = name
    return names


def _values(members: ir.Table) -> ir.Table:
    """Return every member as what its column takes."""
    places = {column: ("body", path) for column, path in _names(ENVELOPE, "").items()}
    for section in ("properties", "context", "traits"):
        inner = _names(SECTIONS[section], f"{section}_")
        places |= {column: (section, path) for column, path in inner.items()}
    columns = {
        name: _value(name, Member(members[name], members[document], f"$.{path}"))
        for name, (document, path) in places.items()
        if name in IDENTIFIERS | NUMBERS | OBJECTS | TIMES
    }
    read = members.mutate(**columns)
    return read.mutate(**{name: cleaned(read[name]) for name in IDENTIFIERS})


def _value(name: str, member: Member) -> ir.Value:
    if name in IDENTIFIERS:
        return member.identifier()
    if name in NUMBERS:
        return member.number()
    return member.object() if name in OBJECTS else instant(member.value)


def _columns(read: ir.Table) -> ir.Table:
    first = _first_of(read)
    kind = ibis.coalesce(read.event_type, read.type)
    is_page = kind.isin(["page", "screen"])
    library, version = _text(read.context_library_name), _text(read.context_library_version)
    page_name = ibis.coalesce(_text(read.event_name), _text(read.properties_name))
    columns = {
        **first,
        "kind": kind,
        "event": _text(read.event_event),
        "email": read.traits_email.lower(),
        "page_name": ibis.ifelse(is_page, page_name, NO_TEXT),
        "quantity": _amount(read.properties_quantity),
        "revenue": _amount(read.properties_revenue),
        "library": ibis.ifelse(version.notnull(), library + "/" + version, library),
        "platform": _platform(read),
        "told_time": ibis.coalesce(read.event_timestamp, read.event_originalTimestamp),
        "told_at": _sent_with(read, first["sent_at"]),
    }
    kept = (
        "place",
        "properties",
        "context",
        "traits",
        "rejected",
        "detail",
        "record",
        "record_event",
        "record_type",
    )
    return read.select(*kept, **columns, has_event=_is_event(read))


def _sent_with(read: ir.Table, sent: ir.Value) -> ir.Value:
    """Return when the told time was sent, by the same clock; null if no clock needs correction.

    Who gives both times has looked at the clock already, or has set the time by hand.
    """
    has_both = read.event_timestamp.notnull() & read.event_originalTimestamp.notnull()
    return ibis.ifelse(has_both, ibis.null(sent.type()), sent)


# Each column's value is that of the first of these members that has one.
FIRST_OF = {
    "source_id": ("source_id",),
    "event_id": ("event_messageId", "message_id"),
    "user_id": ("event_userId",),
    "anonymous_id": ("event_anonymousId",),
    "previous_id": ("event_previousId",),
    "phone": ("traits_phone",),
    "received_at": ("received_at",),
    "sent_at": ("event_sentAt", "sent_at"),
    "original_time": ("event_originalTimestamp", "event_timestamp"),
    "group_id": ("event_groupId", "context_groupId"),
    "product_id": ("properties_product_id", "properties_sku"),
    "order_id": ("properties_order_id",),
    "currency": ("properties_currency",),
    "search_query": ("properties_query",),
    "campaign_id": ("properties_campaign_id",),
    "message_id": ("properties_message_id",),
    "page_path": ("properties_path", "context_page_path"),
    "page_url": ("properties_url", "context_page_url"),
    "page_title": ("properties_title", "context_page_title"),
    "referrer": ("properties_referrer", "context_page_referrer"),
    "utm_source": ("context_campaign_source",),
    "utm_medium": ("context_campaign_medium",),
    "utm_campaign": ("context_campaign_name",),
    "utm_content": ("context_campaign_content",),
    "utm_term": ("context_campaign_term",),
    "ip": ("context_ip", "ip"),
    "user_agent": ("context_userAgent", "user_agent"),
    "locale": ("context_locale",),
    "consent": ("context_consent_categoryPreferences",),
}


def _text(told: ir.Value) -> ir.Value:
    """Return a text as told, an empty one as none."""
    return told.nullif("")


def _first_of(read: ir.Table) -> dict[str, ir.Value]:
    def told(name: str) -> ir.Value:
        is_text = isinstance(read[name], ir.StringValue) and name not in IDENTIFIERS
        return _text(read[name]) if is_text else read[name]

    return {
        column: ibis.coalesce(*[told(name) for name in names]) if len(names) > 1 else told(names[0])
        for column, names in FIRST_OF.items()
    }


def _is_event(read: ir.Table) -> ir.BooleanValue:
    # Where no object stands, one engine gives no members and the other empty ones.
    names = ("type", "messageId", "userId", "anonymousId", "event")
    return ibis.coalesce(*[read[f"event_{name}"] for name in names]).notnull()


def _amount(number: ir.Value) -> ir.Value:
    return ibis.ifelse(number.abs() < LARGEST_AMOUNT, number, ibis.null("float64"))


def _platform(read: ir.Table) -> ir.Value:
    """Return the platform as told, else by the device, the source, the page or the channel."""
    told = ibis.coalesce(_text(read.properties_platform), _text(read.context_platform))
    device = read.context_device_type.lower()
    is_page = ibis.coalesce(read.context_page_path, read.context_page_url).notnull()
    return ibis.coalesce(
        told.lower(),
        ibis.ifelse(device.isin(["ios", "android"]), "app", NO_TEXT),
        ibis.ifelse(read.source_type.isin(list(PLATFORMS)), read.source_type, NO_TEXT),
        ibis.ifelse(is_page, "web", NO_TEXT),
        _text(read.properties_channel),
    )


def _judged(named: ir.Table) -> ir.Table:
    is_logged = named.source_id.notnull() & named.received_at.notnull()
    is_event = named.has_event & named.event_id.notnull() & named.kind.isin(list(KINDS))
    reason = ibis.cases(
        (~is_logged, UNREADABLE),
        (named.rejected.notnull(), named.rejected),
        (~is_event.fill_null(False), UNREADABLE),
        else_=NO_TEXT,
    )
    judged = named.mutate(reason=reason)
    is_aside = judged.reason.notnull()
    of_record = ibis.coalesce(named.event, named.record_event, named.record_type, named.kind)
    told = judged.mutate(
        detail=ibis.ifelse(is_aside, judged.detail, NO_TEXT),
        record=ibis.ifelse(is_aside, judged.record, NO_TEXT),
        event=ibis.ifelse(is_aside, of_record, judged.event),
        key=fingerprint(judged.source_id.fill_null(""), judged.event_id.fill_null("")),
    )
    return told.drop("rejected", "record_event", "record_type", "has_event")
