"""What can be asked of a funnel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.vocabulary import (
    COMPARISONS,
    INTERVALS,
    SPLITTING,
    Breakdown,
    Days,
    Span,
    Step,
    mapping,
    read_breakdown,
    read_choice,
    read_days,
    read_span,
    read_step,
    truth,
    whole,
)

ORDERS = ("ordered", "strict", "unordered")
ATTRIBUTIONS = ("first_touch", "last_touch", "all_events", "step")
REFERENCES = ("total", "previous")
MOST_STEPS = 20
MOST_EXCLUSIONS = 10
KEYS = (
    "steps", "order", "window", "days", "exclusions", "reference", "breakdown", "attribution",
    "attribution_step", "hold", "compare", "interval", "from_step", "to_step", "bins",
    "correlation",
)  # fmt: skip


@dataclass(frozen=True)
class Exclusion:
    """What ends an attempt when it happens between two steps, counted from 1."""

    step: Step
    after: int
    before: int


@dataclass(frozen=True)
class FunnelSpec:
    """A question about people who go through steps.

    An attempt begins on one of `days` and has all its steps within `window` of its first.

    order
        `ordered`: other events may lie between steps. `strict`: each step is the person's very
        next event. `unordered`: any order.
    reference
        What the main conversion rate of a step is a share of: those who entered (`total`), or those
        who reached the step before (`previous`).
    breakdown, attribution, attribution_step
        Split by a property of events: by its first known value along the attempt (`first_touch`),
        by its last (`last_touch`), by its value at one step (`step`), or by the value that all
        events of the attempt share (`all_events`).
    hold
        A property that must be the same at all steps of an attempt.
    from_step, to_step, bins
        Between which steps time is measured (`to_step` None: the last), in how many bins (0: as
        many as the cube root of the people, at most 60).
    compare
        Also ask of the days before (`previous`), or of the same days a year earlier (`year`).
    interval
        Also tell how conversion went over time, by when the attempt began.
    correlation
        Also tell which events and attributes mark those who convert.
    """

    steps: tuple[Step, ...]
    order: str = "ordered"
    window: Span = field(default_factory=lambda: Span(14, "day"))
    days: Days = field(default_factory=Days)
    exclusions: tuple[Exclusion, ...] = ()
    reference: str = "total"
    breakdown: Breakdown | None = None
    attribution: str = "first_touch"
    attribution_step: int | None = None
    hold: str | None = None
    compare: str | None = None
    interval: str | None = None
    from_step: int = 1
    to_step: int | None = None
    bins: int = 0
    correlation: bool = False


def read_funnel(written: Any) -> FunnelSpec:
    """Return the question that a mapping of plain values asks.

    Raises
    ------
    InvalidInput
        with the path of the mistake, the value and what is allowed.
    """
    body = mapping(written, "funnel", KEYS)
    steps = read_steps(body.get("steps"))
    spec = FunnelSpec(
        steps=steps,
        order=read_choice(body.get("order", "ordered"), "order", ORDERS),
        window=read_span(body.get("window", "14 days"), "window"),
        days=read_days(body.get("days"), "days"),
        exclusions=read_exclusions(body.get("exclusions") or [], len(steps)),
        reference=read_choice(body.get("reference", "total"), "reference", REFERENCES),
        breakdown=read_breakdown(body.get("breakdown"), "breakdown"),
        attribution=read_choice(
            body.get("attribution", "first_touch"), "attribution", ATTRIBUTIONS
        ),
        attribution_step=optional_step(body, "attribution_step", len(steps)),
        hold=optional_choice(body, "hold", SPLITTING),
        compare=optional_choice(body, "compare", COMPARISONS),
        interval=optional_choice(body, "interval", INTERVALS),
        from_step=optional_step(body, "from_step", len(steps)) or 1,
        to_step=optional_step(body, "to_step", len(steps)),
        bins=whole(body.get("bins", 0), "bins", lowest=0, highest=200),
        correlation=truth(body.get("correlation", False), "correlation"),
    )
    check(spec)
    return spec


def read_steps(written: Any) -> tuple[Step, ...]:
    """Return the steps, of which there are at least two."""
    if not isinstance(written, list | tuple) or not 2 <= len(written) <= MOST_STEPS:
        raise InvalidInput(f"steps: a funnel has 2 to {MOST_STEPS} steps, not {written!r}.")
    return tuple(read_step(one, f"steps[{place}]") for place, one in enumerate(written))


def read_exclusions(written: Any, steps: int) -> tuple[Exclusion, ...]:
    """Return what ends attempts; without numbers it holds between the first and the last step."""
    if not isinstance(written, list | tuple) or len(written) > MOST_EXCLUSIONS:
        raise InvalidInput(
            f"exclusions: needs a list of at most {MOST_EXCLUSIONS}, not {written!r}."
        )
    found = []
    for place, one in enumerate(written):
        path = f"exclusions[{place}]"
        body = dict(one) if isinstance(one, Mapping) else {"event": one}
        after = whole(body.pop("after", 1), f"{path}.after", lowest=1, highest=steps - 1)
        before = whole(body.pop("before", steps), f"{path}.before", lowest=after + 1, highest=steps)
        found.append(Exclusion(read_step(body, path), after, before))
    return tuple(found)


def optional_step(body: Mapping[str, Any], name: str, steps: int) -> int | None:
    """Return the number of a step, from 1; None where none is given."""
    if body.get(name) is None:
        return None
    return whole(body[name], name, lowest=1, highest=steps)


def optional_choice(body: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    """Return one of a few words; None where none is given."""
    return None if body.get(name) is None else read_choice(body[name], name, allowed)


def check(spec: FunnelSpec) -> None:
    """Raise where parts of a question contradict each other."""
    if spec.from_step >= (spec.to_step or len(spec.steps)):
        raise InvalidInput(
            f"from_step ({spec.from_step}) must come before to_step "
            f"({spec.to_step or len(spec.steps)})."
        )
    if spec.order != "ordered" and spec.exclusions:
        raise InvalidInput(
            "Exclusions lie between steps in order, so order must be ordered; a strict funnel "
            "excludes everything else already."
        )
    if spec.order == "unordered" and len(set(spec.steps)) < len(spec.steps):
        raise InvalidInput(
            "Two steps are the same, and one event would fulfil both; drop one, or choose ordered."
        )
    if any(one.step.first_ever for one in spec.exclusions):
        raise InvalidInput("first_ever belongs to steps; an exclusion is any event that fits.")
    if spec.attribution == "step" and spec.attribution_step is None:
        raise InvalidInput("attribution step needs attribution_step, a number from 1.")
    if spec.attribution == "all_events" and spec.hold is not None:
        raise InvalidInput(
            "all_events holds the breakdown's property already; leave hold out, or choose another "
            "attribution."
        )
