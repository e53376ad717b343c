"""Purchase histories as BG/NBD and Gamma-Gamma want them, from the warehouse's orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.models.clv.fitting import Floats
from zhiyin.models.clv.value import Customers
from zhiyin.models.features import ModelInputs, before

WEEK = 7.0


@dataclass(frozen=True)
class Buyers:
    """Everyone who bought before an instant, one entry per person, times in weeks.

    A purchase is a calendar day with an order (UTC): two invoices of one day are one visit. T
    ends on the last day of which something was seen, the day of the last instant before `as_of`.
    The spend model sees all purchases, the first one too; someone whose orders were all free
    shows it nothing.
    """

    person_id: list[str]
    first_day: np.ndarray
    amount: Floats
    customers: Customers

    @classmethod
    def before(cls, inputs: ModelInputs, as_of: datetime) -> Buyers:
        """Return the buyers of before `as_of`, by person id."""
        rows = histories(inputs, as_of).order_by("person_id").to_pyarrow()
        end = np.datetime64((as_of - timedelta(microseconds=1)).date(), "D")
        first, last = (as_days(rows[name]) for name in ("first_day", "last_day"))
        days, amount = (
            rows[name].cast(pa.float64()).to_numpy() for name in ("order_days", "amount")
        )
        customers = Customers(
            frequency=days - 1,
            recency=(last - first).astype(float) / WEEK,
            T=(end - first).astype(float) / WEEK,
            spend_count=np.where(amount > 0, days, 0.0),
            spend_mean=np.maximum(amount, 0.0) / days,
        )
        return cls(rows["person_id"].to_pylist(), first, amount, customers)

    def __len__(self) -> int:
        return len(self.person_id)


def histories(inputs: ModelInputs, as_of: datetime) -> ir.Table:
    """Return buyers' `first_day`, `last_day`, `order_days` and gross `amount`, before `as_of`."""
    orders = before(inputs.orders, inputs.person_of, epoch_milliseconds(as_of))
    return orders.group_by("person_id").aggregate(
        first_day=orders.order_date.min(),
        last_day=orders.order_date.max(),
        order_days=orders.order_date.nunique().cast("int64"),
        amount=orders.amount.sum().cast("float64"),
    )


def kept_share(inputs: ModelInputs, as_of: datetime) -> float:
    """Return the share of all money taken before `as_of` that was not given back, within [0, 1]."""
    now = epoch_milliseconds(as_of)
    orders = before(inputs.orders, inputs.person_of, now)
    refunds = before(inputs.refunds, inputs.person_of, now)
    taken = orders.aggregate(total=orders.amount.sum().cast("float64")).to_pyarrow()
    given = refunds.aggregate(total=refunds.amount.sum().cast("float64")).to_pyarrow()
    gross, back = (table["total"][0].as_py() or 0.0 for table in (taken, given))
    return float(min(max(1 - back / gross, 0.0), 1.0)) if gross > 0 else 1.0


def as_days(values: pa.ChunkedArray) -> np.ndarray:
    """Return dates as numpy days."""
    return values.cast(pa.date32()).to_numpy()
