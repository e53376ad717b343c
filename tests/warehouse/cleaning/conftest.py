"""A warehouse in memory, and rules tried on a few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import ibis
import pytest
import yaml

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.cleaning.api import Setting, cleaned, read_body

SETTING = Setting(datetime(2026, 6, 1))
SPECS = {spec.table: spec for spec in (ods.CUSTOMERS, ods.ORDER_LINES, ods.PRODUCTS)}
Tried = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def warehouse() -> Iterator[DuckDBWarehouse]:
    warehouse = DuckDBWarehouse(":memory:")
    yield warehouse
    warehouse.close()


@pytest.fixture
def tried(warehouse) -> Tried:
    """What is left of rows after rules, in the order of the rows."""

    def run(table: str, rules: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
        found = read_body("test.yaml", {"table": table, "rules": yaml.safe_load(rules)})
        raw = ibis.memtable(rows_of(SPECS[table], *rows))
        expr = cleaned(raw, found, SETTING)
        return warehouse.to_arrow(expr.order_by("origin_line")).to_pylist()

    return run
