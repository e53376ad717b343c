"""A plan made from observed traffic, and merged into one that people edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zhiyin.collect.plan.observing import MOST_VALUES, Observed, Shape
from zhiyin.collect.plan.schemas import DIALECT, compile_schema
from zhiyin.collect.plan.standard_events import reserved_types, title_of
from zhiyin.collect.plan.tracking_plan import PlannedEvent, TrackingPlan, slug


@dataclass(frozen=True)
class Inference:
    """How much must be seen before something counts as a rule.

    Attributes
    ----------
    required_from
        Share of events that have a property from which on it is required.
    type_from
        Share of a property's values from which on a type is allowed; rarer ones are `doubtful`.
    most_options
        Texts with at most so many distinct values are a closed list ...
    per_option
        ... if each was seen this often on average.
    has_limits
        Whether the least and the greatest number seen become limits.
    """

    required_from: float = 0.99
    type_from: float = 0.01
    most_options: int = 12
    per_option: int = 20
    has_limits: bool = False


@dataclass
class Generated:
    """A plan, and what was seen but not taken over: `(event's name, path, sentence)`."""

    plan: TrackingPlan
    doubtful: list[tuple[str, str, str]] = field(default_factory=list)


def generate(observed: Sequence[Observed], inference: Inference | None = None) -> Generated:
    """Return a plan that describes the traffic; the same traffic gives the same plan."""
    result = Generated(TrackingPlan())
    events: dict[str, PlannedEvent] = {}
    for one in observed:
        name = _free_name(slug(one.kind, one.event), events)
        writer = _SchemaWriter(one, inference or Inference())
        body = {"$schema": DIALECT, **writer.object_schema(one.content, ())}
        events[name] = PlannedEvent(
            name=name,
            kind=one.kind,
            event=one.event,
            title=title_of(one.kind, one.event),
            description="",
            owner="",
            enforce="flag",
            schema=compile_schema(body, f"events/{name}.json"),
        )
        result.doubtful += [(name, path, sentence) for path, sentence in writer.doubtful]
    result.plan = TrackingPlan(events=events)
    return result


def merge(existing: TrackingPlan, fresh: TrackingPlan) -> TrackingPlan:
    """Return the existing plan with the events and properties that only the fresh one knows.

    What the existing plan says stays as it is. A property is added to its schema unless the schema
    forbids further ones; it is never required of events that did without it.
    """
    known = existing.by_key()
    events = dict(existing.events)
    for event in fresh.events.values():
        mine = known.get(event.key)
        if mine is None:
            name = _free_name(event.name, events)
            events[name] = replace(event, name=name)
        else:
            body = _merged(mine.schema.body, event.schema.body)
            if body != mine.schema.body:
                schema = compile_schema(body, f"events/{mine.name}.json")
                events[mine.name] = replace(mine, schema=schema)
    return replace(existing, events=events)


class _SchemaWriter:
    """Turns the shapes of one event into its schema, and notes what does not fit."""

    def __init__(self, observed: Observed, inference: Inference) -> None:
        self._event = observed
        self._rules = inference
        self.doubtful: list[tuple[str, str]] = []

    def object_schema(self, shape: Shape, path: tuple[str, ...]) -> dict[str, Any]:
        """Return the schema of an object's members."""
        count = shape.types["object"]
        required = [
            name
            for name, member in sorted(shape.members.items())
            if member.seen >= self._rules.required_from * count
        ]
        members = {
            name: self.schema(member, (*path, name))
            for name, member in sorted(shape.members.items())
        }
        body: dict[str, Any] = {"type": "object", "properties": members}
        return {**body, "required": required} if required else body

    def schema(self, shape: Shape, path: tuple[str, ...]) -> dict[str, Any]:
        """Return the schema of the values at one place."""
        types = self._types(shape, path)
        body: dict[str, Any] = {"type": types[0] if len(types) == 1 else types} if types else {}
        if "object" in types and shape.members:
            inner = self.object_schema(shape, path)
            body |= {name: inner[name] for name in ("properties", "required") if name in inner}
        if "array" in types and shape.items is not None:
            body["items"] = self.schema(shape.items, (*path, "[]"))
        if "string" in types:
            body |= self._text_rules(shape, path, is_nullable="null" in types)
        if self._rules.has_limits and shape.low is not None and {"integer", "number"} & set(types):
            body |= {"minimum": shape.low, "maximum": shape.high}
        return body

    def _types(self, shape: Shape, path: tuple[str, ...]) -> list[str]:
        counts = dict(shape.types)
        if "number" in counts:
            counts["number"] += counts.pop("integer", 0)
        reserved = reserved_types(self._event.kind, self._event.event, path)
        seen = [kind for kind, n in _by_count(counts) if n >= self._rules.type_from * shape.seen]
        types = reserved + [kind for kind in seen if kind == "null"] if reserved else seen
        allowed = {*types, "integer"} if "number" in types else set(types)
        for kind, n in _by_count(counts):
            if kind not in allowed:
                share = f"{n / shape.seen:.1%}"
                said = f"{share} of the values are {kind}, the plan says {' or '.join(types)}"
                self.doubtful.append((_dotted(path), said))
        return types

    def _text_rules(
        self, shape: Shape, path: tuple[str, ...], *, is_nullable: bool
    ) -> dict[str, Any]:
        count = shape.types["string"]
        for name, n in sorted(shape.formats.items()):
            if n == count:
                return {"format": name}
        options = len(shape.values)
        is_closed = (
            0 < options <= min(self._rules.most_options, MOST_VALUES)
            and count >= self._rules.per_option * options
            and set(shape.types) <= {"string", "null"}
            and not path[-1].endswith(("id", "Id", "sku", "name", "url", "path", "coupon", "code"))
        )
        if not is_closed:
            return {}
        return {"enum": [*sorted(shape.values), *([None] if is_nullable else [])]}


def _merged(mine: Mapping[str, Any], fresh: Mapping[str, Any]) -> Mapping[str, Any]:
    new = fresh.get("properties")
    if not isinstance(new, Mapping) or mine.get("additionalProperties") is False:
        return mine
    old = mine.get("properties", {})
    if not isinstance(old, Mapping):
        return mine
    both: dict[str, Any] = {}
    for name, schema in old.items():
        is_inner = isinstance(schema, Mapping) and isinstance(schema.get("properties"), Mapping)
        both[name] = _merged(schema, new[name]) if is_inner and name in new else schema
    for name, schema in new.items():
        both.setdefault(name, schema)
    return mine if both == old else {**mine, "properties": both}


def _free_name(name: str, taken: Mapping[str, Any]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".[]", "[]")
