"""The main job on Online Retail: the gz file to the finished report, in one process per command."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.meter import child_peak_mib, shared_data, stopwatch

ZHIYIN = str(Path(sys.executable).with_name("zhiyin"))


def zhiyin(*arguments: str) -> object:
    done = subprocess.run(
        [ZHIYIN, *arguments, "--json"], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout)


def main() -> None:
    file = shared_data() / "online_retail_uci" / "raw" / "online_retail_all_days.csv.gz"
    with tempfile.TemporaryDirectory() as folder:
        shop = str(Path(folder) / "shop")
        with stopwatch() as whole:
            zhiyin("init", "-w", shop, "--currency", "GBP", "--timezone", "Europe/London")
            with stopwatch() as importing:
                imported = zhiyin("import", "online_retail", str(file), "-w", shop)
            with stopwatch() as running:
                zhiyin("run", "-w", shop)
            with stopwatch() as reviewing:
                zhiyin("review", "weekly", "-w", shop)
        peak = child_peak_mib()
        with stopwatch() as yardstick:
            connection = duckdb.connect(str(Path(folder) / "bare.duckdb"))
            connection.execute("create table lines as from read_csv(?)", [str(file)])
            connection.close()
    rows = imported["rows_read"]
    print(
        json.dumps(
            {
                "rows": rows,
                "seconds": whole.seconds,
                "import_command_seconds": importing.seconds,
                "import_seconds": imported["seconds"],
                "run_seconds": running.seconds,
                "review_seconds": reviewing.seconds,
                "peak_mib": peak,
                "import_rows_per_second": round(rows / imported["seconds"]),
                "duckdb_read_csv_seconds": yardstick.seconds,
                "duckdb_rows_per_second": round(rows / yardstick.seconds),
                "share_of_duckdb": round(yardstick.seconds / imported["seconds"], 3),
            }
        )
    )


if __name__ == "__main__":
    main()
