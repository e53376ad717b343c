"""A small recipe, its files, and the loop that says in plain Python what must come of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhiyin.adapters.sources.files import Files
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import ImportReport, Recipe, import_files, load_recipe
from zhiyin.collect.tables import QUARANTINE, TARGETS
from zhiyin.core.clock import FixedClock
from zhiyin.ports.tables import TableSpec

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "no,sku,qty,price,at,who\n"

RECIPE = """
name: shop
title: {zh-CN: 小店, en: Shop}
timezone: Asia/Shanghai
currency: CNY
sources:
  - name: products
    files: ["products*"]
  - name: lines
    files: ["lines*"]
    target: order_lines
    joins:
      - {name: product, source: products, on: {sku: sku}}
    columns:
      order_id: no
      line_kind: {value: sale}
      customer_id: {from: who, strip_suffix: ".0"}
      product_id: sku
      product_name: product.name
      quantity: qty
      unit_price: {from: price, remove: ["¥", ","]}
      amount: {calculate: quantity * unit_price}
      order_time: {from: at, formats: [ISO, D/M/YYYY h:mm]}
    rules:
      - {code: cancellation, when: {order_id: {starts_with: C}}, set: {line_kind: refund}}
      - {code: free, when: {unit_price: 0, line_kind: sale}, set: {line_kind: adjustment}}
      - {code: negative_price, when: {unit_price: {below: 0}}, quarantine: true}
      - {code: future_date, when: {order_time: {after: now}}, quarantine: true}
    duplicates: {code: exact_duplicate}
    control_total: quantity * unit_price
"""

PRODUCTS = "sku,name\nA,绿茶\nB,乌龙\nA,again\n"


def recipe(folder: Path, text: str = RECIPE) -> Recipe:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path)


def file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(folder: Path, rows: Sequence[str] | str, name: str = "lines.csv") -> list[Path]:
    body = rows if isinstance(rows, str) else "".join(f"{row}\n" for row in rows)
    return [file(folder, name, HEADER + body), file(folder, "products.csv", PRODUCTS)]


def run(
    warehouse: DuckDBWarehouse,
    chosen: Recipe,
    paths: Sequence[Path],
    clock_now: datetime = NOW,
    **options: Any,
) -> ImportReport:
    clock = FixedClock(clock_now)
    return import_files(chosen, paths, warehouse=warehouse, files=Files(), clock=clock, **options)


def rows(warehouse: DuckDBWarehouse, spec: TableSpec | str) -> list[Mapping[str, Any]]:
    named = TARGETS[spec] if isinstance(spec, str) else spec
    found = warehouse.to_arrow(warehouse.read(named)).to_pylist()
    return sorted(found, key=lambda row: (str(row.get("origin")), row.get("origin_line") or 0))


def aside(warehouse: DuckDBWarehouse) -> list[tuple[int, str]]:
    return [(row["origin_line"], row["reason"]) for row in rows(warehouse, QUARANTINE)]
