"""What is known of a person, as numbers: columns of the wide table and tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from zhiyin.core.privacy import Pii
from zhiyin.profiles.tables import CUSTOMERS

MOST_CATEGORIES = 30

# Columns that say the same in another way: who is chosen by one must not be found by another.
KIN = (
    {"orders", "f", "is_buyer", "refunds", "average_order", "monetary", "m", "first_order_at",
     "persona"},
    {"recency_days", "last_order_at", "r", "orders_90d", "stage", "last_seen_at", "churn",
     "persona"},
    {"value_tier", "rfm_segment", "r", "f", "m", "monetary", "clv", "persona"},
    {"favourite_category", "favourite_channel", "discount_share", "persona"},
    {"churn", "repurchase"},
    {"email", "can_email"},
    {"birth_date", "age_group"},
    {"visits_30d", "last_seen_at"},
)  # fmt: skip


def usable_columns(named: Collection[str]) -> list[str]:
    """Return the columns that a look-alike may look at.

    Names, contacts and ids say nothing about likeness. Columns that the seed's own condition names
    are left out with their kin: they would find the seed itself, and nobody new.
    """
    barred = set(named)
    for kin in KIN:
        if kin & set(named):
            barred |= kin
    return [
        name
        for name, column in CUSTOMERS.columns.items()
        if name not in barred
        and column.pii in (Pii.NONE, Pii.PERSONAL)
        and name not in ("person_id", "name")
    ]


def matrix(
    customers: pa.Table, tags: Mapping[str, NDArray[np.bool_]]
) -> tuple[NDArray[np.float32], list[str]]:
    """Return one row per customer and the columns' names; texts become one column a value."""
    columns: list[NDArray[np.float32]] = []
    names: list[str] = []
    for name in customers.column_names:
        for label, values in numbers_of(name, customers[name]):
            columns.append(values)
            names.append(label)
    for tag, has in tags.items():
        columns.append(has.astype(np.float32))
        names.append(f"tag.{tag}")
    # The booster refuses names with signs that JSON needs.
    clean = [name.translate(str.maketrans('[]{}",: ', "________")) for name in names]
    return np.column_stack(columns), [
        name if clean.count(name) == 1 else f"{name}_{at}" for at, name in enumerate(clean)
    ]


def numbers_of(name: str, column: pa.ChunkedArray) -> list[tuple[str, NDArray[np.float32]]]:
    """Return a column as numbers, unknown ones as not a number."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        counts = pc.value_counts(column.drop_null()).to_pylist()
        top = sorted(counts, key=lambda one: (-one["counts"], one["values"]))[:MOST_CATEGORIES]
        return [(f"{name}.{one['values']}", floats(pc.equal(column, one["values"]))) for one in top]
    if pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"))
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us")).cast(pa.int64())
    return [(name, floats(column))]


def floats(column: pa.ChunkedArray) -> NDArray[np.float32]:
    """Return numbers or truth values as floats."""
    known = (
        column.cast(pa.float64(), safe=False)
        if column.type != pa.bool_()
        else column.cast(pa.int8()).cast(pa.float64())
    )
    return known.to_numpy().astype(np.float32)
