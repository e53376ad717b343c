"""kill -9 in the middle of a run: tables are as before or as after, and the next run goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect import tables as ods
from zhiyin.core.clock import FixedClock
from zhiyin.ports.warehouse import How, Warehouse
from zhiyin.testing.rows import rows_of
from zhiyin.warehouse.api import BuildContext, run_builds
from zhiyin.warehouse.events import BUILD as EVENTS
from zhiyin.warehouse.orders import LINES_BUILD, ORDERS_BUILD
from zhiyin.warehouse.sessions import BUILD as SESSIONS

ROOT = Path(__file__).resolve().parents[2]
BUILDS = (EVENTS, LINES_BUILD, SESSIONS, ORDERS_BUILD)
CONTEXT = BuildContext(as_of=datetime(2026, 2, 1))
START = datetime(2026, 1, 1)


def load(warehouse: Warehouse, number: int) -> None:
    made = (
        {
            "event_id": f"e{number}.{place}",
            "kind": "track",
            "event": "Order Completed",
            "user_id": f"u{place}",
            "order_id": f"o{number}.{place}",
            "revenue": Decimal(5),
            "event_time": START + timedelta(minutes=place * 7 + number),
            "received_at": START,
            "load_id": number,
        }
        for place in range(200)
    )
    warehouse.write(ods.EVENTS, rows_of(ods.EVENTS, *made), How.APPEND)


def run(path: Path, name: str, on_progress=None) -> dict[str, str]:
    warehouse = DuckDBWarehouse(path)
    clock = FixedClock()
    reports = run_builds(
        BUILDS, warehouse, context=CONTEXT, clock=clock, run_id=name, on_progress=on_progress
    )
    warehouse.close()
    return {report.table: report.outcome for report in reports}


def held(path: Path) -> dict[str, frozenset]:
    warehouse = DuckDBWarehouse(path)
    found = {
        build.spec.name: frozenset(
            tuple(row.values())
            for row in warehouse.to_arrow(warehouse.read(build.spec)).to_pylist()
        )
        for build in BUILDS
    }
    warehouse.close()
    return found


def tell(report) -> None:
    sys.stdout.write(f"{report.table}\n")
    sys.stdout.flush()


@pytest.mark.parametrize(
    "tables", [2, *(pytest.param(number, marks=pytest.mark.slow) for number in (0, 1, 3))]
)
def test_a_killed_run_leaves_whole_tables_and_the_next_one_comes_to_the_same(tmp_path, tables):
    path, undisturbed = tmp_path / "w.duckdb", tmp_path / "other.duckdb"
    for made in (path, undisturbed):
        warehouse = DuckDBWarehouse(made)
        load(warehouse, 1)
        warehouse.close()
        run(made, "first")
        warehouse = DuckDBWarehouse(made)
        load(warehouse, 2)
        warehouse.close()
    before = held(path)
    run(undisturbed, "second")
    after = held(undisturbed)
    command = [sys.executable, "-m", "tests.warehouse.test_killed_runs", str(path)]
    victim = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    told = [victim.stdout.readline().strip() for _ in range(tables + 1)]
    victim.kill()
    assert victim.wait() == -signal.SIGKILL
    victim.stdout.close()
    left = held(path)
    assert all(left[name] in (before[name], after[name]) for name in before)
    assert all(left[name] == after[name] for name in told[1:])
    outcomes = run(path, "third")
    assert {outcomes[name] for name in told[1:]} <= {"unchanged"}
    assert held(path) == after
    assert set(run(path, "fourth").values()) == {"unchanged"}


if __name__ == "__main__":
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    run(Path(sys.argv[1]), "killed", on_progress=tell)
    sys.stdin.read()
