"""One thing that one person did, as the reader that goes event by event is told of it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

# Amounts are whole ten-thousandths, as exact as the warehouse's decimals with four digits.
AMOUNT_SCALE = 10_000

Value = str | int | float | None


class Happening(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A fact about a person, in the shape in which conditions count facts.

    Attributes
    ----------
    event : the event's name; `Order Completed` is one order, `Order Refunded` one refund.
    ts_ms : when, milliseconds since 1970.
    own : properties of the fact itself by their names in `profiles.deeds`; numbers as floats.
    lines : properties of its lines and their products, one mapping per line; of an event the
        product alone.
    amounts : what adds up, by measure, in ten-thousandths.
    """

    event: str
    ts_ms: int
    own: Mapping[str, Value] = {}
    lines: tuple[Mapping[str, Value], ...] = ()
    amounts: Mapping[str, int] = {}
