"""Imports of Online Retail in several formats, each beside DuckDB's bare reader.

Every import runs in a process of its own, so that its peak memory is its own. The large CSV holds
the data set ten times, with a digit added to each invoice number, as ten years of a shop would.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.meter import ROOT, shared_data

TIMES = 10
SHEET_ROWS = 60_000

IMPORT = """
import json, resource, sys, time
from pathlib import Path
from zhiyin.adapters.sources.files import Files
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.collect.api import find_recipe, import_files
from zhiyin.core.clock import SystemClock
target, file = sys.argv[1:]
recipe = find_recipe("online_retail")
start = time.perf_counter()
warehouse = DuckDBWarehouse(target, threads=2)
report = import_files(recipe, [Path(file)], warehouse=warehouse, files=Files(), clock=SystemClock())
warehouse.close()
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"rows": report.rows_read, "seconds": seconds, "peak_mib": peak,
                  "aside": sum(report.rows_quarantined.values())}))
"""

BARE = """
import json, sys, time
import duckdb
target, file = sys.argv[1:]
start = time.perf_counter()
connection = duckdb.connect(target, config={"threads": 2})
connection.execute("set enable_progress_bar = false")
connection.execute("create table lines as from " + READER + "(?)", [file])
rows = connection.execute("select count(*) from lines").fetchall()[0][0]
connection.close()
print(json.dumps({"rows": rows, "seconds": time.perf_counter() - start}))
"""


def child(code: str, target: Path, file: Path) -> dict[str, float]:
    """Run the code on a file in a process of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(target), str(file)],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    target.unlink()
    return json.loads(done.stdout.splitlines()[-1])


def compared(name: str, file: Path, reader: str | None) -> dict[str, float]:
    """Return the rate of an import, and that of DuckDB's bare reader where it has one."""
    target = file.with_suffix(".duckdb")
    own = child(IMPORT, target, file)
    figures = {
        f"{name}_rows": own["rows"],
        f"{name}_rows_per_second": round(own["rows"] / own["seconds"]),
        f"{name}_peak_mib": own["peak_mib"],
    }
    if reader is not None:
        bare = child(f"READER = {reader!r}\n{BARE}", target, file)
        figures |= {
            f"{name}_duckdb_rows_per_second": round(bare["rows"] / bare["seconds"]),
            f"{name}_share_of_duckdb": round(bare["seconds"] / own["seconds"], 3),
        }
    return figures


def made(folder: Path) -> dict[str, Path]:
    """Write the data set in each format and return the files."""
    import openpyxl
    import pyarrow.csv as arrow_csv

    packed = shared_data() / "online_retail_uci" / "raw" / "online_retail_all_days.csv.gz"
    content = gzip.decompress(packed.read_bytes())
    header, body = content.split(b"\n", 1)
    lines = body.splitlines()
    large, again = folder / "online_retail_large.csv", folder / "online_retail_again.csv"
    with large.open("wb") as out, again.open("wb") as copies:
        out.write(header + b"\n")
        copies.write(header + b"\n")
        for time in range(TIMES):
            digit = b"%d," % time
            out.write(b"".join(line.replace(b",", digit, 1) + b"\n" for line in lines))
            copies.write(b"".join(line + b"\n" for line in lines))
    small = folder / "online_retail.csv"
    small.write_bytes(content)
    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(header.decode().split(","), "string")
    )
    table = arrow_csv.read_csv(small, convert_options=options)
    documents = folder / "online_retail.jsonl"
    with documents.open("w", encoding="utf-8") as out:
        for batch in table.to_batches():
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in batch.to_pylist())
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("lines")
    sheet.append(table.column_names)
    for row in table.slice(0, SHEET_ROWS).to_pylist():
        sheet.append(list(row.values()))
    workbook = folder / "online_retail.xlsx"
    book.save(workbook)
    return {"csv": large, "copies": again, "gz": packed, "jsonl": documents, "xlsx": workbook}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = made(folder)
        link = folder / "online_retail_all_days.csv.gz"
        link.symlink_to(files.pop("gz"))
        files["gz"] = link
        readers = {"csv": "read_csv", "gz": "read_csv", "jsonl": "read_json", "copies": "read_csv"}
        figures: dict[str, float] = {}
        for kind, file in files.items():
            figures |= compared(kind, file, readers.get(kind))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
