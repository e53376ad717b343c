"""Reads conditions about what people did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.condition_values import (
    comparisons,
    count,
    instant,
    length,
    only_keys,
    operand,
    required,
    text,
)
from zhiyin.profiles.conditions import (
    ALWAYS,
    Comparison,
    Condition,
    Deed,
    Did,
    Filter,
    Occurred,
    Sequence,
    Step,
    Sum,
    Window,
)
from zhiyin.profiles.deeds import Property, fact_kind

WITHIN = ("within_days", "within_hours", "within_minutes")
WINDOW = (*WITHIN, "after", "before")
HOURS_PER = {"within_hours": 24, "within_minutes": 24 * 60}
MOST_STEPS = 6


def read_did(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `did: event` with its bounds, window and filters."""
    bounds = ("at_least", "at_most", "sum", "since", *WINDOW)
    deed = read_deed(written, "did", path, bounds)
    at_least = count(written.get("at_least", 1), f"{path}.at_least", lowest=0)
    at_most = written.get("at_most")
    if at_most is not None and count(at_most, f"{path}.at_most", lowest=0) < at_least:
        raise InvalidInput(
            f"{path}.at_most: {at_most} is below at_least ({at_least}); "
            f"for people who never did it, write not: {{did: {deed.event}}}."
        )
    since = written.get("since")
    return Did(
        deed,
        at_least=at_least,
        at_most=at_most,
        window=read_window(written, path),
        sum=read_sum(written["sum"], deed.event, f"{path}.sum") if "sum" in written else None,
        since=None if since is None else read_inner_deed(since, f"{path}.since"),
    )


def read_occurred(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `first_did` or `last_did` with a window or `older_than_days`."""
    key = "first_did" if "first_did" in written else "last_did"
    deed = read_deed(written, key, path, (*WINDOW, "older_than_days"))
    window = read_window(written, path)
    older = written.get("older_than_days")
    if older is not None:
        length(older, f"{path}.older_than_days")
    if window == ALWAYS and older is None:
        raise InvalidInput(
            f"{path}: {key} needs when: one of {', '.join((*WINDOW, 'older_than_days'))}."
        )
    return Occurred(key.removesuffix("_did"), deed, window, older)


def read_sequence(written: dict[str, Any], path: str, depth: int) -> Condition:
    """Read `sequence: [step, step, …]` with a window over all of it."""
    only_keys(written, ("sequence", *WINDOW), path)
    steps = written["sequence"]
    if not isinstance(steps, list | tuple) or not 2 <= len(steps) <= MOST_STEPS:
        raise InvalidInput(
            f"{path}.sequence: needs a list of 2 to {MOST_STEPS} steps such as "
            f"{{did: Product Viewed}}, not {steps!r}."
        )
    read = (read_step(step, f"{path}.sequence[{n}]", n) for n, step in enumerate(steps))
    return Sequence(tuple(read), read_window(written, path))


def read_step(written: Any, path: str, place: int) -> Step:
    """Read one step; only later ones are bound to the step before them."""
    check_mapping(written, path)
    bound = (*WITHIN, "without") if place else ()
    deed = read_deed(written, "did", path, bound)
    without = written.get("without")
    return Step(
        deed,
        read_within(written, path),
        None if without is None else read_inner_deed(without, f"{path}.without"),
    )


def read_inner_deed(written: Any, path: str) -> Deed:
    """Read `{did: event, …filters}` where it stands below something else."""
    check_mapping(written, path)
    return read_deed(written, "did", path, ())


def check_mapping(written: Any, path: str) -> None:
    """Raise where no mapping with `did` stands."""
    if not isinstance(written, Mapping) or "did" not in written:
        raise InvalidInput(f"{path}: must be such as {{did: Product Viewed}}, not {written!r}.")


def read_deed(written: Mapping[str, Any], key: str, path: str, beside: tuple[str, ...]) -> Deed:
    """Read an event's name under a key, and the filters next to it."""
    event = text(written[key], f"{path}.{key}")
    properties = fact_kind(event).properties
    for name in written:
        if name not in (key, *beside, *properties):
            raise InvalidInput(
                f"{path}.{name}: {event!r} can be filtered by {', '.join(properties)}; "
                f"also allowed here: {', '.join(beside) or 'nothing'}."
            )
    return Deed(
        event,
        tuple(
            Filter(name, read_filter(written[name], one, f"{path}.{name}"))
            for name, one in properties.items()
            if name in written
        ),
    )


def read_filter(written: Any, one: Property, path: str) -> tuple[Comparison, ...]:
    """Read what a property has to pass: a value, a list of values, or comparisons."""
    if isinstance(written, Mapping):
        told = comparisons({"": one.kind, **written}, "", path, kind=one.kind)
        return required(told, path, "a filter")
    operator = "one_of" if isinstance(written, list | tuple) else "equals"
    return (Comparison(operator, operand(written, operator, one.kind, path)),)


def read_sum(written: Any, event: str, path: str) -> Sum:
    """Read `sum: {of: amount, at_least: 100}`; `of` may be left out where there is one measure."""
    measures = tuple(fact_kind(event).measures)
    if not isinstance(written, Mapping):
        raise InvalidInput(
            f"{path}: must be such as {{of: {measures[0]}, at_least: 100}}, not {written!r}."
        )
    measure = written.get("of", measures[0])
    if measure not in measures:
        raise InvalidInput(
            f"{path}.of: {event!r} has no {measure!r} to add up; known: {', '.join(measures)}."
        )
    told = comparisons({"of": measure, **written}, "of", path, kind="number")
    return Sum(measure, required(told, path, "sum"))


def read_window(written: Mapping[str, Any], path: str) -> Window:
    """Read the bounds of time that stand in a node."""
    after, before = (
        instant(written[name], f"{path}.{name}") if written.get(name) is not None else None
        for name in ("after", "before")
    )
    if after is not None and before is not None and after >= before:
        raise InvalidInput(f"{path}.before: {before} is not later than after ({after}).")
    return Window(read_within(written, path), after, before)


def read_within(written: Mapping[str, Any], path: str) -> float | None:
    """Read `within_days`, `within_hours` or `within_minutes`, as days."""
    told = [name for name in WITHIN if written.get(name) is not None]
    if len(told) > 1:
        raise InvalidInput(f"{path}: {' and '.join(told)} stand together; keep one of them.")
    if not told:
        return None
    value = length(written[told[0]], f"{path}.{told[0]}", told[0].removeprefix("within_"))
    return value / HOURS_PER[told[0]] if told[0] in HOURS_PER else value
