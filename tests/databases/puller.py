"""A process that pulls and tells of every batch, to be killed at any moment.

Arguments: kind, port, database, warehouse file, recipe file. The password comes in PASSWORD.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from zhiyin.adapters.databases.access import Access
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import load_recipe, pull_tables
from zhiyin.core.clock import SystemClock


def main() -> None:
    kind, port, place, warehouse, recipe = sys.argv[1:]
    access = Access(
        "shop", "127.0.0.1", int(port), place, "zhiyin", os.environ["PASSWORD"], timeout_seconds=60
    )
    if kind == "postgres":
        from zhiyin.adapters.databases.postgres import connect_postgres as connect
    else:
        from zhiyin.adapters.databases.mysql import connect_mysql as connect
    store = DuckDBWarehouse(Path(warehouse))
    pull_tables(
        load_recipe(Path(recipe)),
        connect=lambda name: (name or "shop", connect(access)),
        warehouse=store,
        clock=SystemClock(),
        on_progress=lambda said: print(said, flush=True),
    )
    store.close()


if __name__ == "__main__":
    main()
