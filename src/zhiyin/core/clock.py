"""The only place that reads the time of day."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, in UTC."""

    def now(self) -> datetime:
        """Return the present instant, timezone-aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """A clock that stands still until it is moved: tests, demos, back-fills."""

    instant: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        return self.instant

    def advance(self, by: timedelta) -> None:
        """Move the clock forward by `by`."""
        self.instant += by


def naive_utc(instant: datetime) -> datetime:
    """Return the instant as the warehouse stores it: UTC without an offset.

    A naive `instant` is taken to be UTC already.
    """
    if instant.tzinfo is None:
        return instant
    return instant.astimezone(UTC).replace(tzinfo=None)


def epoch_milliseconds(instant: datetime) -> int:
    """Return milliseconds since 1970-01-01 UTC."""
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return int(aware.timestamp() * 1000)
