"""When to try again, and when to leave a channel alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class RetryPolicy:
    """Waits double from `first` up to `longest`; after `attempts` the message is given up."""

    attempts: int = 8
    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=6)

    def wait(self, attempts_made: int) -> timedelta:
        """Return how long to wait after so many attempts."""
        doublings = min(max(attempts_made - 1, 0), 30)
        return min(self.first * 2**doublings, self.longest)


@dataclass
class CircuitBreaker:
    """Leaves a channel alone for `pause` after `limit` failures in a row.

    When the pause is over one message is tried; if that fails too, the pause starts again.
    """

    limit: int = 5
    pause: timedelta = timedelta(minutes=2)
    failures: int = 0
    open_until: datetime | None = None

    def blocked_until(self, now: datetime) -> datetime | None:
        """Return until when nothing is to be sent, or None."""
        if self.open_until is not None and now < self.open_until:
            return self.open_until
        return None

    def failed(self, now: datetime) -> None:
        """Note a failure of the channel itself."""
        self.failures += 1
        if self.failures >= self.limit:
            self.open_until = now + self.pause

    def worked(self) -> None:
        """Note that the channel answered."""
        self.failures = 0
        self.open_until = None
