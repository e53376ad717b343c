"""Pull order lines from PostgreSQL and MariaDB into ODS, beside the bare driver's fetch.

python -m benchmarks.collect_databases [ROWS]

Starts servers of its own; says so and stops where their programs are not installed.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.databases.engines import Engine, mariadb_engine, postgres_engine
from tests.databases.servers import PASSWORD, NotInstalled, Server, start_mariadb, start_postgres

from benchmarks.meter import peak_mib, stopwatch
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import load_recipe, pull_tables
from zhiyin.core.clock import SystemClock

ROWS = 300_000
COLUMNS = "id, order_no, customer_id, product, quantity, price, updated_at, ordered_at, day"
TABLE = """CREATE TABLE order_lines (
  id INTEGER NOT NULL PRIMARY KEY, order_no TEXT, customer_id INTEGER, product TEXT,
  quantity NUMERIC, price NUMERIC, updated_at INSTANT, ordered_at WALL_TIME, day DATE)"""
FILL = {
    "postgres": "SELECT n, 'A' || n / 4, n % 20000, 'product number ' || n % 4000, n % 7 + 1, "
    "(n % 10000) / 7.0, timestamptz '2024-01-01' + n / 3 * interval '1.000001 seconds', "
    "timestamp '2024-01-01' + n * interval '1 second', date '2024-01-01' + (n / 3000)::int "
    "FROM generate_series(1, {rows}) n",
    "mariadb": "SELECT seq, CONCAT('A', seq DIV 4), seq % 20000, "
    "CONCAT('product number ', seq % 4000), seq % 7 + 1, (seq % 10000) / 7, "
    "CAST('2024-01-01' AS DATETIME(6)) + INTERVAL (seq DIV 3) * 1000001 MICROSECOND, "
    "CAST('2024-01-01' AS DATETIME) + INTERVAL seq SECOND, "
    "CAST('2024-01-01' AS DATE) + INTERVAL seq DIV 3000 DAY FROM seq_1_to_{rows}",
}
RECIPE = """
name: bench
title: {zh-CN: 测, en: Bench}
timezone: Asia/Shanghai
currency: CNY
sources:
  - name: lines
    table: order_lines
    cursor: updated_at
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


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    print(
        json.dumps(
            {
                "rows": rows,
                "postgres": measured("postgres", rows),
                "mariadb": measured("mariadb", rows),
                "peak_mib": peak_mib(),
            }
        )
    )


def measured(kind: str, rows: int) -> dict[str, object]:
    """Return seconds and rows a second of a pull and of a bare fetch of the same rows."""
    try:
        server = start_postgres() if kind == "postgres" else start_mariadb()
    except NotInstalled as error:
        return {"skipped": f"{error}; apt-get install postgresql mariadb-server"}
    try:
        return _measured(kind, server, rows)
    finally:
        server.remove()


def _measured(kind: str, server: Server, rows: int) -> dict[str, object]:
    made = postgres_engine if kind == "postgres" else mariadb_engine
    engine = made(server, "bench")
    engine.run(
        TABLE,
        f"INSERT INTO order_lines ({COLUMNS}) {FILL[kind].format(rows=rows)}",
        "CREATE INDEX by_change ON order_lines (updated_at, id)",
    )
    with stopwatch() as bare:
        fetched = _fetch_postgres(server) if kind == "postgres" else _fetch_mariadb(server)
    with tempfile.TemporaryDirectory() as folder, stopwatch() as pull:
        report = _pull(engine, Path(folder))
    assert fetched == report["rows_kept"] == rows, (fetched, report)
    return {
        "pull_seconds": pull.seconds,
        "pull_rows_per_second": round(rows / pull.seconds),
        "bare_seconds": bare.seconds,
        "bare_rows_per_second": round(rows / bare.seconds),
        "share_of_bare": round(bare.seconds / pull.seconds, 3),
    }


def _pull(engine: Engine, folder: Path) -> dict[str, object]:
    path = folder / "bench.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    warehouse = DuckDBWarehouse(folder / "warehouse.duckdb")
    report = pull_tables(
        load_recipe(path),
        connect=lambda name: (name or "bench", engine.open()),
        warehouse=warehouse,
        clock=SystemClock(),
    )
    warehouse.close()
    return report.to_dict()


def _fetch_postgres(server: Server) -> int:
    """Fetch all rows in the driver's own types, in order, as Arrow."""
    from adbc_driver_postgresql import dbapi

    address = f"postgresql://zhiyin:{PASSWORD}@127.0.0.1:{server.port}/bench"
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM order_lines ORDER BY updated_at, id")
        return sum(batch.num_rows for batch in cursor.fetch_record_batch())


def _fetch_mariadb(server: Server) -> int:
    """Fetch all rows as tuples of Python's types, in order."""
    import pymysql
    from pymysql.cursors import SSCursor

    connection = pymysql.connect(
        host="127.0.0.1", port=server.port, user="zhiyin", password=PASSWORD, database="bench",
        cursorclass=SSCursor,
    )  # fmt: skip
    with connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM order_lines ORDER BY updated_at, id")
        return sum(1 for _ in cursor)


if __name__ == "__main__":
    main()
