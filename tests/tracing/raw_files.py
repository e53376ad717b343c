"""Records of raw files by their number, read as plainly as can be: the oracle of traces."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

# A column of ODS, and the columns of the simulated shop's files that it is read from.
FILE_COLUMNS = {
    "order_id": ("order_no", "receipt_no"),
    "customer_id": ("member_no",),
    "product_id": ("sku",),
    "event_id": ("message_id", "review_id", "ticket_id"),
    "user_id": ("user_id", "member_no"),
    "member_card": ("card_no",),
}


@cache
def records(path: Path) -> list[dict[str, str | None]]:
    """Return the records of a file, the first one first."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def held(folder: Path, name: str, line: int) -> dict[str, str | None]:
    """Return what a file holds at a 1-based record number."""
    path = next(folder.rglob(name))
    return records(path)[line - 1]


def disagreements(record: dict, values: dict[str, object]) -> list[str]:
    """Return the identifying columns whose value is not the one in the file."""
    found = []
    for column, names in FILE_COLUMNS.items():
        known = [str(record[name]) for name in names if record.get(name) is not None]
        if column in values and known and str(values[column]) not in known:
            found.append(f"{column}: {values[column]} is not among {known}")
    return found
