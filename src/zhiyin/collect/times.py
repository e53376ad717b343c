"""Read dates and times of declared formats; an unreadable one is null, never an error."""

from __future__ import annotations

import re

import ibis
import ibis.expr.types as ir

from zhiyin.core.errors import InvalidInput

ISO = "ISO"

# Token of a format -> (pattern of its digits, part it fills). `M` takes one digit or two.
_TOKENS = {
    "YYYY": (r"(\d{4})", "year"),
    "MM": (r"(\d{2})", "month"),
    "M": (r"(\d{1,2})", "month"),
    "DD": (r"(\d{2})", "day"),
    "D": (r"(\d{1,2})", "day"),
    "hh": (r"(\d{2})", "hour"),
    "h": (r"(\d{1,2})", "hour"),
    "mm": (r"(\d{2})", "minute"),
    "ss": (r"(\d{2})", "second"),
    "ffffff": (r"(\d{1,6})", "fraction"),
}
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
        also a date alone, and `Z` or `+08:00` at its end. Tokens of other formats: YYYY, MM or M,
        DD or D, hh or h, mm, ss, ffffff.
    """
    values, are_utc = [], []
    for one in formats or (ISO,):
        value, is_utc = _iso_time(text) if one == ISO else (_formatted(text, one), None)
        values.append(value)
        are_utc.append(value.notnull() & is_utc if is_utc is not None else None)
    told = [flag for flag in are_utc if flag is not None]
    is_utc = told[0] if told else ibis.literal(False)
    return ibis.coalesce(*values) if len(values) > 1 else values[0], is_utc.fill_null(False)


def read_date(text: ir.StringValue, formats: tuple[str, ...]) -> ir.Value:
    """Return dates; `formats` as in `read_time`. A time of day in the text is cut off."""
    values = [_iso(text) if one == ISO else _formatted(text, one) for one in formats or (ISO,)]
    return (ibis.coalesce(*values) if len(values) > 1 else values[0]).date()


def check_format(one: str) -> str:
    """Return the format, or raise `InvalidInput` if it does not tell year, month and day."""
    parts = {_TOKENS[token][1] for token in _TOKEN.findall(one)}
    if one != ISO and not {"year", "month", "day"} <= parts:
        raise InvalidInput(
            f"The time format {one!r} must hold YYYY, MM or M, and DD or D "
            "(and may hold hh or h, mm, ss, ffffff), or be ISO."
        )
    return one


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

    iso = digits("year", 4) + "-" + digits("month", 2) + "-" + digits("day", 2)
    iso = iso + " " + digits("hour", 2) + ":" + digits("minute", 2) + ":" + digits("second", 2)
    if "fraction" in parts:
        iso = iso + "." + text.re_extract(pattern, parts["fraction"])
    fits = text.re_search(pattern)
    return ibis.ifelse(fits, iso, ibis.null("string")).try_cast("timestamp(6)")
