"""Half-open spans of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from zhiyin.core.errors import InvalidInput


@dataclass(frozen=True)
class Window:
    """All instants t with `start <= t < end`, in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InvalidInput(
                f"A window cannot end ({self.end}) before it starts ({self.start}); swap the two."
            )

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @classmethod
    def before(cls, as_of: datetime, length: timedelta) -> "Window":
        """Return the window of `length` that ends at `as_of`, `as_of` itself left out."""
        return cls(as_of - length, as_of)
