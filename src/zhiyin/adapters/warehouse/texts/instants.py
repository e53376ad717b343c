"""Dates and times as people and systems write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
            "aug august", "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_CHINESE = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
_ORDERS = {"ymd": "ymd", "dmy": "dmy", "mdy": "mdy"}
_TIME = re.compile(
    r"[t\s]*(?P<half>上午|下午|中午|晚上|凌晨)?\s*"
    r"(?P<h>\d{1,2})[:时點点](?P<m>\d{1,2})?(?:[:分](?P<s>\d{1,2}))?秒?(?:[.,](?P<f>\d{1,9}))?"
    r"\s*(?P<ampm>[ap]\.?m\.?)?\s*(?P<zone>z|utc|gmt|cst|北京时间|[+-]\d{2}:?\d{2})?\s*$"
)
_YMD = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\s*(\d{2})(\d{2})(\d{2}))?")
_SHORT = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s\-/.]*([a-z]{3,9})\.?[\s\-/.,]*(\d{4})")
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?\s*(\d{1,2})(?:st|nd|rd|th)?[\s,]+(\d{4})")
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet counts days from here
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - UTC without an offset, as the warehouse keeps it


def read_instant(text: str, settings: str) -> str | None:
    """Return a date or time in UTC; see `ports.text_functions.instant_read`."""
    order, _, zone = settings.partition("|")
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    plain = re.sub(r"^(星期|周)[一二三四五六日天]\s*", "", plain)
    try:
        found = _numeric(plain) or _written(plain, order, zone or "UTC") or _mail_date(text)
    except (ValueError, OverflowError):
        return None
    return None if found is None else f"{found:%Y-%m-%d %H:%M:%S.%f}".rjust(26, "0")


def _numeric(plain: str) -> datetime | None:
    """Return what a bare number tells: seconds or milliseconds since 1970, or spreadsheet days."""
    if not re.fullmatch(r"\d+(\.\d+)?", plain):
        return None
    whole = plain.partition(".")[0]
    if len(whole) in (9, 10):
        return _EPOCH + timedelta(seconds=float(plain))
    if len(whole) == 13:
        return _EPOCH + timedelta(milliseconds=int(whole))
    if len(whole) == 5 and 10_000 <= int(whole) <= 60_000:
        return _DAY_ZERO + timedelta(seconds=round(float(plain) * 86_400))
    return None


def _written(plain: str, order: str, zone: str) -> datetime | None:
    plain = _western(plain)
    compact = _COMPACT.fullmatch(plain)
    if compact:
        year, month, day, *clock = compact.groups()
        moment = datetime(int(year), int(month), int(day))  # noqa: DTZ001 - its zone is added below
        if clock[0] is None:
            return moment
        hours, minutes, seconds = (int(part) for part in clock)
        return _in_utc(moment.replace(hour=hours, minute=minutes, second=seconds), zone)
    day, rest = _day(plain, order)
    if day is None:
        return None
    return day if not rest.strip(" ,t日") else _with_clock(day, rest, zone)


def _western(plain: str) -> str:
    """Return a text with the digits of 二〇二四年三月五日 as digits."""
    if not any(sign in plain for sign in "一二三四五六七八九十"):
        return plain
    plain = re.sub(r"([一二三]?)十([一二三四五六七八九]?)", _tens, plain)
    return "".join(_CHINESE.get(sign, sign) for sign in plain)


def _tens(match: re.Match[str]) -> str:
    tens, ones = match.groups()
    return f"{_CHINESE.get(tens, '1')}{_CHINESE.get(ones, '0')}"


def _day(plain: str, order: str) -> tuple[datetime | None, str]:
    for pattern, places in ((_YMD, "ymd"), (_DAY_NAME, "dny"), (_NAME_DAY, "ndy")):
        match = pattern.match(plain)
        if match:
            parts = dict(zip(places, match.groups(), strict=True))
            month = _MONTHS.get(parts["n"]) if "n" in parts else int(parts["m"])
            if month is None:
                return None, ""
            moment = datetime(int(parts["y"]), month, int(parts["d"]))  # noqa: DTZ001 - wall clock
            return moment, plain[match.end() :]
    match = _SHORT.match(plain)
    return (_ordered(match, order), plain[match.end() :]) if match else (None, "")


def _ordered(match: re.Match[str], order: str) -> datetime | None:
    """Return a date of two small numbers and a year; only one way round may be a date at all."""
    first, second, year = (int(part) for part in match.groups())
    if first > 12 >= second:
        day, month = first, second
    elif second > 12 >= first:
        month, day = first, second
    elif first == second or _ORDERS.get(order) == "dmy":
        day, month = first, second
    elif _ORDERS.get(order) == "mdy":
        month, day = first, second
    else:
        return None
    return datetime(year, month, day)  # noqa: DTZ001 - wall clock


def _with_clock(day: datetime, rest: str, zone: str) -> datetime | None:
    match = _TIME.match(rest)
    if match is None:
        return None
    hour = int(match["h"])
    half = match["ampm"] or {"上午": "am", "凌晨": "am", "下午": "pm", "晚上": "pm"}.get(
        match["half"] or "", ""
    )
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    micros = int(((match["f"] or "") + "000000")[:6])
    moment = day.replace(
        hour=hour, minute=int(match["m"] or 0), second=int(match["s"] or 0), microsecond=micros
    )
    return _in_utc(moment, match["zone"] or zone)


def _in_utc(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=_zone(zone)).astimezone(UTC).replace(tzinfo=None)


@lru_cache(64)
def _zone(name: str) -> timezone | ZoneInfo:
    if name in ("z", "utc", "gmt"):
        return UTC
    if name in ("cst", "北京时间"):
        return ZoneInfo("Asia/Shanghai")
    offset = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    return ZoneInfo(name)


def _mail_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(UTC).replace(tzinfo=None)
