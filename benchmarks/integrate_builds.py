"""Builds of 10 M events, ODS to DW and DM, beside the bare statements that do the same work.

The yardstick runs in the same process on a copy of the same file: each build's expression is
compiled once, and DuckDB runs `CREATE OR REPLACE TABLE … AS` of it, table after table, and nothing
else. What the product does beyond it is overhead: keys, contents, lineage, records, transactions.
Then one more day of 50,000 events arrives, one in twenty late by up to a month.

python -m benchmarks.integrate_builds [EVENTS]
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.meter import peak_mib, stopwatch
from benchmarks.scale import CHUNK, CUSTOMER_ROWS, EVENT_ROWS, padded

EVENTS = 10_000_000
MORE = 50_000
AS_OF = datetime(2026, 1, 3, tzinfo=UTC)

NEXT_DAY = """
select * exclude (i, late) replace (
    timestamp '2026-01-01' + to_seconds(i - late) as event_time,
    epoch_ms(timestamp '2026-01-01' + to_seconds(i - late)) as ts_ms,
    'n' || i as event_id, case when order_id is not null then 'n' || i end as order_id,
    2::bigint as load_id, i as origin_line)
from (select *, (origin_line - {low})::bigint as i,
             case when i % 20 = 0 then i * 50 else 0 end as late from ({rows}))
