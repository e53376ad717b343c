"""Questions about 50 M events of 2 M people, beside ClickHouse (chdb), DuckDB by hand and polars.

Every engine gets the same rows in the order of people and time: the product in `dm.activity` with
all of its columns, chdb in a MergeTree and DuckDB in a table of the columns needed, polars in
Parquet. Each runs alone in a process of its own with two threads; the time of a question is the
best of three. All answers must be equal. The whole answer of the page of visits, with medians,
bins, first and last events that nobody else is asked for, is timed beside.

50 M events take some ten minutes and 5 GB of disk; a tenth of them takes a minute:

python -m benchmarks.know_behavior [EVENTS]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.behavior_data import make
from benchmarks.meter import ROOT, peak_mib

EVENTS = 50_000_000
TIMES = 3
QUESTIONS = ("rfm", "funnel", "retention", "sessions", "touches", "pairs")
# Asked of the product alone: what its page shows beyond the question that all are asked.
PAGES = {"zhiyin": ("sessions_page",)}
ENGINES = ("zhiyin", "clickhouse", "duckdb", "polars")


def opened(engine: str, folder: Path):
    """Return an engine over its own tables."""
    if engine == "zhiyin":
        from benchmarks.behavior_product import Engine

        return Engine(folder)
    from benchmarks import behavior_yardsticks as yardsticks

    kinds = {
        "clickhouse": yardsticks.ClickHouse,
        "duckdb": yardsticks.DuckDB,
        "polars": yardsticks.Polars,
    }
    return kinds[engine](folder)


def load(engine: str, folder: Path) -> None:
    """Fill an engine's tables, and say how long it took."""
    start = time.perf_counter()
    opened(engine, folder).load(folder)
    print(json.dumps({"seconds": round(time.perf_counter() - start, 1)}))


def ask(engine: str, folder: Path) -> None:
    """Ask every question and print seconds, processor seconds, answers and peak memory."""
    asked, found = opened(engine, folder), {}
    for question in (*QUESTIONS, *PAGES.get(engine, ())):
        runs = []
        for _ in range(TIMES):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = getattr(asked, question)()
            runs.append((time.perf_counter() - wall, time.process_time() - cpu))
        best = min(runs)
        found[question] = {"seconds": best[0], "cpu": best[1], "answer": answer}
    print(json.dumps({"questions": found, "peak_mib": peak_mib()}))


def child(verb: str, engine: str, folder: Path) -> dict:
    """Run a verb for an engine in a process of its own and return what it printed."""
    print(f"   {verb} {engine}", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.know_behavior", verb, engine, str(folder)],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def compared(folder: Path, events: int) -> dict[str, object]:
    """Return the figures of all engines, and how long the product takes as a share of each."""
    print(f"   {events:,} events; for fewer give their number", file=sys.stderr, flush=True)
    make(folder, events)
    figures: dict[str, object] = {"events": events}
    told = {}
    for engine in ENGINES:
        figures[f"{engine}.load_seconds"] = child("load", engine, folder)["seconds"]
        told[engine] = child("ask", engine, folder)
        figures[f"{engine}.peak_mib"] = told[engine]["peak_mib"]
    whole = told["zhiyin"]["questions"]["sessions_page"]
    if whole["answer"] != told["zhiyin"]["questions"]["sessions"]["answer"]:
        raise SystemExit("The page of visits answers otherwise than the visits that were cut.")
    figures["sessions.page"] = round(whole["seconds"], 3)
    for question in QUESTIONS:
        ours = told["zhiyin"]["questions"][question]
        for engine in ENGINES:
            other = told[engine]["questions"][question]
            if other["answer"] != ours["answer"]:
                raise SystemExit(f"{engine} answers {question} otherwise than the product.")
            figures[f"{question}.{engine}"] = round(other["seconds"], 3)
            figures[f"{question}.{engine}_cpu"] = round(other["cpu"], 3)
        for engine in ENGINES[1:]:
            theirs = told[engine]["questions"][question]["seconds"]
            figures[f"{question}.share_of_{engine}"] = round(ours["seconds"] / theirs, 3)
    return nested(figures)


def nested(figures: dict[str, object]) -> dict[str, object]:
    """Return figures with dots in their names as figures within figures."""
    found: dict[str, object] = {}
    for name, value in figures.items():
        place, _, rest = name.partition(".")
        if rest:
            found.setdefault(place, {})[rest] = value  # pyright: ignore[reportIndexIssue]
        else:
            found[place] = value
    return found


def main() -> None:
    if len(sys.argv) == 4:
        {"load": load, "ask": ask}[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
        return
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(compared(Path(name), events)))


if __name__ == "__main__":
    main()
