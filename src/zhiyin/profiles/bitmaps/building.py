"""Builds indexes from the warehouse's tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyroaring import BitMap

from zhiyin.profiles import tables as dm
from zhiyin.profiles.bitmaps.ranks import RanksIndex, bitmap_of, ranked
from zhiyin.profiles.bitmaps.values import ValuesIndex
from zhiyin.profiles.conditions import attribute_kind

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

MOST_VALUES = {"text": 2000, "number": 64, "boolean": 2, "time": 64}
NUMBER = "number"
# Rows of tags that are fetched at once: twelve bytes each, and as many again while they are sorted.
MOST_ROWS = 30_000_000
MOST_CODES = 60_000

Index = ValuesIndex | RanksIndex


def read_people(warehouse: Warehouse) -> pa.Array:
    """Return the person ids in the order of their numbers: whoever brought most comes first.

    So the first numbers of any audience are its best customers, and people of one tier or stage
    stand together, which makes bitmaps small.
    """
    customers = warehouse.read(dm.CUSTOMERS).select("person_id", "monetary")
    ordered = customers.order_by([customers.monetary.desc(), customers.person_id.asc()])
    return warehouse.to_arrow(ordered.select("person_id"))["person_id"].combine_chunks()


def numbers_of(people: pa.Array) -> ir.Table:
    """Return person_id and number, as a table that the warehouse can join."""
    numbers = pa.array(np.arange(len(people), dtype=np.uint32))
    return ibis.memtable(pa.table({"person_id": people, NUMBER: numbers}))


def read_attributes(
    warehouse: Warehouse, people: pa.Array, names: Sequence[str]
) -> dict[str, Index | None]:
    """Return the indexes of some columns of `dm.customers`; None for one with too many values."""
    customers = warehouse.read(dm.CUSTOMERS)
    columns = {name: comparable(customers[name]) for name in names}
    asked = customers.select("person_id", **{f"c_{name}": one for name, one in columns.items()})
    rows = warehouse.to_arrow(with_numbers(asked, people))
    numbers = numbers_in(rows)
    return {name: indexed(rows[f"c_{name}"], numbers, attribute_kind(name)) for name in names}


def read_scores(warehouse: Warehouse, people: pa.Array, model: str) -> Index | None:
    """Return the index of one model's scores."""
    scores = warehouse.read(dm.SCORES)
    asked = scores.filter(scores.model == model).select("person_id", "score")
    rows = warehouse.to_arrow(with_numbers(asked, people))
    return indexed(rows["score"], numbers_in(rows), "number")


def read_tags(warehouse: Warehouse, people: pa.Array) -> dict[str, dict[str | None, BitMap]]:
    """Return the people of every value of every tag that anybody has; plain tags have None."""
    tags = warehouse.read(dm.TAGS)
    counted = tags.group_by(["tag", "value"]).agg(rows=tags.count())
    kinds = warehouse.to_arrow(counted).to_pylist()
    found: dict[str, dict[str | None, BitMap]] = {}
    for group in groups_of(kinds):
        for kind, numbers in tag_groups(warehouse, people, group):
            found.setdefault(kind["tag"], {})[kind["value"]] = bitmap_of(numbers)
    return found


def groups_of(kinds: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield tags and values in groups that are either plain or not, and not too many rows."""
    for is_plain in (True, False):
        group: list[dict[str, Any]] = []
        rows = 0
        for kind in kinds:
            if (kind["value"] is None) is not is_plain:
                continue
            if group and (rows + kind["rows"] > MOST_ROWS or len(group) >= MOST_CODES):
                yield group
                group, rows = [], 0
            group.append(kind)
            rows += kind["rows"]
        if group:
            yield group


def tag_groups(
    warehouse: Warehouse, people: pa.Array, group: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], NDArray[np.uint32]]]:
    """Yield each tag and value of a group with the numbers of its people."""
    keys = ["tag"] if group[0]["value"] is None else ["tag", "value"]
    codes = ibis.memtable(
        pa.table(
            {
                **{name: pa.array([kind[name] for kind in group], pa.string()) for name in keys},
                "code": pa.array(range(len(group)), pa.uint16()),
            }
        )
    )
    tags = warehouse.read(dm.TAGS)
    if len(keys) == 1:
        tags = tags.filter(tags.value.isnull())
    coded = tags.select("person_id", *keys).inner_join(codes, keys).select("person_id", "code")
    rows = warehouse.to_arrow(with_numbers(coded, people))
    code = rows["code"].to_numpy()
    numbers = numbers_in(rows)[np.argsort(code, kind="stable")]
    yield from zip(group, split(numbers, np.bincount(code, minlength=len(group))), strict=True)


def with_numbers(rows: ir.Table, people: pa.Array) -> ir.Table:
    """Return the rows of people who have a number, with it."""
    numbers = numbers_of(people)
    return rows.inner_join(numbers, "person_id").drop("person_id")


def numbers_in(rows: pa.Table) -> NDArray[np.uint32]:
    """Return the numbers of a table's rows."""
    return rows[NUMBER].to_numpy().astype(np.uint32, copy=False)


def comparable(column: ir.Value) -> ir.Value:
    """Return a column as conditions compare it: decimals as doubles, dates as instants."""
    kind = column.type()
    if kind.is_decimal():
        return column.cast("float64")
    if kind.is_date() or kind.is_timestamp():
        return column.cast("timestamp(6)")
    return column


def indexed(column: pa.ChunkedArray, numbers: NDArray[np.uint32], kind: str) -> Index | None:
    """Return the index that fits a column; None for texts with very many values."""
    known = column.is_valid().to_numpy()
    values, numbers = column.drop_null(), numbers[known]
    if kind == "number":
        values = values.cast(pa.float64())
    if has_few_values(values, MOST_VALUES[kind]):
        return by_value(values, numbers)
    if kind == "text":
        return None
    if kind == "time":
        values = values.cast(pa.timestamp("us")).cast(pa.int64())
    return ranked(values.to_numpy(), numbers)


def has_few_values(values: pa.ChunkedArray, most: int) -> bool:
    """Return whether a column has few values; its first rows may tell already that it has not."""
    first = values.slice(0, 20 * most)
    return len(first.unique()) <= most and len(values.unique()) <= most


def by_value(values: pa.ChunkedArray, numbers: NDArray[np.uint32]) -> ValuesIndex:
    """Return the people of each value."""
    encoded = values.combine_chunks().dictionary_encode()
    code = encoded.indices.to_numpy().astype(np.uint16)
    by_code = numbers[np.argsort(code, kind="stable")]
    parts = split(by_code, np.bincount(code, minlength=len(encoded.dictionary)))
    people = {
        # A warehouse sorts what is no number behind all numbers.
        (math.inf if value != value else value): bitmap_of(part)  # noqa: PLR0124
        for value, part in zip(encoded.dictionary.to_pylist(), parts, strict=True)
    }
    return ValuesIndex(people)


def split(numbers: NDArray[np.uint32], counts: NDArray[np.int64]) -> list[NDArray[np.uint32]]:
    """Return numbers cut into neighbouring parts of some lengths."""
    ends = np.cumsum(counts)
    return [numbers[end - count : end] for end, count in zip(ends, counts, strict=True)]
