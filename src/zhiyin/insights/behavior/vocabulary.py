"""Words that all questions about behavior share: what was done, when, split by what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.dates import read_date
from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.windows import Window
from zhiyin.insights.activity.tables import ACTIVITY
from zhiyin.profiles.api import Comparison, passes, read_comparisons
from zhiyin.warehouse.api import local_day, local_midnight, local_time

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
INTERVALS = ("hour", "day", "week", "month")
COMPARISONS = ("previous", "year")
LONGEST_DAYS = 3660
SPAN = re.compile(r"([0-9]{1,18}) *([a-z]+)")
OTHER = "other"

# What an event may be asked for, and of which kind it is.
PROPERTIES: Mapping[str, str] = {
    "platform": "text",
    "channel": "text",
    "campaign_id": "text",
    "product_id": "text",
    "category": "text",
    "order_id": "text",
    "page_path": "text",
    "search_query": "text",
    "source_id": "text",
    "revenue": "number",
}
# Those among them with few enough values to split people by.
SPLITTING = ("platform", "channel", "campaign_id", "product_id", "category", "page_path")


@dataclass(frozen=True)
class Property:
    """A property of an event, which passes every comparison; unknown values pass none."""

    name: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Step:
    """Something done: an event of one of these names (any, if there are none) that passes.

    `first_ever` means the first event of a person's whole history that fits, and no later one.
    """

    events: tuple[str, ...] = ()
    where: tuple[Property, ...] = ()
    first_ever: bool = False


@dataclass(frozen=True)
class Span:
    """A length of time: `n` minutes, hours, days of 24 hours, or weeks of seven such days."""

    n: int
    unit: str

    @property
    def milliseconds(self) -> int:
        return self.n * (UNITS[self.unit] // timedelta(milliseconds=1))


@dataclass(frozen=True)
class Days:
    """Calendar days of the workspace: `since` to `until`, both included.

    Without `since` it is the last `last` days up to `until`; without `until` up to the instant
    from which one looks.
    """

    since: date | None = None
    until: date | None = None
    last: int = 30


@dataclass(frozen=True)
class Breakdown:
    """What an answer is split by, and how many values it names; the rest is `other`.

    `kind` is `event` (a property of events), `person` (a column of `dm.customers`), `tag` (the
    value of a tag) or `audience` (whether a person is in it).
    """

    kind: str
    name: str
    most: int = 10


def matches(
    activity: ir.Table, step: Step, numbers: Mapping[str, int] | None = None
) -> ir.BooleanValue:
    """Return whether a row is what a step asks for; never null. `first_ever` is not looked at.

    `numbers` are those of event names, where names are to be compared as numbers.
    """
    named = is_named(activity, step.events, numbers) if step.events else ibis.literal(True)
    asked = (passes(activity[one.name], one.comparisons) for one in step.where)
    return reduce(and_, asked, named)  # pyright: ignore[reportReturnType]


def is_named(
    activity: ir.Table, names: Sequence[str], numbers: Mapping[str, int] | None
) -> ir.BooleanValue:
    """Return whether a row has one of these names; a name without a number is nobody's."""
    if numbers is None:
        return activity.event.isin(list(names))
    return activity.event_number.isin([numbers.get(name, -1) for name in names])


def window_of(days: Days, as_of: datetime, timezone: str) -> Window:
    """Return the instants of days of a zone, never beyond `as_of` (naive UTC)."""
    today = local_day(as_of - timedelta(microseconds=1), timezone)
    last = min(days.until or today, today)
    first = days.since if days.since is not None else last - timedelta(days=days.last - 1)
    if first > last:
        raise InvalidInput(
            f"The days asked for begin on {first} and end on {last}; data is known up to {today}."
        )
    end = min(local_midnight(last + timedelta(days=1), timezone), as_of)
    return Window(local_midnight(first, timezone), end)


def days_before(days: Days, compare: str, as_of: datetime, timezone: str) -> Days:
    """Return the days to compare with: as many just before, or the same ones a year earlier."""
    window = window_of(days, as_of, timezone)
    first = local_day(window.start, timezone)
    last = local_day(window.end - timedelta(microseconds=1), timezone)
    if compare == "year":
        return Days(a_year_before(first), a_year_before(last))
    return Days(first - (last - first) - timedelta(days=1), first - timedelta(days=1))


def a_year_before(day: date) -> date:
    """Return the same day of the year before; 28 February for the 29th."""
    if (day.month, day.day) == (2, 29):
        return day.replace(year=day.year - 1, day=28)
    return day.replace(year=day.year - 1)


def during(activity: ir.Table, window: Window) -> ir.Table:
    """Return the rows of a window."""
    at = activity.ts_ms
    return activity.filter(
        at >= epoch_milliseconds(window.start), at < epoch_milliseconds(window.end)
    )


def interval_start(
    instant: ir.TimestampValue, interval: str, timezone: str, *, window: Window
) -> ir.TimestampValue:
    """Return when the hour, day, ISO week or month of an instant began, on the zone's clock.

    `window` holds all instants, which makes the expression shorter.
    """
    if interval not in INTERVALS:
        raise not_allowed("An interval", interval, INTERVALS)
    local = local_time(instant, timezone, since=window.start, until=window.end)
    return local.truncate({"hour": "h", "day": "D", "week": "W", "month": "M"}[interval])


