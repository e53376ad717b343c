"""A warehouse in memory for every test."""

from __future__ import annotations

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse


@pytest.fixture
def warehouse():
    made = DuckDBWarehouse(":memory:", threads=2)
    yield made
    made.close()
