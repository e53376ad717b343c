"""A shop whose files hold planted errors, brought into a warehouse, and what became of each.

The rules here are a shop's own, as somebody would write them who has seen such files; they were
written with the worlds of seeds 1 to 9. What is reported is of other seeds.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from zhiyin.adapters.sources.files import Files
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.collect.api import import_files, load_recipe
from zhiyin.core.clock import SystemClock
from zhiyin.simulation.errors import DirtyShop, PlantedError
from zhiyin.warehouse.api import BuildContext, builds, run_builds
from zhiyin.warehouse.cleaning import tables as told
from zhiyin.warehouse.cleaning.api import RuleBook, read_body, shipped_rules

RECIPE = """
name: dirty_shop
title: {zh-CN: 脏数据, en: Dirty data}
timezone: Asia/Shanghai
currency: CNY
sources:
  - name: members
    files: ["members*"]
    target: customers
    columns:
      customer_id: member_no
      email: email
      phone: phone
      name: name
      gender: {from: gender, unreadable: empty}
      birth_date: {from: birth_date, unreadable: empty}
      joined_at: {from: joined_at, unreadable: empty}
      city: city
      attributes: {pack: [gender, birth_date, joined_at]}
  - name: order_lines
    files: ["order_lines*"]
    target: order_lines
    columns:
      # What a line must have comes as text in the attributes, for cleaning to read.
      order_id: order_no
      line_kind: {value: sale}
      customer_id: member_no
      product_id: sku
      quantity: {value: "0"}
      unit_price: {value: "0"}
      discount: {from: discount, default: 0}
      amount: {value: "0"}
      order_time: {value: "1970-01-01"}
      attributes:
        pack: {line: line_no, quantity: qty, unit_price: unit_price, order_time: placed_at}
"""

LINE_RULES = """
table: order_lines
rules:
  - name: tidy_ids
    columns: [customer_id, product_id]
    text: {width: all, spaces: none}
  - name: price_text
    column: unit_price
    number: {from: attributes.unit_price, unit: workspace, otherwise: reject}
  - name: quantity_text
    column: quantity
    number: {from: attributes.quantity, otherwise: reject}
  - name: order_time_text
    column: order_time
    date: {from: attributes.order_time, otherwise: reject}
  - name: price_in_fen
    column: unit_price
    unit: {group: product_id, factors: [100], at_least_rows: 8}
  - name: unusual_price
    column: unit_price
    outlier: {group: product_id, deviations: 8, at_least_rows: 8, otherwise: flag}
  - name: amount_follows
    column: amount
    calculate: {formula: quantity * unit_price - discount, if_changed: [unit_price, quantity]}
  - name: impossible_price
    column: unit_price
    range: {at_least: 0, otherwise: reject}
  - name: impossible_quantity
    column: quantity
    range: {above: 0, at_most: 1000, otherwise: reject}
  - name: ordered_in_future
    column: order_time
    range: {at_most: now +1 day, otherwise: reject}
  - name: told_again
    duplicates: {same: [order_id, product_id, attributes.line], within: 300, by: order_time}
"""
DOMAINS = ["hotmail.example", "foxmail.example", "outlook.example", "163.example"]
# What may become of an error, the best first.
OUTCOMES = ("repaired", "set_aside", "emptied", "flagged", "missed")


def rule_book() -> RuleBook:
    """Return the shop's rules: those that ship, with its domains, and its own for order lines."""
    shipped = shipped_rules()
    body = _shipped_body()
    for rule in body["rules"]:
        if "email" in rule:
            rule["email"]["domains"] = DOMAINS
        if rule["name"] == "tidy_ids":
            rule["text"]["case"] = "upper"
        if rule["name"] == "gender_code":
            # The import lets only codes through; the words stand in the attributes.
            rule["codes"]["from"] = "attributes.gender"
    return RuleBook(
        {
            **shipped.tables,
            ods.CUSTOMERS.name: read_body("customers.yaml", body),
            ods.ORDER_LINES.name: read_body("order_lines.yaml", yaml.safe_load(LINE_RULES)),
        }
    )


def _shipped_body() -> dict[str, Any]:
    import zhiyin.warehouse

    folder = Path(zhiyin.warehouse.__file__).parent / "defaults" / "cleaning"
    return yaml.safe_load((folder / "customers.yaml").read_text("utf-8"))


def brought_in(shop: DirtyShop, warehouse: DuckDBWarehouse) -> None:
    """Import the shop's files and build the facts that rules are about."""
    with tempfile.TemporaryDirectory() as folder:
        files = shop.write(Path(folder))
        place = Path(folder) / "dirty_shop.yaml"
        place.write_text(RECIPE, encoding="utf-8")
        recipe = load_recipe(place)
        import_files(recipe, files, warehouse=warehouse, files=Files(), clock=SystemClock())
    wanted = ("dw.customers", "dw.order_lines", "dw.products", "dw.cleaning_")
    chosen = [one for one in builds(rule_book()) if one.spec.name.startswith(wanted)]
    now = datetime.now(UTC).replace(tzinfo=None)
    run_builds(
        chosen, warehouse, context=BuildContext(as_of=now), clock=SystemClock(), run_id="dirty"
    )


