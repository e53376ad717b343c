"""Amounts of money: exact, and never without a currency."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from zhiyin.core.errors import InvalidInput

# The minor unit's decimal places; anything not listed has two (ISO 4217).
MINOR_UNITS = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "JOD": 3}


@dataclass(frozen=True, order=True)
class Money:
    """An exact amount in one currency (ISO 4217 code)."""

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def rounded(self) -> "Money":
        """Return the amount in whole minor units, half to even."""
        places = MINOR_UNITS.get(self.currency, 2)
        exact = self.amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
        return Money(exact, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise InvalidInput(
                f"{self.currency} and {other.currency} cannot be added; convert one of them first."
            )
