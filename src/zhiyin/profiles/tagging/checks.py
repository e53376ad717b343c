"""What looks doubtful about tag definitions, held against what the warehouse holds."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhiyin.profiles.conditions import leaves
from zhiyin.profiles.tagging.definitions import TagDefinition
from zhiyin.profiles.tagging.facts import FACTS
from zhiyin.profiles.tagging.reads import asked_of, event_names, events_of

FACTS_OF_EVENTS = {"Order Completed": "orders", "Order Refunded": "refunds"}
NEAREST = 3


@dataclass(frozen=True)
class Doubt:
    """Something doubtful about a tag: a stable code, and what it is about."""

    tag: str
    code: str
    detail: Mapping[str, object]

    def sentence(self) -> str:
        """Return it in words."""
        return SENTENCES[self.code].format(tag=self.tag, **self.detail)


SENTENCES = {
    "unknown_event": "The tag {tag!r} asks for the event {event!r}, which was never seen; "
    "nearest: {nearest}.",
    "long_window": "The tag {tag!r} looks back {days:g} days, but {facts} reach back only "
    "{history:g}; it sees what there is.",
    "no_facts": "The tag {tag!r} counts {facts}, of which there are none yet; nobody has it.",
}


def warnings(
    definitions: Mapping[str, TagDefinition],
    *,
    events: Collection[str],
    oldest: Mapping[str, datetime | None],
    as_of: datetime,
) -> list[Doubt]:
    """Return what is doubtful about tags.

    Parameters
    ----------
    events : the names of all events seen.
    oldest : the oldest instant of each kind of facts; None where there are none.
    """
    found: list[Doubt] = []
    for name, definition in definitions.items():
        asked = {event for leaf in leaves(definition.where) for event in event_names(leaf)}
        asked |= {event for one in asked_of(definition) for event in events_of(one)}
        for event in sorted(asked - set(events) - set(FACTS_OF_EVENTS)):
            nearest = difflib.get_close_matches(event, sorted(events), NEAREST, 0.4)
            detail = {"event": event, "nearest": ", ".join(nearest) or "none"}
            found.append(Doubt(name, "unknown_event", detail))
        found += windows(name, definition, oldest, as_of)
    return found


def windows(
    name: str,
    definition: TagDefinition,
    oldest: Mapping[str, datetime | None],
    as_of: datetime,
) -> Iterator[Doubt]:
    """Yield a warning for each kind of facts that is shorter than a tag's window, or empty."""
    told = set()
    for of, days in spans(definition):
        first = oldest.get(of)
        if of in told or of not in FACTS:
            continue
        if first is None:
            told.add(of)
            yield Doubt(name, "no_facts", {"facts": of})
        elif days is not None and as_of - timedelta(days=days) < first:
            told.add(of)
            history = (as_of - first) / timedelta(days=1)
            detail = {"days": days, "facts": of, "history": round(history, 1)}
            yield Doubt(name, "long_window", detail)


def spans(definition: TagDefinition) -> Iterator[tuple[str, float | None]]:
    """Yield each kind of facts that a tag counts and how many days back."""
    for asked in asked_of(definition):
        yield asked.of, asked.within_days
    for leaf in leaves(definition.where):
        window = getattr(leaf, "window", None)
        for event in event_names(leaf):
            yield FACTS_OF_EVENTS.get(event, "events"), window.within_days if window else None
