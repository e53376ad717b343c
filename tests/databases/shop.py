"""A shop's order lines in a database, and the recipe that pulls them."""

from __future__ import annotations

from pathlib import Path

from zhiyin.collect.api import Recipe, load_recipe

RECIPE = """
name: shop
title: {zh-CN: 商店, en: Shop}
timezone: Asia/Shanghai
currency: CNY
sources:
  - name: lines
    table: order_lines
    cursor: CURSOR
    key: id
    overlap: OVERLAP
    batch_rows: BATCH
    target: order_lines
    columns:
      order_id: order_no
      line_kind: {value: sale}
      customer_id: customer_id
      product_name: product
      quantity: quantity
      unit_price: price
      amount: {calculate: "quantity * unit_price"}
      order_time: ordered_at
    control_total: amount
"""

MEMORY_TABLE = """
CREATE TABLE order_lines (
  id INTEGER PRIMARY KEY, order_no TEXT, customer_id INTEGER, product TEXT, quantity NUMERIC_TEXT,
  price NUMERIC_TEXT, ordered_at WALL_TIME, updated_at INSTANT, day DATE, code TEXT
)"""


def recipe(
    folder: Path, *, cursor: str = "updated_at", overlap: str = "5 minutes", batch: int = 4,
    text: str = RECIPE,
) -> Recipe:  # fmt: skip
    """The recipe as a person writes it, with these settings."""
    content = text.replace("CURSOR", cursor).replace("OVERLAP", overlap)
    path = folder / "shop.yaml"
    path.write_text(content.replace("BATCH", str(batch)), encoding="utf-8")
    return load_recipe(path)


def instant(minute: float) -> str:
    """A time on the morning of 1 March 2026, as the port writes it."""
    micros = round(minute * 60_000_000)
    hours, rest = divmod(micros, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    seconds, micros = divmod(rest, 1_000_000)
    return f"2026-03-01T{hours:02}:{minutes:02}:{seconds:02}.{micros:06}Z"
