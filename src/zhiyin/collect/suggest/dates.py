"""How a column writes dates and times, decided by evidence over all of its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from zhiyin.collect.times import ISO

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?")
_CLOCK = r"(?P<clock>[ T]+\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?[AaPp]\.?[Mm]\.?)?)?"
_FIRST = re.compile(r"(?P<y>\d{4})(?P<s>[-/.])(?P<a>\d{1,2})(?P=s)(?P<b>\d{1,2})" + _CLOCK)
_LAST = re.compile(r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})" + _CLOCK)
_HAN = re.compile(r"(?P<y>\d{4})年(?P<a>\d{1,2})月(?P<b>\d{1,2})日" + _CLOCK)
_DAY_MONTH = re.compile(
    r"(?P<a>\d{1,2})(?P<s>[- ])(?P<m>[A-Za-z]{3,9})(?P=s)(?P<y>\d{4}|\d{2})" + _CLOCK
)
_MONTH_DAY = re.compile(r"(?P<m>[A-Za-z]{3,9}) (?P<a>\d{1,2}), (?P<y>\d{4})" + _CLOCK)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# 2001-09-09 to 2096: what a number of ten or thirteen digits may mean.
_EPOCHS = {"epoch_s": (10, 4_000_000_000), "epoch_ms": (13, 4_000_000_000_000)}
_YEARS = range(1900, 2101)


@dataclass(frozen=True)
class Dates:
    """How a column writes times.

    `order` is `day` or `month` where the formats had to be decided, with the number of values that
    decide for it (`evidence`) and against it (`against`); no evidence means a mere habit.
    """

    formats: tuple[str, ...]
    share: float
    has_clock: bool
    is_utc: bool = False
    order: str | None = None
    evidence: int = 0
    against: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None


def dates_in(texts: Sequence[str], *, habit: str = "day", is_named: bool = False) -> Dates | None:
    """Return how the texts write times; None if fewer than four in five are times.

    Parameters
    ----------
    texts
        Trimmed, not empty.
    habit
        `day` or `month`: what comes first where no value shows it.
    is_named
        Whether the column's name speaks of time; bare digits are times only then.
    """
    if not texts:
        return None
    first, evidence, against = _order(texts, habit)
    found = [_found(text, first, is_named) for text in texts]
    known = [one for one in found if one is not None]
    if len(known) < 0.8 * len(texts):
        return None
    formats = [one for one, _ in Counter(one for one, _ in known).most_common()]
    formats = [ISO] * (ISO in formats) + [one for one in formats if one != ISO]
    moments = [moment for _, moment in known]
    is_asked = any(_LAST.fullmatch(text) for text in texts)
    return Dates(
        formats=tuple(formats),
        share=len(known) / len(texts),
        has_clock=any(moment.time() != datetime.min.time() for moment in moments),
        is_utc=all(one.startswith("epoch") for one in formats)
        or any(re.search(r"(Z|[+-]\d{2}:?\d{2})$", text) for text in texts if ":" in text),
        order=first if is_asked else None,
        evidence=evidence,
        against=against,
        earliest=min(moments),
        latest=max(moments),
    )


def _order(texts: Sequence[str], habit: str) -> tuple[str, int, int]:
    """Return what comes first where the year is last, and the values for and against it."""
    day = month = 0
    for text in texts:
        match = _LAST.fullmatch(text)
        if match is not None:
            day += int(match["a"]) > 12 >= int(match["b"])
            month += int(match["b"]) > 12 >= int(match["a"])
    if day == month == 0:
        return habit, 0, 0
    return ("day", day, month) if day >= month else ("month", month, day)


def _found(text: str, first: str, is_named: bool) -> tuple[str, datetime] | None:
    """Return the format that a text fits, and its moment."""
    if _ISO.fullmatch(text):
        return _iso(text)
    if text.isdigit() or re.fullmatch(r"\d+\.0", text):
        return _digits(text.removesuffix(".0")) if is_named else None
    for pattern, shape in _shapes(first):
        match = pattern.fullmatch(text)
        if match is not None:
            return _moment(match, shape)
    return None


def _shapes(first: str) -> list[tuple[re.Pattern[str], str]]:
    last = "D{s}M{s}{y}" if first == "day" else "M{s}D{s}{y}"
    return [
        (_FIRST, "{y}{s}M{s}D"),
        (_LAST, last),
        (_HAN, "{y}年M月D日"),
        (_DAY_MONTH, "D{s}MMM{s}{y}"),
        (_MONTH_DAY, "MMM D, {y}"),
    ]


def _moment(match: re.Match[str], shape: str) -> tuple[str, datetime] | None:
    told = match.groupdict()
    year = int(told["y"]) if len(told["y"]) == 4 else _long_year(int(told["y"]))
    if told.get("m"):
        day, month = int(told["a"]), _month_named(told["m"])
    elif shape.startswith("D"):
        day, month = int(told["a"]), int(told["b"])
    else:
        month, day = int(told["a"]), int(told["b"])

    form = shape.format(s=told.get("s") or "", y="YYYY" if len(told["y"]) == 4 else "YY")
    clock, form_of_clock = _clock(told["clock"])
    moment = _real(year, month, day)
    if moment is None or clock is None:
        return None
    hour, minute, second = clock
    return form + form_of_clock, moment.replace(hour=hour, minute=minute, second=second)


def _clock(text: str | None) -> tuple[tuple[int, int, int] | None, str]:
    if text is None:
        return (0, 0, 0), ""
    digits = [int(part) for part in re.findall(r"\d+", text)]
    half = re.search(r"[AaPp](?=\.?[Mm])", text)
    hour, minute = digits[0], digits[1]
    second = digits[2] if len(digits) > 2 else 0
    if half:
        hour = hour % 12 + (12 if half.group().lower() == "p" else 0)
    gap = "T" if text.startswith("T") else " " * (len(text) - len(text.lstrip(" ")))
    form = gap + "h:mm" + (":ss" if len(digits) > 2 else "") + (".ffffff" if "." in text else "")
    if half:
        form += (" " if text[half.start() - 1] == " " else "") + "A"
    is_real = hour < 24 and minute < 60 and second < 60
    return ((hour, minute, second) if is_real else None), form


def _iso(text: str) -> tuple[str, datetime] | None:
    try:
        return ISO, datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _digits(text: str) -> tuple[str, datetime] | None:
    for form, (size, beyond) in _EPOCHS.items():
        if len(text) == size and 1_000_000_000 <= int(text) < beyond:
            seconds = int(text) // (1000 if form == "epoch_ms" else 1)
            return form, datetime.fromisoformat("1970-01-01") + timedelta(seconds=seconds)
    if len(text) in (8, 14):
        day = _real(int(text[:4]), int(text[4:6]), int(text[6:8]))
        if day is not None:
            return "YYYYMMDD" + ("hhmmss" if len(text) == 14 else ""), day
    return None


def _real(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}") if year in _YEARS else None
    except ValueError:
        return None


def _month_named(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in _MONTHS else 0


def _long_year(year: int) -> int:
    return year + (1900 if year >= 70 else 2000)
