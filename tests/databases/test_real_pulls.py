"""Pulls from real servers: killed in the middle, cut off, changed under our feet."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from tests.databases.engines import Engine, mariadb_engine, postgres_engine
from tests.databases.servers import PASSWORD
from tests.databases.shop import RECIPE, recipe

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.collect.api import pull_tables, reset_pull
from zhiyin.core.clock import SystemClock
from zhiyin.core.errors import Conflict, InvalidInput, Permanent, Transient

pytestmark = pytest.mark.databases
places = itertools.count(1)

LINES = """CREATE TABLE order_lines (
  id INTEGER NOT NULL PRIMARY KEY, order_no TEXT, customer_id INTEGER, product TEXT,
  quantity NUMERIC, price NUMERIC, ordered_at WALL_TIME, updated_at INSTANT, day DATE)"""
NAMES = "(id, order_no, customer_id, product, quantity, price, ordered_at, updated_at, day)"


@pytest.fixture(params=["postgres", "mariadb"])
def engine(request) -> Engine:
    place = f"p{next(places)}"
    if request.param == "postgres":
        made = postgres_engine(request.getfixturevalue("postgres_server"), place)
    else:
        made = mariadb_engine(request.getfixturevalue("mariadb_server"), place)
    made.run(LINES)
    return made


@pytest.fixture
def warehouse(tmp_path):
    made = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    yield made
    made.close()


def fill(engine: Engine, count: int, first: int = 0) -> None:
    """Write lines; seven in a row share their time of change."""
    if engine.kind == "postgres":
        engine.run(
            f"INSERT INTO order_lines {NAMES} SELECT n, 'A' || n / 3, n % 50, 'p' || n, 2, "
            "1.25 + n % 4, '2026-03-01 08:00:00', timestamptz '2026-03-01' + n / 7 * interval "
            f"'1.000001 seconds', date '2026-03-01' FROM generate_series({first}, "
            f"{first + count - 1}) n"
        )
    else:
        engine.run(
            f"INSERT INTO order_lines {NAMES} SELECT seq, CONCAT('A', seq DIV 3), seq % 50, "
            "CONCAT('p', seq), 2, 1.25 + seq % 4, '2026-03-01 08:00:00', "
            "CAST('2026-03-01' AS DATETIME(6)) + INTERVAL (seq DIV 7) * 1000001 MICROSECOND, "
            f"'2026-03-01' FROM seq_{first}_to_{first + count - 1}"
        )


def pull(engine: Engine, warehouse: DuckDBWarehouse, folder: Path, on_progress=None, **settings):
    report = pull_tables(
        recipe(folder, **settings),
        connect=lambda name: (name or "shop", engine.open()),
        warehouse=warehouse,
        clock=SystemClock(),
        on_progress=on_progress,
    )
    return report.to_dict()


def lines(warehouse: DuckDBWarehouse) -> list[dict]:
    rows = warehouse.read(ods.ORDER_LINES).order_by("load_id", "origin_line")
    return warehouse.to_arrow(rows).to_pylist()


def products(warehouse: DuckDBWarehouse) -> list[str]:
    return warehouse.to_arrow(warehouse.read(ods.ORDER_LINES))["product_name"].to_pylist()


def test_amounts_and_times_arrive_exactly(engine, warehouse, tmp_path):
    engine.run(
        f"INSERT INTO order_lines {NAMES} VALUES (1, 'A1', 7, '茶', '0.3', '19999999999.9999', "
        "'2026-03-01 08:00:00', '2026-03-01 00:00:00.123456', '2026-03-01')"
    )
    text = RECIPE.replace("order_time: ordered_at", "order_time: updated_at\n      store_id: day")
    pull(engine, warehouse, tmp_path, text=text)
    pull(engine, warehouse, tmp_path, text=RECIPE.replace("name: shop", "name: other"))
    first, second = lines(warehouse)
    assert first["amount"] == Decimal("6000000000.0000")
    assert first["unit_price"] == Decimal("19999999999.9999")
    assert first["order_time"] == datetime(2026, 3, 1, 0, 0, 0, 123456)  # an instant is UTC
    assert first["store_id"] == "2026-03-01"
    assert second["order_time"] == datetime(2026, 3, 1)  # eight in the morning in Shanghai
    assert first["product_name"] == "茶"


def test_a_pull_killed_again_and_again_takes_every_row_once(engine, tmp_path):
    fill(engine, 8_000)
    recipe(tmp_path, batch=1_000)
    command = [
        sys.executable, "-m", "tests.databases.puller", engine.kind, str(engine.server.port),
        engine.place, str(tmp_path / "warehouse.duckdb"), str(tmp_path / "shop.yaml"),
    ]  # fmt: skip
    chance = np.random.default_rng(11)
    root = Path(__file__).resolve().parents[2]
    kills = 0
    for _ in range(6):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root,
            env={**os.environ, "PASSWORD": PASSWORD},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            batches = [process.stdout.readline() for _ in range(int(chance.integers(1, 3)))]
            if not all(batches):
                assert process.wait(60) == 0, process.stderr.read() if process.stderr else ""
                break
            try:
                # Somewhere within the batch that follows.
                process.wait(float(chance.uniform(0, 0.1)))
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
    assert kills >= 3
    with_rest = DuckDBWarehouse(tmp_path / "warehouse.duckdb")
    report = pull(engine, with_rest, tmp_path, batch=1_000)
    found = products(with_rest)
    assert len(found) == len(set(found)) == 8_000
    numbers = [row["origin_line"] for row in lines(with_rest)]
    assert sorted(numbers) == list(range(1, 8_001))
    assert report["rows_quarantined"] == {}
    with_rest.close()


def test_a_server_that_dies_in_the_middle_is_pulled_on_after_its_return(
    engine, warehouse, tmp_path
):
    fill(engine, 800)
    batches = itertools.count(1)

    def kill(_: str) -> None:
        if next(batches) == 3:
            engine.server.kill()

    try:
        with pytest.raises(Transient, match="pull again"):
            pull(engine, warehouse, tmp_path, kill, batch=100)
    finally:
        engine.server.start()
    taken = len(products(warehouse))
    assert 300 <= taken < 800
    report = pull(engine, warehouse, tmp_path, batch=100, overlap="1 second")
    assert report["rows_read"] == 800 - taken
    found = products(warehouse)
    assert len(found) == len(set(found)) == 800
    assert pull(engine, warehouse, tmp_path)["rows_read"] == 0


def test_rows_of_a_transaction_that_ends_late_are_taken(engine, warehouse, tmp_path):
    fill(engine, 10)
    held = _open_transaction(engine)
    late = "(77, 'L', 1, 'late', 1, 1, '2026-03-01 08:00:00', '2026-03-01 00:01:00', '2026-03-01')"
    held.cursor().execute(f"INSERT INTO order_lines {NAMES} VALUES {late}")
    engine.run(f"INSERT INTO order_lines {NAMES} VALUES {late.replace('77', '78')}"
               .replace("00:01:00", "00:03:00").replace("'late'", "'soon'"))  # fmt: skip
    assert pull(engine, warehouse, tmp_path)["rows_read"] == 11
    held.commit()
    held.close()
    report = pull(engine, warehouse, tmp_path)
    assert report["rows_read"] == 1
    assert products(warehouse).count("late") == 1


def _open_transaction(engine: Engine):
    """Return a connection of a writer that has not committed yet."""
    port = engine.server.port
    if engine.kind == "postgres":
        from adbc_driver_postgresql import dbapi

        connection = dbapi.connect(
            f"postgresql://zhiyin:{PASSWORD}@127.0.0.1:{port}/{engine.place}"
        )
        connection.cursor().execute("SET TimeZone = 'UTC'")
        return connection
    import pymysql

    return pymysql.connect(
        host="127.0.0.1", port=port, user="zhiyin", password=PASSWORD, database=engine.place,
        init_command="SET time_zone = '+00:00'",
    )  # fmt: skip


def test_a_writer_is_not_held_up_by_a_pull(engine, warehouse, tmp_path):
    fill(engine, 100)

    def change(_: str) -> None:
        engine.run("UPDATE order_lines SET product = 'new' WHERE id = 0",
                   "ALTER TABLE order_lines ADD COLUMN IF NOT EXISTS more TEXT")  # fmt: skip

    assert pull(engine, warehouse, tmp_path, change, batch=10)["rows_read"] >= 100


def test_a_column_that_changed_its_type_sets_rows_aside_and_one_that_is_gone_is_named(
    engine, warehouse, tmp_path
):
    fill(engine, 3)
    pull(engine, warehouse, tmp_path)
    word = "TYPE text" if engine.kind == "postgres" else "text"
    verb = "ALTER COLUMN" if engine.kind == "postgres" else "MODIFY COLUMN"
    engine.run(
        f"ALTER TABLE order_lines {verb} quantity {word}",
        f"INSERT INTO order_lines {NAMES} VALUES (9, 'A9', 1, 'p9', 'a few', 1, "
        "'2026-03-01 08:00:00', '2026-03-01 09:00:00', '2026-03-01')",
    )
    report = pull(engine, warehouse, tmp_path)
    assert report["rows_quarantined"] == {"unreadable_value": 1}
    engine.run("ALTER TABLE order_lines DROP COLUMN quantity")
    with pytest.raises(InvalidInput, match="no column quantity"):
        pull(engine, warehouse, tmp_path)
    settings = {"text": RECIPE.replace("quantity: quantity", "quantity: {value: '1'}")}
    with pytest.raises(Conflict, match="was of kind instant and is integer now"):
        pull(engine, warehouse, tmp_path, cursor="id", overlap="5", **settings)
    reset_pull(warehouse, SystemClock(), recipe="shop")
    assert pull(engine, warehouse, tmp_path, cursor="id", overlap="5", **settings)["rows_read"] == 4


def test_a_wrong_password_is_one_sentence_that_does_not_show_it(engine, warehouse, tmp_path):
    with pytest.raises(Permanent) as told:
        pull_tables(
            recipe(tmp_path),
            connect=lambda name: (name or "shop", engine.open(password="wr0ng-one")),
            warehouse=warehouse,
            clock=SystemClock(),
        )
    assert "wr0ng-one" not in str(told.value)
    assert told.value.__cause__ is None


def test_the_command_line_pulls_and_tells(postgres_server, tmp_path):
    engine = postgres_engine(postgres_server, "command_line")
    engine.run(LINES)
    fill(engine, 30)
    program = [sys.executable, "-m", "zhiyin.app.cli"]

    def run(*arguments: str, password: str = PASSWORD) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*program, *arguments, "-w", str(tmp_path)], capture_output=True, text=True,
            env={**os.environ, "SHOP_PASSWORD": password}, check=False,
        )  # fmt: skip

    assert run("init").returncode == 0
    with (tmp_path / "zhiyin.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            f'[connections.shop]\nkind = "{engine.kind}"\nport = {engine.server.port}\n'
            f'database = "{engine.place}"\nuser = "zhiyin"\npassword_env = "SHOP_PASSWORD"\n'
        )
    recipe(tmp_path / "recipes")
    assert '"tables": 1' in run("connection", "test", "--json").stdout
    assert '"suggested_cursor": "updated_at"' in run("connection", "tables", "--json").stdout
    wrong = run("pull", "shop", password="wr0ng-one")
    assert wrong.returncode == 1
    assert "wr0ng-one" not in wrong.stdout + wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert '"rows_read": 30' in run("pull", "shop", "--json").stdout
    assert '"rows_read": 0' in run("pull", "--all", "--json").stdout
    assert '"rows": 30' in run("pulls", "--json").stdout
    assert '"reset": ["lines"]' in run("pulls", "reset", "shop", "--json").stdout
