"""What can be asked of paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhiyin.core.errors import InvalidInput
from zhiyin.insights.behavior.funnel_spec import FunnelSpec, read_funnel
from zhiyin.insights.behavior.vocabulary import (
    Days,
    Span,
    mapping,
    read_choice,
    read_days,
    read_span,
    whole,
)

ITEMS = ("event", "page", "category", "channel", "platform", "product_id")
PLACES = ("before", "between", "after")
KEYS = (
    "days", "item", "start", "end", "steps", "links", "include", "exclude", "groups",
    "replacements", "at_least", "at_most", "gap", "funnel", "funnel_step", "funnel_place",
)  # fmt: skip
MOST_PATTERNS = 50
MOST_STARS = 10


@dataclass(frozen=True)
class PathsSpec:
    """A question about the ways that people take through events.

    item
        What a path is made of: names of events, `page` (the path of a page that was viewed, the
        name of any other event), or a property; events without it are left out.
    start, end
        The item that a path begins with, the one that it stops at.
    steps, links
        Most items of a path, and most links of the answer.
    include, exclude
        Events that count, all if there are none; events that do not.
    groups
        Patterns with `*` for anything: items that fit one become that pattern, the first that fits.
    replacements
        (pattern, name): items that fit become that name, before they are grouped.
    at_least, at_most
        How often a link must have been gone at least, and at most.
    gap
        So long a silence ends a visit, and a path with it.
    funnel, funnel_step, funnel_place
        Only what people did `before` a step of their best attempt at a funnel, `between` the step
        before and it, or `after` it; before and after reach as far as the funnel's window.
    """

    days: Days = field(default_factory=Days)
    item: str = "event"
    start: str | None = None
    end: str | None = None
    steps: int = 5
    links: int = 50
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    replacements: tuple[tuple[str, str], ...] = ()
    at_least: int = 1
    at_most: int | None = None
    gap: Span = field(default_factory=lambda: Span(30, "minute"))
    funnel: FunnelSpec | None = None
    funnel_step: int = 1
    funnel_place: str = "after"


def read_paths(written: Any) -> PathsSpec:
    """Return the question that a mapping of plain values asks; `InvalidInput` tells a mistake."""
    body = mapping(written, "paths", KEYS)
    steps = whole(body.get("steps", 5), "steps", lowest=2, highest=20)
    at_least = whole(body.get("at_least", 1), "at_least", lowest=1, highest=10**12)
    at_most = body.get("at_most")
    if at_most is not None:
        at_most = whole(at_most, "at_most", lowest=at_least, highest=10**12)
    funnel = None if body.get("funnel") is None else read_funnel(body["funnel"])
    last = len(funnel.steps) if funnel else 20
    place = read_choice(body.get("funnel_place", "after"), "funnel_place", PLACES)
    lowest = 2 if place == "between" else 1
    return PathsSpec(
        days=read_days(body.get("days"), "days"),
        item=read_choice(body.get("item", "event"), "item", ITEMS),
        start=optional_text(body, "start"),
        end=optional_text(body, "end"),
        steps=steps,
        links=whole(body.get("links", 50), "links", lowest=1, highest=1000),
        include=texts(body.get("include"), "include"),
        exclude=texts(body.get("exclude"), "exclude"),
        groups=tuple(pattern(one, "groups") for one in texts(body.get("groups"), "groups")),
        replacements=read_replacements(body.get("replacements") or []),
        at_least=at_least,
        at_most=at_most,
        gap=read_span(body.get("gap", "30 minutes"), "gap"),
        funnel=funnel,
        funnel_step=whole(
            body.get("funnel_step", lowest), "funnel_step", lowest=lowest, highest=last
        ),
        funnel_place=place,
    )


def read_replacements(written: Any) -> tuple[tuple[str, str], ...]:
    """Return what is replaced by what from [{pattern, name}]."""
    if not isinstance(written, list | tuple) or len(written) > MOST_PATTERNS:
        raise InvalidInput(f"replacements: needs a list of at most {MOST_PATTERNS}.")
    found = []
    for place, one in enumerate(written):
        path = f"replacements[{place}]"
        body = mapping(one, path, ("pattern", "name"))
        names = [body.get(key) for key in ("pattern", "name")]
        if not all(isinstance(name, str) and name for name in names):
            raise InvalidInput(f"{path}: needs a pattern and a name, not {dict(body)!r}.")
        found.append((pattern(str(names[0]), path), str(names[1])))
    return tuple(found)


def texts(written: Any, path: str) -> tuple[str, ...]:
    """Return a list of texts; nothing is an empty one."""
    if written is None:
        return ()
    if isinstance(written, str):
        written = [written]
    is_list = isinstance(written, list | tuple) and len(written) <= MOST_PATTERNS
    if not is_list or not all(isinstance(one, str) and one for one in written):
        raise InvalidInput(f"{path}: needs a list of at most {MOST_PATTERNS} texts.")
    return tuple(written)


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """Return a text that is not empty; None where none is given."""
    found = body.get(name)
    if found is not None and (not isinstance(found, str) or not found):
        raise InvalidInput(f"{name}: must be a text that is not empty, not {found!r}.")
    return found


def pattern(written: str, path: str) -> str:
    """Return a pattern with few enough stars."""
    if written.count("*") > MOST_STARS:
        raise InvalidInput(f"{path}: {written!r} has more than {MOST_STARS} stars; use fewer.")
    return written


def fits(text: str, asked: str) -> bool:
    """Return whether a text fits a pattern whose stars stand for anything, nothing included.

    Parts between stars are looked for from left to right, each where it comes first, so that the
    work grows with the length of the text and not with the number of ways to fit it.
    """
    first, *others = asked.split("*")
    if not others:
        return text == asked
    *middle, last = others
    if not text.startswith(first) or len(text) < len(first) + len(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return text.endswith(last)


def renamed(item: str, spec: PathsSpec) -> str:
    """Return what an item is called after replacements and groups."""
    for asked, name in spec.replacements:
        if fits(item, asked):
            item = name
            break
    return next((asked for asked in spec.groups if fits(item, asked)), item)