def read_step(written: Any, path: str) -> Step:
    """Return a step from an event's name, or from {event or events, where, first_ever}."""
    if isinstance(written, str) and written:
        return Step((written,))
    keys = ("event", "events", "where", "first_ever")
    body = mapping(written, path, keys)
    if "event" in body and "events" in body:
        raise InvalidInput(f"{path}: give either event or events, not both.")
    names = body.get("events", [body["event"]] if "event" in body else [])
    if not isinstance(names, list | tuple) or not all(isinstance(n, str) and n for n in names):
        raise InvalidInput(f"{path}.events: needs a list of event names, not {names!r}.")
    where = body.get("where") or []
    if not isinstance(where, list | tuple):
        raise InvalidInput(f"{path}.where: needs a list of conditions, not {where!r}.")
    found = tuple(read_property(one, f"{path}.where[{place}]") for place, one in enumerate(where))
    return Step(tuple(names), found, truth(body.get("first_ever", False), f"{path}.first_ever"))


def read_property(written: Any, path: str) -> Property:
    """Return a condition on a property from {property: NAME, OPERATOR: VALUE, …}."""
    if not isinstance(written, Mapping) or "property" not in written:
        raise InvalidInput(f"{path}: needs a property and what it is compared with.")
    name = written["property"]
    if name not in PROPERTIES:
        raise not_allowed(f"{path}.property", name, PROPERTIES)
    found = read_comparisons(dict(written), "property", path, kind=PROPERTIES[name])
    if not found:
        raise InvalidInput(f"{path}: say what {name} is compared with, such as equals.")
    return Property(name, found)


def read_span(written: Any, path: str) -> Span:
    """Return a length of time from `7 days` or {n: 7, unit: day}."""
    if isinstance(written, str):
        told = SPAN.fullmatch(written.strip())
        if told is None:
            raise InvalidInput(f"{path}: {written!r} is no length of time; write it as 7 days.")
        written = {"n": int(told[1]), "unit": told[2].rstrip("s")}
    body = mapping(written, path, ("n", "unit"))
    n, unit = body.get("n"), body.get("unit")
    if unit not in UNITS:
        raise not_allowed(f"{path}.unit", unit, UNITS)
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InvalidInput(f"{path}.n: must be a whole number from 1 on, not {n!r}.")
    if n > timedelta(days=LONGEST_DAYS) // UNITS[unit]:
        raise InvalidInput(f"{path}: {n} {unit}s is longer than ten years; choose less.")
    return Span(n, unit)


def read_days(written: Any, path: str) -> Days:
    """Return days from {since, until, last}; a missing mapping is the last 30 days."""
    body = mapping(written or {}, path, ("since", "until", "last"))
    last = whole(body.get("last", 30), f"{path}.last", lowest=1, highest=LONGEST_DAYS)
    since, until = (read_day(body.get(name), f"{path}.{name}") for name in ("since", "until"))
    if since and until and since > until:
        raise InvalidInput(f"{path}: since ({since}) is after until ({until}); swap the two.")
    return Days(since, until, last)


def read_day(written: Any, path: str) -> date | None:
    """Return a date from YYYY-MM-DD."""
    if written is None:
        return None
    try:
        # YAML reads dates by itself.
        return read_date(written.isoformat() if isinstance(written, date) else str(written))
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from None


def read_breakdown(written: Any, path: str) -> Breakdown | None:
    """Return a breakdown from `channel`, `person:city`, `tag:NAME`, `audience:NAME`, or so."""
    if written is None:
        return None
    if isinstance(written, str):
        kind, colon, name = written.partition(":")
        written = {"kind": kind, "name": name} if colon else {"kind": "event", "name": written}
    body = mapping(written, path, ("kind", "name", "most"))
    kind, name = body.get("kind", "event"), body.get("name")
    if kind not in ("event", "person", "tag", "audience"):
        raise not_allowed(f"{path}.kind", kind, ("event", "person", "tag", "audience"))
    if not isinstance(name, str) or not name:
        raise InvalidInput(f"{path}.name: must be a text that is not empty, not {name!r}.")
    if kind == "event" and name not in SPLITTING:
        raise not_allowed(f"{path}.name", name, SPLITTING)
    return Breakdown(kind, name, whole(body.get("most", 10), f"{path}.most", lowest=1, highest=100))


def read_choice(written: Any, path: str, allowed: tuple[str, ...]) -> str:
    """Return one of a few words."""
    if written not in allowed:
        raise not_allowed(path, written, allowed)
    return written


def mapping(written: Any, path: str, allowed: tuple[str, ...]) -> dict[str, Any]:
    """Return a mapping that has no other keys than those allowed."""
    if not isinstance(written, Mapping):
        raise InvalidInput(f"{path}: needs {', '.join(allowed)}, not {written!r}.")
    for key in written:
        if key not in allowed:
            raise not_allowed(f"A key of {path}", key, allowed)
    return dict(written)


def whole(written: Any, path: str, *, lowest: int, highest: int) -> int:
    """Return a whole number within limits."""
    if isinstance(written, bool) or not isinstance(written, int):
        raise InvalidInput(f"{path}: must be a whole number, not {written!r}.")
    if not lowest <= written <= highest:
        raise InvalidInput(f"{path}: must be {lowest} to {highest}, not {written}.")
    return written


def truth(written: Any, path: str) -> bool:
    """Return true or false."""
    if not isinstance(written, bool):
        raise InvalidInput(f"{path}: must be true or false, not {written!r}.")
    return written


# Checked here once, so that a column cannot leave the table and stay a property.
assert set(PROPERTIES) <= set(ACTIVITY.columns)