@dataclass(frozen=True)
class Score:
    """What became of planted errors and of good values."""

    outcomes: Mapping[str, Counter[str]]  # kind -> outcome -> errors
    good_values: int
    touched: tuple[tuple[str, str, str, str], ...]  # file, column, true value, value in DW

    @property
    def planted(self) -> int:
        """Errors planted."""
        return sum(sum(counts.values()) for counts in self.outcomes.values())

    @property
    def caught(self) -> float:
        """Share of errors repaired to the true value, set aside, emptied or flagged."""
        missed = sum(counts["missed"] for counts in self.outcomes.values())
        return 1 - missed / self.planted

    @property
    def share(self) -> dict[str, float]:
        """Share of all errors per outcome."""
        total = Counter()
        for counts in self.outcomes.values():
            total.update(counts)
        return {name: total[name] / self.planted for name in OUTCOMES}


def score(shop: DirtyShop, warehouse: DuckDBWarehouse) -> Score:
    """Compare what is in DW with what is true."""
    members = _members(warehouse)
    lines = _lines(warehouse)
    aside = _set_aside(shop, warehouse)
    outcomes: dict[str, Counter[str]] = {}
    spoiled: set[tuple[str, str, str]] = set()
    for error in shop.ledger:
        spoiled.add((error.file, error.key, error.column))
        found = members if error.file == "members" else lines
        outcome = _outcome(error, found.get(error.key, []), aside)
        outcomes.setdefault(error.kind, Counter())[outcome] += 1
    touched, good = [], 0
    for file, truth, found in (
        ("members", shop.true_members, members),
        ("order_lines", shop.true_lines, lines),
    ):
        rows_with_errors = {key for name, key, _ in spoiled if name == file}
        for key, row in truth.items():
            if key in rows_with_errors:
                continue
            there = found.get(key, [])
            for column in COMPARED[file]:
                good += 1
                value = there[0][column] if len(there) == 1 else f"{len(there)} rows"
                if value != canonical(column, row[column]):
                    touched.append((file, column, row[column], str(value)))
    return Score(outcomes, good, tuple(touched))


COMPARED = {
    "members": ("email", "phone", "name", "gender", "birth_date", "city", "joined_at"),
    "order_lines": ("qty", "unit_price", "placed_at", "sku", "member_no"),
}


def canonical(column: str, text: str) -> Any:
    """Return a true value as DW is to hold it."""
    if not text:
        return None
    shapes = {
        "phone": lambda: f"+86{text}",
        "gender": lambda: {"女": "female", "男": "male"}[text],
        "qty": lambda: float(text),
        "unit_price": lambda: float(text),
        "joined_at": lambda: datetime.fromisoformat(text) - timedelta(hours=8),
        "placed_at": lambda: datetime.fromisoformat(text) - timedelta(hours=8),
        "birth_date": lambda: datetime.fromisoformat(text).date(),
    }
    return shapes[column]() if column in shapes else text


def _outcome(error: PlantedError, there: list[dict[str, Any]], aside: set[str]) -> str:
    if error.kind in ("member_told_twice", "line_repeated", "line_nearly_repeated"):
        return "repaired" if len(there) == 1 else "missed"
    if not there:
        return "set_aside" if error.key in aside else "missed"
    if len(there) > 1:
        return "missed"
    value = there[0][error.column]
    if value == canonical(error.column, error.true_value):
        return "repaired"
    if value is None:
        return "emptied"
    return "flagged" if there[0]["flagged"] else "missed"


def _members(warehouse: DuckDBWarehouse) -> dict[str, list[dict[str, Any]]]:
    rows = warehouse.sql("select * from dw.customers").to_pylist()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        plain = row["customer_id"].strip().upper()
        plain = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) < 0xFF5F else c for c in plain)
        found.setdefault(plain, []).append({**row, "member_no": row["customer_id"]})
    return found


def _lines(warehouse: DuckDBWarehouse) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in warehouse.sql("select * from dw.order_lines").to_pylist():
        shaped = {
            "qty": float(row["quantity"]),
            "unit_price": float(row["unit_price"]),
            "placed_at": row["order_time"],
            "sku": row["product_id"],
            "order_no": row["order_id"],
            "member_no": (row["visitor_id"] or "").removeprefix("user:") or None,
            "flagged": row["flagged"],
        }
        found.setdefault(f"{row['order_id']}|{row['product_id']}", []).append(shaped)
    return found


def _set_aside(shop: DirtyShop, warehouse: DuckDBWarehouse) -> set[str]:
    """Return the keys of order lines that a rule keeps out or that the import set aside."""
    rejected = warehouse.to_arrow(warehouse.read(told.REJECTS)).to_pylist()
    quarantined = warehouse.to_arrow(warehouse.read(ods.QUARANTINE)).to_pylist()
    numbers = {row["origin_line"] for row in rejected if row["table_name"] == "ods.order_lines"}
    numbers |= {row["origin_line"] for row in quarantined if row["target"] == "order_lines"}
    return {
        f"{row['order_no']}|{row['sku']}"
        for number, row in enumerate(shop.lines, start=1)
        if number in numbers
    }
