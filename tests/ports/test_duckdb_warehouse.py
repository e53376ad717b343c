"""What only the embedded warehouse has to stand: other processes, and their deaths."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import duckdb
import ibis
import pyarrow as pa
import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.adapters.warehouse.duckdb_errors import working
from zhiyin.core.errors import Conflict, InvalidInput, Permanent, Transient
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.ports.warehouse import How

NUMBERS = TableSpec(name="dw.n", grain=("n",), columns={"n": Column("!int64", "number")})
WIDER = TableSpec(
    name="dw.n", grain=("n",), columns={**NUMBERS.columns, "m": Column("string", "new")}
)
PRELUDE = """
import sys, pyarrow as pa
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.ports.warehouse import How
N = TableSpec(name="dw.n", grain=("n",), columns={"n": Column("!int64", "number")})
w = DuckDBWarehouse(sys.argv[1])
"""
WRITE_FOR_EVER = """
rows = pa.table({"n": range(1_000_000)})
hows = list(How)
while True:
    for how in (How.REPLACE, How.MERGE):
        w.write(N, rows, how)
        print("written", flush=True)
"""
HOLD = """
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def in_another_process(tmp_path):
    """Run Python beside the test on the same file, up to its first line of output."""
    begun = []

    def run(code: str) -> subprocess.Popen:
        command = [sys.executable, "-c", PRELUDE + code, str(tmp_path / "w.duckdb")]
        begun.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        assert begun[-1].stdout.readline().strip() in ("written", "open")
        return begun[-1]

    yield run
    for process in begun:
        process.kill()
        process.wait()


def numbers(warehouse) -> list:
    return warehouse.to_arrow(warehouse.read(NUMBERS))["n"].to_pylist()


@pytest.mark.parametrize("after", [0.0, 0.03, 0.11])
def test_a_writer_killed_in_the_middle_leaves_the_last_published_table(
    in_another_process, tmp_path, after
):
    writer = in_another_process(WRITE_FOR_EVER)
    time.sleep(after)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    found = numbers(warehouse)
    version = int(warehouse.version(NUMBERS))
    written = warehouse.write(NUMBERS, pa.table({"n": [7]}), How.REPLACE)
    assert (len(found), sum(found)) == (1_000_000, 499_999_500_000)
    assert int(written.version) == version + 1
    warehouse.close()


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_write_leaves_the_table_as_it_was(tmp_path):
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    warehouse.write(NUMBERS, pa.table({"n": [1]}))
    many = ibis.memtable(pa.table({"a": range(30_000)}))
    # Nine hundred million pairs: it cannot end before the interrupt comes.
    endless = many.cross_join(many.view().rename(b="a")).select(n=ibis._.a * 7 + ibis._.b)
    interrupt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    interrupt.start()
    with pytest.raises(KeyboardInterrupt):
        warehouse.write(NUMBERS, endless.filter(ibis._.n < 0))
    assert numbers(warehouse) == [1]
    warehouse.close()


def test_a_file_that_another_process_holds_is_a_conflict_that_names_it(
    in_another_process, tmp_path
):
    holder = in_another_process(HOLD)
    with pytest.raises(Conflict, match=rf"in use by another process \(pid {holder.pid}\); stop it"):
        DuckDBWarehouse(tmp_path / "w.duckdb")


def test_a_file_that_is_no_warehouse_is_refused_and_kept(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("dear diary, " * 1000)
    with pytest.raises(InvalidInput, match="is not a warehouse file"):
        DuckDBWarehouse(other)
    assert other.read_text().startswith("dear diary")


@pytest.mark.parametrize(
    ("cause", "kind", "sentence"),
    [
        (duckdb.IOException("IO Error: No space left on device"), Transient, "The disk is full"),
        (duckdb.OutOfMemoryException("Out of Memory Error: no"), Transient, "Memory ran out"),
        (duckdb.ConversionException("Conversion Error: x\nLINE 1"), InvalidInput, "does not fit"),
        (duckdb.InternalException("odd"), Permanent, "The warehouse failed while writing dw.n"),
    ],
)
def test_an_engine_failure_is_one_sentence_that_says_what_to_do(cause, kind, sentence):
    with pytest.raises(kind, match=sentence) as failure, working("writing dw.n"):
        raise cause
    assert "\n" not in str(failure.value)


def test_a_column_promised_later_is_null_in_rows_written_before(tmp_path):
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    warehouse.write(NUMBERS, pa.table({"n": [1]}))
    assert warehouse.to_arrow(warehouse.read(WIDER)).to_pylist() == [{"n": 1, "m": None}]
    warehouse.write(WIDER, pa.table({"n": [2], "m": ["x"]}), How.APPEND)
    rows = warehouse.to_arrow(warehouse.read(WIDER).order_by("n")).to_pylist()
    assert rows == [{"n": 1, "m": None}, {"n": 2, "m": "x"}]
    warehouse.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM '/etc/passwd'",
        "COPY (SELECT 1) TO 'x.csv'",
        "ATTACH 'x.duckdb'",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "EXPLAIN ANALYZE DELETE FROM dw.n",
        "SELECT * FROM arrow_scan(1, 2, 3)",
    ],
)
def test_sql_touches_no_file_and_changes_no_table(tmp_path, query):
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    warehouse.write(NUMBERS, pa.table({"n": [1]}))
    with pytest.raises(InvalidInput):
        warehouse.sql(query)
    assert numbers(warehouse) == [1]
    warehouse.close()


@pytest.mark.parametrize(
    "query", ["DESCRIBE dw.n", "SHOW ALL TABLES", "FROM dw.n", "EXPLAIN FROM dw.n"]
)
def test_sql_answers_questions_about_tables(tmp_path, query):
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    warehouse.write(NUMBERS, pa.table({"n": [1]}))
    assert warehouse.sql(query).num_rows >= 1
    warehouse.close()
