"""Errors planted into clean rows, each written down with the value that is true.

A row gets one error at most, so that each can be told from the others. The kinds are drawn, and so
is how each looks: a slip of the hand falls on any letter, a format is any of several.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from zhiyin.simulation import slips
from zhiyin.simulation.world import World

Row = dict[str, str]
MEMBER_COLUMNS = (
    "member_no",
    "email",
    "phone",
    "name",
    "gender",
    "birth_date",
    "city",
    "joined_at",
)
LINE_COLUMNS = (
    "order_no", "line_no", "placed_at", "member_no", "sku", "qty", "unit_price", "discount",
)  # fmt: skip
# Price errors are planted only on products sold this often: nobody can tell them on others.
OFTEN_SOLD = 12


@dataclass(frozen=True)
class PlantedError:
    """One error: the file and key of its row, the column, its kind, and the true value."""

    file: str
    key: str
    column: str
    kind: str
    true_value: str
    planted: str


@dataclass
class DirtyShop:
    """Files with planted errors, the ledger of them, and the rows as they truly are."""

    members: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    ledger: list[PlantedError] = field(default_factory=list)
    true_members: dict[str, Row] = field(default_factory=dict)
    true_lines: dict[str, Row] = field(default_factory=dict)

    def write(self, folder: Path) -> list[Path]:
        """Write the files and return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, columns, rows in (
            ("members", MEMBER_COLUMNS, self.members),
            ("order_lines", LINE_COLUMNS, self.lines),
        ):
            table = pa.table({column: [row[column] for row in rows] for column in columns})
            path = folder / f"{name}.csv"
            csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
            written.append(path)
        return written


def dirty_shop(world: World, *, share: float, seed: int) -> DirtyShop:
    """Return a world's members and web order lines with errors in a share of the rows."""
    rng = np.random.default_rng(seed)
    shop = DirtyShop()
    members = world.shop.people.members(0, world.history_end).to_pylist()
    shop.true_members = {row["member_no"]: _member(row) for row in members}
    sold = [row for _, month in world.months() for row in month.web_order_lines.to_pylist()]
    lines = [_line(row) for row in sold if row["kind"] == "sale"]
    # One line per order and product, so that a line can be found again whatever became of it.
    shop.true_lines = {f"{row['order_no']}|{row['sku']}": row for row in lines}
    counts: dict[str, int] = {}
    for row in shop.true_lines.values():
        counts[row["sku"]] = counts.get(row["sku"], 0) + 1
    often = {sku for sku, count in counts.items() if count >= OFTEN_SOLD}
    shop.members = _soiled(shop, "members", shop.true_members, share, rng, lambda kind, row: True)
    shop.lines = _soiled(
        shop,
        "order_lines",
        shop.true_lines,
        share,
        rng,
        lambda kind, row: row["sku"] in often or kind not in slips.PRICE_KINDS,
    )
    return shop


def _member(row: dict[str, str | None]) -> Row:
    clean = {name: row[name] or "" for name in MEMBER_COLUMNS}
    local, sign, domain = clean["email"].partition("@")
    # Domains long enough for a slip in them to be one.
    longer = {"126": "hotmail", "qq": "foxmail", "mail": "outlook"}
    body = domain.removesuffix(".example")
    clean["email"] = f"{local}@{longer.get(body, body)}.example" if sign else ""
    return clean


def _line(row: dict[str, object]) -> Row:
    return {name: str(row[name] if row[name] is not None else "") for name in LINE_COLUMNS}


def _soiled(  # noqa: PLR0917 - one private call, and all six differ in type
    shop: DirtyShop,
    file: str,
    truth: dict[str, Row],
    share: float,
    rng: np.random.Generator,
    may: Callable[[str, Row], bool],
) -> list[Row]:
    kinds = slips.KINDS[file]
    rows: list[Row] = []
    for key, row in truth.items():
        rows.append(row)
        if rng.random() >= share:
            continue
        kind = kinds[int(rng.integers(len(kinds)))]
        soiled = kind.make(row, rng) if may(kind.name, row) else None
        if soiled is None:
            continue
        rows[-1] = soiled.row
        rows += soiled.beside
        shop.ledger += [
            PlantedError(file, key, column, kind.name, row[column], soiled.row[column])
            for column in soiled.columns
        ]
    return rows
