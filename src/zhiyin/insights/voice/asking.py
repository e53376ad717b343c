"""Questions about what customers say, and who is behind a figure of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.periods import Periods, periods_of
from zhiyin.insights.behavior.vocabulary import (
    Days,
    days_before,
    mapping,
    read_choice,
    read_days,
    whole,
    window_of,
)
from zhiyin.insights.voice.reporting import KINDS, Fetch, VoiceScope

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("days", "interval", "kind", "product", "category", "most", "examples")
INTERVALS = ("day", "week", "month")
OF_TEXT = ("topic", "reason", "moment", "sentiment")
POINT_KEYS = (*OF_TEXT, "aspect", "at")
# The longest span that is told by day, and by week.
BY_DAY, BY_WEEK = timedelta(days=31), timedelta(days=182)


@dataclass(frozen=True)
class VoiceSpec:
    """A question about what customers say.

    days
        None for all texts, those without a time among them.
    interval
        Of the figures over time; None for one that suits the days.
    most, examples
        Rows of each list at most, and texts quoted for each of them.
    """

    days: Days | None = None
    interval: str | None = None
    kind: str | None = None
    product: str | None = None
    category: str | None = None
    most: int = 12
    examples: int = 3


@dataclass(frozen=True)
class Asked:
    """A question with the instants that it is about, as of a run.

    `periods` is None where no text tells its time; `earlier` are as many days just before, or None.
    """

    spec: VoiceSpec
    scope: VoiceScope
    earlier: VoiceScope | None
    periods: Periods | None


def read_voice(written: Any) -> VoiceSpec:
    """Return the question of a mapping; `InvalidInput` says what is wrong and what is allowed."""
    body = mapping(written or {}, "voice", KEYS)
    days, interval, kind = (body.get(name) for name in ("days", "interval", "kind"))
    return VoiceSpec(
        days=None if days is None else read_days(days, "days"),
        interval=None if interval is None else read_choice(interval, "interval", INTERVALS),
        kind=None if kind is None else read_choice(kind, "kind", KINDS),
        product=text(body, "product"),
        category=text(body, "category"),
        most=whole(body.get("most", 12), "most", lowest=1, highest=100),
        examples=whole(body.get("examples", 3), "examples", lowest=0, highest=20),
    )


def text(body: Mapping[str, Any], name: str) -> str | None:
    """Return a text, or None where it is not given."""
    found = body.get(name)
    if found is not None and not isinstance(found, str):
        raise InvalidInput(f"{name}: must be a text, not {found!r}.")
    return found or None


def asked(
    feedback: ir.Table, spec: VoiceSpec, *, as_of: datetime, timezone: str, fetch: Fetch
) -> Asked:
    """Return the question with its instants; where all texts are meant, from the first to the last.

    Parameters
    ----------
    as_of : naive UTC.
    timezone : IANA name of the zone whose days count.
    """

    def within(window: Window | None) -> VoiceScope:
        start, end = (window.start, window.end) if window else (None, None)
        return VoiceScope(spec.kind, spec.product, start, end, spec.category)

    if spec.days is None:
        scope = within(None)
        span = spanned(scope.of(feedback), fetch)
        return Asked(spec, scope, None, span and periods_within(span, spec, timezone))
    window = window_of(spec.days, as_of, timezone)
    before = window_of(days_before(spec.days, "previous", as_of, timezone), as_of, timezone)
    return Asked(spec, within(window), within(before), periods_within(window, spec, timezone))


def spanned(texts: ir.Table, fetch: Fetch) -> Window | None:
    """Return from the first to the last text; None where none has a time."""
    first, last = texts.feedback_time.min(), texts.feedback_time.max()
    [row] = fetch(texts.aggregate(first=first, last=last)).to_pylist()
    if row["first"] is None:
        return None
    return Window(row["first"], row["last"] + timedelta(milliseconds=1))


def periods_within(window: Window, spec: VoiceSpec, timezone: str) -> Periods:
    """Return the periods of a window, in the interval that was asked for or one that suits."""
    length = window.end - window.start
    suiting = "day" if length <= BY_DAY else "week" if length <= BY_WEEK else "month"
    return periods_of(window, spec.interval or suiting, timezone)


def voice_people(
    feedback: ir.Table, aspects: ir.Table, question: Asked, point: Mapping[str, Any]
) -> ir.Table:
    """Return person_id, each once, of those who said what a point of the answer counts.

    Texts of nobody known have no person here.

    Parameters
    ----------
    point : any of `topic`, `reason`, `moment`, `sentiment`, `aspect` and `at`, the first day of a
        period. With an aspect, the sentiment is what is said of it.
    """
    for name in point:
        if name not in POINT_KEYS:
            raise not_allowed("A key of a point", name, POINT_KEYS)
    texts = question.scope.of(feedback)
    if "at" in point:
        texts = texts.filter(in_period(texts, question.periods, point["at"]))
    wanted = dict(point)
    if "aspect" in point:
        mentions = aspects.filter(aspects.aspect == point["aspect"])
        if "sentiment" in point:
            mentions = mentions.filter(mentions.sentiment == wanted.pop("sentiment"))
        texts = texts.semi_join(mentions, "feedback_id")
    for name in OF_TEXT:
        if name in wanted:
            texts = texts.filter(texts[name] == wanted[name])
    return texts.filter(texts.person_id.notnull()).select("person_id").distinct()


def in_period(texts: ir.Table, periods: Periods | None, label: Any) -> ir.BooleanValue:
    """Return whether texts are of the period that begins on a day."""
    if periods is None:
        raise InvalidInput("No text of this answer has a time; leave `at` out.")
    place = periods.index(str(label))
    return (texts.ts_ms >= periods.marks[place]) & (texts.ts_ms < periods.marks[place + 1])