"""


def fill(warehouse, events: int, customers: int) -> None:
    """Write the raw events and customer records."""
    from zhiyin.collect import tables as ods
    from zhiyin.ports.warehouse import How

    maker = duckdb.connect()
    for low in range(0, events, CHUNK):
        query = EVENT_ROWS.format(low=low, high=min(low + CHUNK, events), customers=customers)
        warehouse.write(ods.EVENTS, padded(maker, query, ods.EVENTS), How.APPEND)
    query = CUSTOMER_ROWS.format(low=0, high=customers)
    warehouse.write(ods.CUSTOMERS, padded(maker, query, ods.CUSTOMERS), How.APPEND)
    maker.close()


def add_day(warehouse, events: int, customers: int) -> None:
    """Write one more load of raw events."""
    from zhiyin.collect import tables as ods
    from zhiyin.ports.warehouse import How

    maker = duckdb.connect()
    rows = EVENT_ROWS.format(low=events, high=events + MORE, customers=customers)
    query = NEXT_DAY.format(rows=rows, low=events)
    warehouse.write(ods.EVENTS, padded(maker, query, ods.EVENTS), How.APPEND)
    maker.close()


def fact_builds() -> list:
    """Return the builds of facts and dimensions."""
    from zhiyin.warehouse import api as warehouse

    return list(warehouse.builds())


def mart_builds(root: Path) -> list:
    """Return the builds of purchases, RFM, consents, the wide table, tags and daily figures."""
    from zhiyin.insights import api as insights
    from zhiyin.profiles import api as profiles

    return [*profiles.builds(root), *profiles.late_builds(root), *insights.builds()]


def name_people(warehouse) -> None:
    """Make every id a person of its own; who is who has a benchmark of its own."""
    import ibis

    from zhiyin.identity.tables import PERSON_OF
    from zhiyin.warehouse import tables as dw

    known = [warehouse.read(spec).select("visitor_id") for spec in (dw.EVENTS, dw.CUSTOMERS)]
    ids = known[0].union(known[1]).distinct()
    own = {
        "person_id": ids.visitor_id,
        "cluster_id": ids.visitor_id,
        "ids": ibis.literal(1, "int64"),
        "changed_at": ibis.timestamp("2026-01-01 00:00:00"),
    }
    warehouse.write(PERSON_OF, ids.mutate(**own))


class Product:
    """Runs of the product over one warehouse."""

    def __init__(self, path: Path, root: Path) -> None:
        from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
        from zhiyin.core.clock import FixedClock, naive_utc
        from zhiyin.warehouse.api import BuildContext

        self.warehouse = DuckDBWarehouse(path)
        self.root, self.clock, self.runs = root, FixedClock(AS_OF), 0
        self.context = BuildContext(naive_utc(AS_OF), timezone="UTC")

    def run(self, builds: list) -> dict[str, float]:
        """Bring the tables up to date and return the seconds of each, and of all of it."""
        from zhiyin.warehouse.api import run_builds

        self.runs += 1
        cpu = time.process_time()
        with stopwatch() as watch:
            reports = run_builds(
                builds,
                self.warehouse,
                context=self.context,
                clock=self.clock,
                run_id=f"run{self.runs}",
            )
        shown = {f"{r.table} {r.outcome}": round(r.seconds, 2) for r in reports}
        print(shown, file=sys.stderr, flush=True)
        cpu = time.process_time() - cpu
        tables = {report.table: report.seconds for report in reports}
        return {**tables, "seconds": watch.seconds, "cpu_seconds": cpu}


def bare(path: Path, builds: list, context) -> dict[str, float]:
    """Run each build's own statement on the file, and return the seconds of each table.

    The engine is opened as the product opens it; statements begin once they are compiled.
    """
    from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
    from zhiyin.warehouse.ordering import in_order

    taken = {"seconds": 0.0, "cpu_seconds": 0.0}
    warehouse = DuckDBWarehouse(path)
    for build in in_order(builds):
        expr = build.build(*(warehouse.read(spec) for spec in build.inputs), context=context)
        with warehouse._running(warehouse.writer, expr) as query:
            select = warehouse._promised(build.spec, expr.schema(), query)
            statement = f"CREATE OR REPLACE TABLE {build.spec.name} AS {select}"
            cpu = time.process_time()
            with stopwatch() as watch:
                warehouse.writer.execute(f"CREATE SCHEMA IF NOT EXISTS {build.spec.layer}")
                warehouse.writer.execute(statement)
            taken["cpu_seconds"] += time.process_time() - cpu
        # So that later expressions find the table; the product's own bookkeeping, not measured.
        warehouse.writer.execute(
            "INSERT INTO meta.tables VALUES (?, 1, ?)",
            [build.spec.name, list(build.spec.columns)],
        )
        taken[build.spec.name] = watch.seconds
        taken["seconds"] += watch.seconds
    warehouse.close()
    return taken


def main() -> None:
    from zhiyin.app.workspace import create_workspace

    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    customers = events // 10
    with tempfile.TemporaryDirectory() as folder:
        root, path, copy = Path(folder) / "shop", Path(folder) / "w.duckdb", Path(folder) / "c"
        create_workspace(root)
        product = Product(path, root)
        fill(product.warehouse, events, customers)
        product.warehouse.close()
        shutil.copy(path, copy)

        product = Product(path, root)
        facts = product.run(fact_builds())
        name_people(product.warehouse)
        product.warehouse.close()
        shutil.copy(path, marts_copy := Path(folder) / "m")
        product = Product(path, root)
        marts = product.run(mart_builds(root))
        bare_facts = bare(copy, fact_builds(), product.context)
        copy.unlink()
        bare_marts = bare(marts_copy, mart_builds(root), product.context)
        marts_copy.unlink()
        print({"facts": bare_facts, "marts": bare_marts}, file=sys.stderr, flush=True)

        unchanged = product.run([*fact_builds(), *mart_builds(root)])
        add_day(product.warehouse, events, customers)
        next_facts = product.run(fact_builds())
        name_people(product.warehouse)
        next_marts = product.run(mart_builds(root))
        product.warehouse.close()
    took = facts["seconds"] + marts["seconds"]
    yardstick = bare_facts["seconds"] + bare_marts["seconds"]
    cpu = facts["cpu_seconds"] + marts["cpu_seconds"]
    bare_cpu = bare_facts["cpu_seconds"] + bare_marts["cpu_seconds"]
    piecewise = [build.spec.name for build in fact_builds() if build.pieces]
    print(
        json.dumps(
            {
                "events": events,
                "build_seconds": round(took, 2),
                "bare_seconds": round(yardstick, 2),
                "overhead": round(took / yardstick - 1, 3),
                "overhead_cpu": round(cpu / bare_cpu - 1, 3),
                "unchanged_seconds": unchanged["seconds"],
                "day_events": MORE,
                "day_facts_seconds": next_facts["seconds"],
                "day_piecewise_seconds": round(sum(next_facts[name] for name in piecewise), 2),
                "day_marts_seconds": next_marts["seconds"],
                "peak_mib": peak_mib(),
            }
        )
    )


if __name__ == "__main__":
    main()
