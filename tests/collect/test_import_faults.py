"""Imports that are killed, run twice at once, or meet a full disk: all of a file, or nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.collect import shop

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.tables import IMPORTS, QUARANTINE

COUNT = 20_000

IMPORTER = """
import resource, signal, sys
from pathlib import Path
from tests.collect import shop
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.errors import ZhiyinError
folder, limit = Path(sys.argv[1]), int(sys.argv[2])
warehouse = DuckDBWarehouse(folder / "w.duckdb")
if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print("open", flush=True)
paths = [folder / "lines.csv", folder / "products.csv"]
try:
    shop.run(warehouse, shop.recipe(folder), paths, chunk_rows=2000)
except ZhiyinError as error:
    print(f"{type(error).__name__}: {error}", flush=True)
    sys.exit(3)
print("done", flush=True)
warehouse.close()
"""


def importing(folder: Path, limit: int = 0) -> subprocess.Popen[str]:
    """Start an import in a process of its own, and wait until it has the warehouse open."""
    started = subprocess.Popen(
        [sys.executable, "-c", IMPORTER, str(folder), str(limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "open\n"
    return started


def shop_files(folder: Path) -> list[Path]:
    # Every hundredth line is set aside, so that each table is written.
    rows = [f"{n},A,{'x' if n % 100 == 0 else 1},1,2025-01-01,7" for n in range(COUNT)]
    return shop.lines(folder, rows)


def counts(folder: Path) -> tuple[int, int, int]:
    warehouse = DuckDBWarehouse(folder / "w.duckdb")
    tables = ("order_lines", QUARANTINE, IMPORTS)
    found = tuple(len(shop.rows(warehouse, table)) for table in tables)
    warehouse.close()
    return found[0], found[1], found[2]


KILLS = 20
WHOLE = (COUNT * 99 // 100, COUNT // 100, 2)


@pytest.mark.slow
def test_kill_9_at_any_moment_leaves_all_or_nothing_and_the_next_run_is_complete(tmp_path):
    paths = shop_files(tmp_path)
    chance = random.Random(7)
    interrupted = 0
    for _ in range(KILLS):
        importer = importing(tmp_path)
        time.sleep(chance.uniform(0.0, 1.5))
        importer.kill()
        importer.wait()
        found = counts(tmp_path)
        assert found in ((0, 0, 0), WHOLE)
        interrupted += found == (0, 0, 0)
        if found == WHOLE:
            (tmp_path / "w.duckdb").unlink()
    assert interrupted
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    report = shop.run(warehouse, shop.recipe(tmp_path), paths)
    warehouse.close()
    assert report.rows_read == COUNT + 3
    assert counts(tmp_path) == WHOLE


@pytest.mark.slow
def test_a_full_disk_leaves_the_tables_as_they_were(tmp_path):
    shop_files(tmp_path)
    counts(tmp_path)
    room = (tmp_path / "w.duckdb").stat().st_size + 64 * 1024
    importer = importing(tmp_path, limit=room)
    said = importer.communicate()[0]
    assert importer.returncode != 0, said
    assert "disk is full" in said
    assert counts(tmp_path) == (0, 0, 0)
    again = importing(tmp_path)
    assert again.communicate()[0] == "done\n"
    assert counts(tmp_path) == WHOLE


def test_of_two_imports_at_once_the_second_waits_and_finds_the_file_known(tmp_path):
    paths = shop_files(tmp_path)
    chosen = shop.recipe(tmp_path)
    warehouse = DuckDBWarehouse(tmp_path / "w.duckdb")
    reports = []
    both = threading.Barrier(2)

    def run() -> None:
        both.wait()
        reports.append(shop.run(warehouse, chosen, paths, chunk_rows=2000))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    warehouse.close()
    assert sorted(report.rows_read for report in reports) == [0, COUNT + 3]
    assert counts(tmp_path) == WHOLE
