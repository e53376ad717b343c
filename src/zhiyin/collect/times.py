"""Read dates and times of declared formats; an unreadable one is null, never an error."""

from __future__ import annotations

import re
from typing import Any

import ibis
import ibis.expr.types as ir

from zhiyin.core.errors import InvalidInput

ISO = "ISO"
# Numbers since 1970 in UTC, by how many microseconds one of them is.
EPOCHS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}

# Token of a format -> (pattern of its digits, part it fills). `M` takes one digit or two.
_TOKENS = {
    "YYYY": (r"(\d{4})", "year"),
    "YY": (r"(\d{2})", "short_year"),
    "MMM": (r"([A-Za-z]{3})[A-Za-z]*", "month_name"),
    "MM": (r"(\d{2})", "month"),
    "M": (r"(\d{1,2})", "month"),
    "DD": (r"(\d{2})", "day"),
    "D": (r"(\d{1,2})", "day"),
    "hh": (r"(\d{2})", "hour"),
    "h": (r"(\d{1,2})", "hour"),
    "mm": (r"(\d{2})", "minute"),
    "ss": (r"(\d{2})", "second"),
    "ffffff": (r"(\d{1,6})", "fraction"),
    "A": (r"([AaPp])\.?[Mm]\.?", "half"),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# 3000-01-01: an epoch beyond it is no time of ours, and its interval would overflow.
_LAST_EPOCH = 32_503_680_000_000_000
_TOKEN = re.compile("|".join(sorted(_TOKENS, key=len, reverse=True)))
# `epoch`, `infinity` and other words that an engine may take for a time do not begin like this.
_ISO_START = "____-__-__%"
_OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"


def read_time(text: ir.StringValue, formats: tuple[str, ...]) -> tuple[ir.Value, ir.Value]:
    """Return times, and where they are UTC because the text said so.

    Parameters
    ----------
    text
        Trimmed texts.
    formats
        Tried in order; `ISO` (the only one if none is given) reads ISO 8601 with `T` or a blank,
        also a date alone, and `Z` or `+08:00` at its end. `epoch_s`, `epoch_ms` and `epoch_us` read
        numbers since 1970, which are UTC. Tokens of other formats: YYYY or YY (which is 19YY from
        70 on), MM or M or MMM (Jan, January), DD or D, hh or h, mm, ss, ffffff, A (am, pm).
    """
    values, are_utc = [], []
    for one in formats or (ISO,):
        value, is_utc = _read(text, one)
        values.append(value)
        are_utc.append(value.notnull() & is_utc if is_utc is not None else None)
    told = [flag for flag in are_utc if flag is not None]
    is_utc: Any = told[0] if told else ibis.literal(False)
    for flag in told[1:]:
        is_utc = is_utc.fill_null(False) | flag.fill_null(False)
    return ibis.coalesce(*values) if len(values) > 1 else values[0], is_utc.fill_null(False)


def read_date(text: ir.StringValue, formats: tuple[str, ...]) -> ir.Value:
    """Return dates; `formats` as in `read_time`. A time of day in the text is cut off."""
    values = [_iso(text) if one == ISO else _read(text, one)[0] for one in formats or (ISO,)]
    return (ibis.coalesce(*values) if len(values) > 1 else values[0]).date()


def check_format(one: str) -> str:
    """Return the format, or raise `InvalidInput` if it does not tell year, month and day."""
    parts = {_TOKENS[token][1].removeprefix("short_") for token in _TOKEN.findall(one)}
    parts = {part.removesuffix("_name") for part in parts}
    if one not in (ISO, *EPOCHS) and not {"year", "month", "day"} <= parts:
        raise InvalidInput(
            f"The time format {one!r} must hold YYYY or YY, MM or M or MMM, and DD or D "
            "(and may hold hh or h, mm, ss, ffffff, A), or be ISO, "
            f"{', '.join(EPOCHS)}."
        )
    return one


def _read(text: ir.StringValue, one: str) -> tuple[ir.Value, ir.Value | None]:
    """Return the times that fit one format, and where they are UTC (None: nowhere)."""
    if one == ISO:
        return _iso_time(text)
    if one in EPOCHS:
        value = _since_1970(text, EPOCHS[one])
        return value, value.notnull()
    return _formatted(text, one), None


def _since_1970(text: ir.StringValue, unit: int) -> ir.Value:
    number: Any = text.try_cast("decimal(24, 6)")
    micros = (number * unit).try_cast("int64")
    known = ibis.ifelse(micros.between(0, _LAST_EPOCH), micros, ibis.null("int64"))
    epoch = ibis.literal("1970-01-01", type="timestamp(6)")
    return epoch + known.as_interval("us")


def _iso(text: ir.StringValue) -> ir.Value:
    return ibis.ifelse(text.like(_ISO_START), text, ibis.null("string")).try_cast("timestamp(6)")


def _iso_time(text: ir.StringValue) -> tuple[ir.Value, ir.Value]:
    has_offset = text.re_search(_OFFSET) & (text.length() > 16)
    offset = text.re_extract(_OFFSET, 1)
    sign = ibis.ifelse(offset.startswith("-"), 1, -1)
    hours = offset.substr(1, 2).try_cast("int64").fill_null(0)
    minutes = offset.right(2).try_cast("int64").fill_null(0)
    local = _iso(ibis.ifelse(has_offset, text.re_replace(_OFFSET, ""), text))
    shift = (sign * (hours * 60 + minutes)).as_interval("m")
    return ibis.ifelse(has_offset, local + shift, local), has_offset


def _formatted(text: ir.StringValue, one: str) -> ir.Value:
    """Rewrite the text as ISO and cast that, for no engine's own parser is another's."""
    parts: dict[str, int] = {}

    def group(match: re.Match[str]) -> str:
        pattern, part = _TOKENS[match.group()]
        parts[part] = len(parts) + 1
        return pattern

    literal = re.sub(r"[^\w]", lambda match: "\\" + match.group(), check_format(one))
    pattern = f"^{_TOKEN.sub(group, literal)}$"

    def digits(part: str, size: int) -> ir.Value:
        if part not in parts:
            return ibis.literal("0" * size)
        return text.re_extract(pattern, parts[part]).lpad(size, "0")

    def word(part: str) -> ir.StringValue:
        return text.re_extract(pattern, parts[part]).lower()  # pyright: ignore[reportReturnType]

    year = _whole_year(digits("short_year", 2)) if "short_year" in parts else digits("year", 4)
    month = _month(word("month_name")) if "month_name" in parts else digits("month", 2)
    hour = _of_24(digits("hour", 2), word("half")) if "half" in parts else digits("hour", 2)
    iso = year + "-" + month + "-" + digits("day", 2)
    iso = iso + " " + hour + ":" + digits("minute", 2) + ":" + digits("second", 2)
    if "fraction" in parts:
        iso = iso + "." + text.re_extract(pattern, parts["fraction"])
    fits = text.re_search(pattern)
    return ibis.ifelse(fits, iso, ibis.null("string")).try_cast("timestamp(6)")


def _whole_year(year: ir.StringValue) -> ir.Value:
    return ibis.ifelse(year >= "70", ibis.literal("19"), ibis.literal("20")) + year


def _month(name: ir.StringValue) -> ir.Value:
    numbers = [(name == word, ibis.literal(f"{n:02}")) for n, word in enumerate(_MONTHS, start=1)]
    return ibis.cases(*numbers, else_=ibis.literal("00"))


def _of_24(hour: ir.StringValue, half: ir.StringValue) -> ir.Value:
    number: Any = hour.try_cast("int64")
    shown = number % 12 + ibis.ifelse(half == "p", 12, 0)
    is_clock = number.between(1, 12)
    return ibis.ifelse(is_clock, shown.cast("string").lpad(2, "0"), ibis.literal("99"))
