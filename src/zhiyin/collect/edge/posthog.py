"""PostHog's capture calls, in our vocabulary.

A `distinct_id` is a user's if the event says so or does not say: it is a device's if the event is
not identified (`$is_identified: false`, `$process_person_profile: false`), if it equals
`$device_id`, if it is the id that an `$identify` call leaves behind (`$anon_distinct_id`), or on
`$groupidentify`, which is about no person and mostly has a made-up id.
"""

from __future__ import annotations

from typing import Any

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
    mapped,
    text,
    unwrapped,
)
from zhiyin.collect.edge.segment import too_many

_PERSON = ("$set", "$set_once")


def read_posthog(request: Request, content: bytes, limits: Limits) -> Call:
    """Return a call of PostHog's libraries: an event, a list of them, or an object with a batch."""
    body = decoded(_json_in(request, content, limits))
    frame = body if isinstance(body, dict) else {}
    records = frame.get("batch") if "batch" in frame else body
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list):
        raise Refused(400, "no_batch", "A batch needs a list of events; send one.")
    key = text(frame.get("api_key")) or text(frame.get("token")) or _key_in(records)
    if len(records) > limits.items:
        return Call([], key=key, unmapped=[too_many(len(records), content, limits)])
    items, unmapped = mapped(records, event_of)
    sent_at = text(frame.get("sent_at")) or request.arguments().get("sent_at")
    return Call(items, key=key, sent_at=sent_at, unmapped=unmapped, is_single="batch" not in frame)


def event_of(record: Record) -> Record:
    """Return one of PostHog's events as one of ours."""
    name, properties = text(record.get("event")), inner(record, "properties")
    if name is None:
        raise NotMapped("no_event", "a PostHog event needs the name `event`")
    found = _by_name(name, record, properties)
    return given(
        messageId=text(record.get("uuid")) or text(properties.get("$insert_id")),
        timestamp=record.get("timestamp") or properties.get("timestamp"),
        context=_context(record, properties),
        **{**_ids(record, properties), **found},
    )


def _by_name(name: str, record: Record, properties: Record) -> dict[str, Any]:
    """Return what is special about the events that PostHog gives a meaning of its own."""
    if name in ("$identify", "$set"):
        return {"type": "identify", "traits": _traits(record, properties)}
    if name == "$create_alias":
        old = text(properties.get("distinct_id")) or text(record.get("distinct_id"))
        return {"type": "alias", "previousId": old, "userId": text(properties.get("alias"))}
    if name == "$groupidentify":
        key = text(properties.get("$group_key"))
        return {"type": "group", "groupId": key, "traits": inner(properties, "$group_set")}
    page = {
        "url": properties.get("$current_url"),
        "path": properties.get("$pathname"),
        "referrer": properties.get("$referrer"),
        "title": properties.get("title") or properties.get("$title"),
    }
    told = given(**page) | dict(properties)
    if name == "$pageview":
        return {"type": "page", "name": page["title"], "properties": told}
    if name == "$screen":
        return {"type": "screen", "name": properties.get("$screen_name"), "properties": told}
    return {"type": "track", "event": name, "properties": dict(properties)}


def _ids(record: Record, properties: Record) -> dict[str, str | None]:
    distinct = text(record.get("distinct_id")) or text(properties.get("distinct_id"))
    device = text(properties.get("$anon_distinct_id")) or text(properties.get("$device_id"))
    says_no = (
        record.get("event") == "$groupidentify"
        or properties.get("$is_identified") is False
        or properties.get("$process_person_profile") is False
    )
    if says_no or (distinct is not None and distinct == device):
        return {"anonymousId": distinct}
    return {"userId": distinct, "anonymousId": device}


def _traits(record: Record, properties: Record) -> dict[str, Any]:
    """Return what is set about the person; what is set only once gives way."""
    traits: dict[str, Any] = {}
    for name in reversed(_PERSON):
        traits |= inner(properties, name)
        traits |= inner(record, name)
    return traits


def _context(record: Record, properties: Record) -> dict[str, Any]:
    get = properties.get
    page = given(
        url=get("$current_url"),
        path=get("$pathname"),
        referrer=get("$referrer"),
        title=get("title") or get("$title"),
    )
    campaign = given(
        source=get("utm_source"),
        medium=get("utm_medium"),
        name=get("utm_campaign"),
        content=get("utm_content"),
        term=get("utm_term"),
    )
    return given(
        library=given(name=get("$lib"), version=get("$lib_version")),
        page=page,
        campaign=campaign,
        ip=get("$ip"),
        userAgent=get("$raw_user_agent") or get("$useragent"),
        locale=get("$browser_language") or get("$locale"),
        timezone=get("$timezone"),
        os=given(name=get("$os"), version=get("$os_version")),
        device=given(type=get("$device_type"), model=get("$device_model"), id=get("$device_id")),
        app=given(version=get("$app_version"), build=get("$app_build")),
        screen=given(width=get("$screen_width"), height=get("$screen_height")),
        traits=_traits(record, properties),
    )


def _json_in(request: Request, content: bytes, limits: Limits) -> bytes:
    """Return the JSON text: the body itself, or base64 in the field `data` of a form."""
    if content.lstrip()[:1] in (b"{", b"["):
        return content
    data = form_of(request, content).get("data")
    if not data:
        raise Refused(400, "invalid_json", "The body is neither JSON nor a form with `data`.")
    return unwrapped(data, limits.request)


def _key_in(records: list[Any]) -> str | None:
    first = records[0] if records and isinstance(records[0], dict) else {}
    found = text(first.get("api_key")) or text(first.get("token"))
    return found or text(inner(first, "properties").get("token"))
