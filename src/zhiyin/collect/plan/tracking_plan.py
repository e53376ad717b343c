"""A tracking plan: planned events, and what happens to those that are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiyin.collect.plan.schemas import EventSchema

LANGUAGES = ("zh-CN", "en")
KINDS = ("track", "identify", "page", "screen", "group")
ENFORCE = ("block", "flag", "off")
POLICIES = ("allow", "flag", "block")
# Calls whose content is the traits; the others' is the properties.
OF_TRAITS = ("identify", "group")

_NOT_A_WORD = re.compile(r"[^\w]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class PlannedEvent:
    """One expected event.

    Attributes
    ----------
    name
        Name of its schema file without the ending; unique in the plan.
    kind
        track | identify | page | screen | group. All but track have no event name: one entry
        stands for all calls of the kind.
    enforce
        block: what breaks the schema is set aside; flag: it is kept and counted; off: neither.
    """

    name: str
    kind: str
    event: str | None
    title: Mapping[str, str]
    description: str
    owner: str
    enforce: str
    schema: EventSchema

    @property
    def key(self) -> tuple[str, str | None]:
        """What tells which calls it is about."""
        return (self.kind, self.event)


@dataclass(frozen=True)
class TrackingPlan:
    """All expected events. The empty plan allows everything."""

    version: int = 0
    unknown_events: str = "allow"
    events: Mapping[str, PlannedEvent] = field(default_factory=dict)

    def by_key(self) -> dict[tuple[str, str | None], PlannedEvent]:
        """Return the events by what they are about."""
        return {event.key: event for event in self.events.values()}


def slug(kind: str, event: str | None) -> str:
    """Return the file name for an event, without ending.

    Examples
    --------
    >>> slug("track", "Order Completed")
    'order_completed'
    >>> slug("identify", None)
    'identify'
    >>> slug("track", "提交订单")
    '提交订单'
    """
    if event is None:
        return kind
    words = _NOT_A_WORD.sub("_", _HUMP.sub("_", event)).strip("_").lower()
    # An event named like a kind of call must not share its file.
    return f"{words or 'event'}_event" if words in KINDS or not words else words[:80]


def plan_row(event: PlannedEvent) -> dict[str, Any]:
    """Return an entry as it stands in plan.yaml."""
    about = {"event": event.event} if event.kind == "track" else {"kind": event.kind}
    row = {
        **about,
        "title": dict(event.title),
        "description": event.description,
        "owner": event.owner,
        "enforce": event.enforce,
        "file": f"events/{event.name}.json",
    }
    return {name: value for name, value in row.items() if value}
