"""A warehouse in memory, and table functions run in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.warehouse.api import BuildContext


@pytest.fixture(scope="session")
def context() -> BuildContext:
    return BuildContext(as_of=datetime(2026, 2, 1))


@pytest.fixture
def warehouse():
    made = DuckDBWarehouse(":memory:")
    yield made
    made.close()


@pytest.fixture(scope="session")
def rows(context) -> Callable[..., list[dict[str, Any]]]:
    """Run `build` over Arrow tables and return its rows."""
    engine = DuckDBWarehouse(":memory:")

    def run(build: Callable[..., Any], *tables: pa.Table) -> list[dict[str, Any]]:
        inputs = [ibis.memtable(table) for table in tables]
        return engine.to_arrow(build(*inputs, context=context)).to_pylist()

    return run
