"""Dates and times as a person writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import InvalidInput

# Nothing that a business knows is older, and days after the last leave no room to count on.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)


def read_date(text: str) -> date:
    """Return a day from YYYY-MM-DD."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is not a date; write it as YYYY-MM-DD.") from None
    return _within(day, text)


def read_instant(text: str, zone: tzinfo = UTC) -> datetime:
    """Return an instant, naive UTC, from a date or an ISO 8601 text.

    A date is its first instant; what has no offset is in `zone`.
    """
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not a time; write it as YYYY-MM-DD or YYYY-MM-DDTHH:MM."
        ) from None
    _within(written.date(), text)
    return naive_utc(written if written.tzinfo else written.replace(tzinfo=zone))


def _within(day: date, text: str) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(
            f"{text!r} is too far away; choose a day from {FIRST_DAY} to {LAST_DAY}."
        )
    return day
