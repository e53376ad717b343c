"""10 M events and 1 M customers through the builds: ODS to the wide table with RFM, tiers and tags.

The ODS rows are made here with DuckDB's own SQL, so that only the product's work is measured. The
yardstick is DuckDB sorting and writing the same events once, which every build has to do at least.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from benchmarks.meter import peak_mib, stopwatch

EVENTS, CUSTOMERS = 10_000_000, 1_000_000
CHUNK = 1_000_000
PAGES = 21
START, AS_OF = "2025-01-01", datetime(2026, 1, 1, tzinfo=UTC)

EVENT_ROWS = """
select 'e' || i as event_id, 'track' as kind,
       case when h % 100 < 4 then 'Order Completed' when h % 100 < 14 then 'Product Added'
            else 'Product Viewed' end as event,
       case when h % 3 > 0 then 'c' || person end as user_id, 'd' || person as anonymous_id,
       timestamp '2025-01-01' + to_microseconds((h % 31449600000) * 1000) as event_time,
       h % 31449600000 + 1735689600000 as ts_ms, timestamp '2026-01-01' as received_at,
       'web' as platform, 'p' || (h % 5000) as product_id,
       case when h % 100 < 4 then 'o' || i end as order_id,
       case when h % 100 < 4 then 50 + h % 400 end::decimal(18,4) as revenue, 'CNY' as currency,
       case h % 7 when 0 then 'search' when 1 then 'social' when 2 then 'email' end as utm_source,
       'bench' as source_id, 1::bigint as load_id, 'log' as origin, i as origin_line
from (select i, (hash(i) % 4611686018427387903)::bigint as h,
             floor({customers} * pow((hash(i * 7 + 1) % 1000000) / 1e6, 1.6))::bigint as person
      from range({low}, {high}) r(i))
"""
CUSTOMER_ROWS = """
select 'c' || i as customer_id, 'd' || i as anonymous_id, 'c' || i || '@example.com' as email,
       case i % 2 when 0 then 'female' else 'male' end as gender, 'city ' || (i % 50) as city,
       timestamp '2025-01-01' as joined_at, i % 3 > 0 as email_consent,
       'bench' as source_id, 1::bigint as load_id, 'crm.csv' as origin, i as origin_line
from range({low}, {high}) r(i)
"""


def padded(connection: duckdb.DuckDBPyConnection, query: str, spec) -> object:
    """Return the query's rows with every promised column, null where the query has none."""
    names = {row[0] for row in connection.execute(f"describe {query}").fetchall()}
    columns = ", ".join(
        name if name in names else f"null::varchar as {name}" for name in spec.columns
    )
    return connection.execute(f"select {columns} from ({query})").to_arrow_table()


def fill(warehouse) -> None:
    from zhiyin.collect import tables as ods
    from zhiyin.ports.warehouse import How

    maker = duckdb.connect()
    for low in range(0, EVENTS, CHUNK):
        query = EVENT_ROWS.format(low=low, high=min(low + CHUNK, EVENTS), customers=CUSTOMERS)
        warehouse.write(ods.EVENTS, padded(maker, query, ods.EVENTS), How.APPEND)
    for low in range(0, CUSTOMERS, CHUNK):
        query = CUSTOMER_ROWS.format(low=low, high=min(low + CHUNK, CUSTOMERS))
        warehouse.write(ods.CUSTOMERS, padded(maker, query, ods.CUSTOMERS), How.APPEND)
    maker.close()


def main() -> None:
    from zhiyin.app import pipeline
    from zhiyin.app.commands import execute
    from zhiyin.app.workspace import Workspace, create_workspace
    from zhiyin.core.clock import FixedClock

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "big"
        create_workspace(root)
        with Workspace.open(root, clock=FixedClock(AS_OF)) as workspace:
            with stopwatch() as filling:
                fill(workspace.warehouse)
            stages = {}
            for stage in ("warehouse", "identity", "profiles", "audiences"):
                options = pipeline.options_from(workspace, [stage], as_of="2026-01-01")
                with stopwatch() as watch:
                    done = pipeline.run(
                        workspace, options, run_id=stage, on_progress=lambda _: None
                    )
                stages[stage] = {
                    "seconds": watch.seconds,
                    "tables": {
                        t["table"]: round(t["seconds"], 2) for t in done["stages"][0]["tables"]
                    },
                }
                print(stage, stages[stage], file=sys.stderr, flush=True)
            pages = []
            for number in range(0, CUSTOMERS - CUSTOMERS // PAGES, CUSTOMERS // PAGES):
                with stopwatch() as page:
                    execute(workspace, "customer.show", {"id": f"c{number + 17}"})
                pages.append(page.seconds)
            with stopwatch() as yardstick:
                workspace.warehouse.sql(
                    "select count(*) from (select * from ods.events "
                    "order by user_id, ts_ms limit 9000000)"
                )
            peak = peak_mib()
    total = sum(stage["seconds"] for stage in stages.values())
    print(
        json.dumps(
            {
                "events": EVENTS,
                "customers": CUSTOMERS,
                "fill_seconds": filling.seconds,
                "build_seconds": round(total, 2),
                "stages": stages,
                "customer_page_first_seconds": pages[0],
                "customer_page_median_seconds": statistics.median(pages[1:]),
                "customer_page_worst_seconds": max(pages[1:]),
                "duckdb_sort_seconds": yardstick.seconds,
                "peak_mib": peak,
            }
        )
    )


if __name__ == "__main__":
    main()
