"""What a simulated world is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from zhiyin.core.errors import InvalidInput

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class MessageEffect:
    """The causal rule that the product is to find out.

    Parameters
    ----------
    conversion_lift
        Planted average effect: the rise in the share of members who order within `days` days
        after one message with a discount of `reference_discount`, averaged over the members who
        agree to e-mail. Solved for when the world is made; 0 plants a world in which messages do
        nothing at all.
    days
        How long an opened message works, in days, the day of opening included.
    decay
        Factor from one day to the next.
    reference_discount
        Discount of the message that `conversion_lift` is about, as a share of the price.
    fatigue
        How much one fresh earlier message takes from the next one's effect: a rate in an
        exponential.
    """

    conversion_lift: float = 0.03
    days: int = 10
    decay: float = 0.85
    reference_discount: float = 0.10
    fatigue: float = 0.35

    def __post_init__(self) -> None:
        if not 0 <= self.conversion_lift <= 0.5:
            raise InvalidInput(
                f"A conversion lift of {self.conversion_lift} cannot be planted; "
                "give a share between 0 and 0.5."
            )
        if self.days < 1:
            raise InvalidInput(f"An effect cannot last {self.days} days; give 1 or more.")


@dataclass(frozen=True)
class WorldConfig:
    """The shop's size, its span of time and its seed.

    Parameters
    ----------
    customers
        Members registered by the end of the history.
    months
        Length of the history in months.
    seed
        Same configuration, same bytes.
    end
        The first local day after the history: the world's `now` is its midnight in Asia/Shanghai.
    start
        First local day of the history; instead of `end`, which is then `months` later.
    stores, products
        Number of shops with a till, and of products.
    message_effect
        How people react to messages.
    dirt
        Scale of the defects in the written files; 0 writes clean files.
    """

    customers: int = 20_000
    months: int = 12
    seed: int = 7
    end: date | None = None
    start: date | None = None
    stores: int = 12
    products: int = 600
    message_effect: MessageEffect = field(default_factory=MessageEffect)
    dirt: float = 1.0

    def __post_init__(self) -> None:
        for name, least in (("customers", 1), ("months", 1), ("stores", 1), ("products", 50)):
            if getattr(self, name) < least:
                raise InvalidInput(f"{name} cannot be {getattr(self, name)}; give {least} or more.")
        if self.customers > 5_000_000:
            raise InvalidInput(
                f"customers cannot be {self.customers}; a world holds 5,000,000 at most."
            )
        if self.start and self.end:
            raise InvalidInput("Give a world either a start or an end, and its months.")

    @property
    def span(self) -> tuple[date, date]:
        """First local day of the history, and the first local day after it."""
        if self.start:
            return self.start, shift_months(self.start, self.months)
        end = self.end or date(2026, 7, 1)
        return shift_months(end, -self.months), end


def shift_months(day: date, months: int) -> date:
    """Return the same day of the month `months` later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    following = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def day_number(day: date) -> int:
    """Return days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """Return the date of a day number."""
    return EPOCH + timedelta(days=int(number))
