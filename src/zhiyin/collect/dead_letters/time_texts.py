"""Read one time in a declared format, in the words of recipes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zhiyin.collect.events import instant_of
from zhiyin.collect.times import EPOCHS, ISO
from zhiyin.core.errors import InvalidInput

_DIRECTIVES = {
    "YYYY": "%Y", "YY": "%y", "MMM": "%b", "MM": "%m", "M": "%m", "DD": "%d", "D": "%d",
    "hh": "%H", "h": "%H", "mm": "%M", "ss": "%S", "ffffff": "%f", "A": "%p",
}  # fmt: skip
_TOKEN = re.compile("|".join(sorted(_DIRECTIVES, key=len, reverse=True)))
_HAS_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


def read_instant(value: Any, formats: Sequence[str], timezone: str) -> str:
    """Return a time as ISO 8601 with a Z; the first format that fits counts.

    Raises `InvalidInput` if none fits, or the time zone is none.
    """
    for one in formats or (ISO,):
        found = _read(str(value).strip(), one, timezone)
        if found is not None:
            return found.isoformat() + "Z"
    raise InvalidInput(f"{value!r} is no time of the format {' or '.join(formats)}.")


def _read(text: str, one: str, timezone: str) -> datetime | None:
    if one in EPOCHS:
        return _since_1970(text, EPOCHS[one])
    if one == ISO:
        found = instant_of(text)
        is_utc = found is not None and bool(_HAS_OFFSET.search(text)) and len(text) > 16
        return found if is_utc or found is None else _utc(found, timezone)
    pattern = _TOKEN.sub(lambda token: _DIRECTIVES[token.group()], one.replace("%", "%%"))
    pattern = pattern.replace("%H", "%I") if "%p" in pattern else pattern
    try:
        return _utc(datetime.strptime(text, pattern), timezone)  # noqa: DTZ007 - zone added next
    except ValueError:
        return None


def _utc(local: datetime, timezone: str) -> datetime:
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(
            f"{timezone!r} is not in the tz database; use a name such as Asia/Shanghai."
        ) from error
    return local.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _since_1970(text: str, unit: int) -> datetime | None:
    try:
        return datetime(1970, 1, 1) + timedelta(microseconds=round(float(text) * unit))  # noqa: DTZ001
    except (ValueError, OverflowError):
        return None
