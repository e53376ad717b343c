"""The shop's files: a month of events in Parquet, the rest as CSV, as its systems export them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from zhiyin.simulation.config import day_of
from zhiyin.simulation.dirt import Dirt
from zhiyin.simulation.rows import Emitted

if TYPE_CHECKING:
    from zhiyin.simulation.world import World


@dataclass
class HistoryReport:
    """What the files hold, to the row and to the fen.

    `rows` counts the rows of each kind of file, defects included; `dirt` counts the defects by
    `file.defect`. All other figures are of the clean rows: defects of kinds `duplicate`,
    `missing_*` and `future_time` are rows beside them. Amounts are net of discounts, in fen.
    """

    folder: Path
    files: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    dirt: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    receipts: int = 0
    order_events: int = 0
    sold: dict[str, int] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)

    @property
    def total_rows(self) -> int:
        """Rows of all files."""
        return sum(self.rows.values())

    def count(self, month: Emitted) -> None:
        """Add a month's clean rows to the totals."""
        for name, key in (("web_order_lines", "order_no"), ("pos_lines", "receipt_no")):
            table = month.tables[name]
            sale = pc.equal(table["kind"], "sale")
            self.sold[name] = self.sold.get(name, 0) + net_fen(table.filter(sale))
            refund = -net_fen(table.filter(pc.invert(sale)))
            self.refunded[name] = self.refunded.get(name, 0) + refund
            documents = pc.count_distinct(table.filter(sale)[key]).as_py()
            if name == "pos_lines":
                self.receipts += documents
            else:
                self.orders += documents
        done = pc.equal(month.web_events["event"], "Order Completed")
        self.order_events += pc.sum(done).as_py() or 0


def net_fen(lines: pa.Table) -> int:
    """Return the net amount of order or receipt lines in fen."""
    if not lines.num_rows:
        return 0
    price, discount = (fen_of(lines[name]) for name in ("unit_price", "discount"))
    return int((lines["qty"].to_numpy() * price - discount).sum())


def write_history(world: World, folder: Path) -> HistoryReport:
    """Write the world's history month by month and return what was written.

    The same configuration gives the same bytes. Only one month is in memory at a time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = HistoryReport(folder)
    dirt = Dirt(world.shop.streams, world.config.dirt)
    for label, month in world.months():
        report.count(month)
        for name, table in month.tables.items():
            if name == "crm_members":
                continue
            soiled = dirt.soil(name, label, table)
            _write(report, f"{name}-{label}", name, soiled)
    everyone = world.shop.people.members(0, world.history_end)
    stamp = day_of(world.history_end - 1).isoformat()
    _write(report, f"crm_members-{stamp}", "crm_members", dirt.soil("crm_members", stamp, everyone))
    _write(report, "products", "products", world.products())
    report.dirt = dict(sorted(dirt.counts.items()))
    return report


def write_days(emitted: Emitted, folder: Path, stamp: str) -> list[Path]:
    """Write the clean rows of some live days as files called `name-stamp`.

    Empty tables are left out. Web events are not written: a live shop posts them to the collector.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = HistoryReport(folder)
    for name, table in emitted.tables.items():
        if name != "web_events" and table.num_rows:
            _write(report, f"{name}-{stamp}", name, table)
    return [folder / name for name in report.files]


def _write(report: HistoryReport, stem: str, name: str, table: pa.Table) -> None:
    if name == "web_events":
        path = report.folder / f"{stem}.parquet"
        pq.write_table(
            table,
            path,
            compression="zstd",
            compression_level=1,
            row_group_size=250_000,
            store_schema=False,
            use_dictionary=_REPETITIVE,
        )
    else:
        path = report.folder / f"{stem}.csv"
        csv.write_csv(_as_text(table), path, csv.WriteOptions(quoting_style="needed"))
    report.files.append(path.name)
    report.rows[name] = report.rows.get(name, 0) + table.num_rows


# Random ids do not repeat within a page; dictionaries of them cost time and save nothing.
_REPETITIVE = [
    "type", "event", "user_id", "platform", "page_path", "product_id", "search_query", "utm_source",
    "utm_medium", "utm_campaign", "campaign_id", "email", "anonymous_id", "quantity", "revenue",
]  # fmt: skip


def _as_text(table: pa.Table) -> pa.Table:
    """Return the table with missing texts as empty cells."""
    return pa.table(
        {
            name: pc.fill_null(column, "") if pa.types.is_string(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    )


def fen_of(amounts: pa.ChunkedArray) -> np.ndarray:
    """Return decimals in yuan as whole fen."""
    return pc.multiply(amounts, pa.scalar(100, pa.int64())).cast(pa.int64()).to_numpy()
