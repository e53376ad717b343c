"""The event log into `ods.events`, beside DuckDB's own reader of the same items.

ZHIYIN_BENCH_EVENTS (1,000,000) is the length of the log, ZHIYIN_BENCH_SECONDS (20) that of the
load under which freshness is watched, at ZHIYIN_BENCH_RATE (20,000) events a second.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pyarrow as pa

from benchmarks.meter import peak_mib, stopwatch
from zhiyin.adapters.event_log.files import FileEventLog
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.adapters.warehouse.lent_tables import BATCH_ROWS
from zhiyin.collect.api import Loader
from zhiyin.collect.tables import EVENTS, LOG_LOADS
from zhiyin.core.clock import SystemClock
from zhiyin.ports.warehouse import How

COUNT = int(os.environ.get("ZHIYIN_BENCH_EVENTS", "1000000"))
SECONDS = int(os.environ.get("ZHIYIN_BENCH_SECONDS", "20"))
RATE = int(os.environ.get("ZHIYIN_BENCH_RATE", "20000"))
THERE = 5_000_000
LOAD_SECONDS = 1.0
# What the yardstick reads: the envelope and the event, its sections as JSON.
COLUMNS = {
    **dict.fromkeys(["source_id", "source_type", "received_at", "ip", "user_agent"], "VARCHAR"),
    "sent_at": "VARCHAR",
    "event": "STRUCT(type VARCHAR, messageId VARCHAR, anonymousId VARCHAR, userId VARCHAR, "
    '"event" VARCHAR, "timestamp" VARCHAR, properties JSON, context JSON)',
}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        print(json.dumps(measured(Path(folder)), ensure_ascii=False))


def measured(folder: Path) -> dict[str, object]:
    """Return the figures of one run."""
    items = [item(number, "2026-03-01T08:00:00.123456Z") for number in range(2 * COUNT)]
    yardstick = read_json(items[:COUNT], folder)
    log, warehouse = FileEventLog(folder / "log"), DuckDBWarehouse(folder / "w.duckdb")
    loader = Loader(log, warehouse, SystemClock())
    figures: dict[str, object] = {
        "events": COUNT,
        "bytes_per_event": round(sum(map(len, items)) / len(items)),
        "duckdb_read_json_events_per_second": round(COUNT / yardstick),
    }
    first = load(log, loader, items[:COUNT])
    written = bare_insert(warehouse, folder)
    multiply(warehouse, THERE // COUNT or 1)
    later = load(log, loader, items[COUNT:])
    del items
    figures |= {
        "first_load_events_per_second": round(COUNT / first),
        "first_load_share_of_read_json": round(yardstick / first, 3),
        "duckdb_bare_insert_events_per_second": round(COUNT / written),
        "first_load_share_of_bare_insert": round(written / first, 3),
        "events_there_before_second_load": THERE,
        "second_load_events_per_second": round(COUNT / later),
        "second_load_share_of_read_json": round(yardstick / later, 3),
        **freshness(log, loader, warehouse),
        "peak_mib": peak_mib(),
    }
    warehouse.close()
    log.close()
    return figures


def item(number: int, received_at: str) -> bytes:
    """Return an item of the log as the HTTP edge writes it, of about 660 bytes."""
    chance = random.Random(number)
    product = chance.randrange(5_000)
    event = {
        "type": "track",
        "messageId": f"ajs-next-{1_700_000_000_000 + number}-{chance.getrandbits(64):016x}",
        "anonymousId": f"{chance.getrandbits(64):016x}",
        "userId": f"user_{chance.randrange(200_000)}",
        "event": "Product Viewed",
        "timestamp": f"2026-03-01T07:59:{number % 60:02d}.{number % 1000:03d}Z",
        "properties": {
            "product_id": f"sku-{product}",
            "name": "龙井 250 g",
            "price": 19.9,
            "quantity": 1,
            "currency": "CNY",
        },
        "context": {
            "locale": "zh-CN",
            "library": {"name": "analytics.js", "version": "1.2.3"},
            "page": {"path": f"/p/{product}", "url": f"https://shop.example.com/p/{product}"},
            "campaign": {"source": "baidu", "medium": "cpc", "name": "spring"},
        },
    }
    head = {
        "source_id": "web_shop",
        "source_type": "web",
        "received_at": received_at,
        "ip": f"203.0.113.{number % 250}",
        "user_agent": f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{100 + number % 40}",
        "sent_at": "2026-03-01T08:00:00.000Z",
        "event": event,
    }
    return json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()


def read_json(items: list[bytes], folder: Path) -> float:
    """Return how long DuckDB takes to read the items from a file into a table on disk."""
    path = folder / "items.ndjson"
    path.write_bytes(b"\n".join(items))
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    with duckdb.connect(str(folder / "yardstick.duckdb")) as con, stopwatch() as watch:
        con.execute(
            f"CREATE TABLE items AS FROM read_json('{path}', format='newline_delimited', "
            f"columns={{{columns}}})"
        )
    path.unlink()
    return watch.seconds


def bare_insert(warehouse: DuckDBWarehouse, folder: Path) -> float:
    """Return how long DuckDB takes to write the finished rows of `ods.events` to a table on disk.

    No loader that ends in this table can be faster.
    """
    rows = warehouse.to_arrow(warehouse.read(EVENTS))
    batches = pa.Table.from_batches(rows.to_batches(max_chunksize=BATCH_ROWS), schema=rows.schema)
    path = folder / "bare.duckdb"
    with duckdb.connect(str(path)) as con, stopwatch() as watch:
        con.register("batches", batches)
        con.execute("CREATE TABLE events AS FROM batches")
    path.unlink()
    return watch.seconds


def load(log: FileEventLog, loader: Loader, items: list[bytes]) -> float:
    """Return how long the loader takes for items that lie in the log."""
    for start in range(0, len(items), 10_000):
        log.append(items[start : start + 10_000])
    with stopwatch() as watch:
        report = loader.load()
    assert report.rows_kept == len(items), report
    return watch.seconds


def multiply(warehouse: DuckDBWarehouse, times: int) -> None:
    """Let the table have so many times the events, with ids of their own."""
    events = warehouse.read(EVENTS)
    for copy in range(1, times):
        own = events.filter(events.load_id > 0, ~events.event_id.contains("#"))
        marked = own.mutate(event_id=own.event_id + ibis.literal(f"#{copy}"))
        warehouse.write(EVENTS, marked, How.APPEND)


def freshness(
    log: FileEventLog, loader: Loader, warehouse: DuckDBWarehouse
) -> dict[str, int | float]:
    """Return how long events wait from arrival until a query sees them, under a steady load."""
    done = threading.Event()
    waits: list[np.ndarray] = []
    sender = threading.Thread(target=send, args=(log, done))
    sender.start()
    last = newest_load(warehouse)
    while not done.wait(LOAD_SECONDS) or is_behind(log):
        loader.load()
        visible = datetime.now(UTC).replace(tzinfo=None)
        events = warehouse.read(EVENTS)
        arrived = warehouse.to_arrow(events.filter(events.load_id > last).select("received_at"))
        last = newest_load(warehouse)
        micros = arrived["received_at"].cast("timestamp[us]").cast("int64").to_numpy()
        now = (visible - datetime(1970, 1, 1)) // timedelta(microseconds=1)  # noqa: DTZ001
        waits.append((now - micros) / 1e6)
    sender.join()
    seconds = np.concatenate(waits)
    return {
        "freshness_events_per_second": RATE,
        "freshness_events": len(seconds),
        "freshness_p50_seconds": round(float(np.percentile(seconds, 50)), 3),
        "freshness_p99_seconds": round(float(np.percentile(seconds, 99)), 3),
    }


def newest_load(warehouse: DuckDBWarehouse) -> int:
    loads = warehouse.read(LOG_LOADS)
    return warehouse.to_arrow(loads.aggregate(last=loads.load_id.max()))["last"][0].as_py()


def is_behind(log: FileEventLog) -> bool:
    return log.committed("warehouse").get("main", 0) < log.end("main")


def send(log: FileEventLog, done: threading.Event) -> None:
    """Append events at the rate wanted, a hundred at a time as requests bring them."""
    start, sent = time.monotonic(), 0
    template = item(1, "RECEIVED").replace(b"ajs-next-1700000000001", b"NUMBER")
    while time.monotonic() - start < SECONDS:
        due = int((time.monotonic() - start) * RATE)
        while sent < due:
            at = datetime.now(UTC).isoformat().replace("+00:00", "Z").encode()
            known = template.replace(b"RECEIVED", at)
            log.append([known.replace(b"NUMBER", b"m%d" % (sent + n)) for n in range(100)])
            sent += 100
        time.sleep(0.005)
    done.set()


if __name__ == "__main__":
    main()
