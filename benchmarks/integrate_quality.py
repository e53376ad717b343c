"""Ten expectations on 5 M rows beside one hand-written pass and two libraries; and odd days found.

Each contestant looks in a process of its own at the same DuckDB file, once with nearly all rows as
expected and once with half of them against one rule. The libraries are measured where they are
installed (`pip install 'pandera[ibis]' pointblank polars`).

python -m benchmarks.integrate_quality [ROWS]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from benchmarks.meter import ROOT, stopwatch
from zhiyin.warehouse.quality.usual import distances, judged

ROWS = 5_000_000
SHOPS = 200
DAYS = 180

MADE = """
create schema dw;
create table dw.sales as select
  i as id, 'u' || (i % 400000) as buyer,
  case when i % 1000 = 0 then null else 'a' || (i % 400000) || '@b.c' end as mail,
  (i % 977) / 10.0 as amount, ['web', 'app', 'store'][1 + i % 3] as channel,
  timestamp '2024-01-01' + interval (i % 400) day as sold_at, i % 7 as pieces,
  case when i % 100000 = 0 then 'cny' else 'CNY' end as currency
from range({rows}) r(i)
"""

HEAD = """
import json, resource, sys, time
from datetime import datetime
path, least = sys.argv[1], float(sys.argv[2])
LATEST = datetime(2026, 1, 1)
CODE, CHANNELS = "^[A-Z]{3}$", ["web", "app", "store"]
imported = time.perf_counter()
"""
TAIL = """
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps({"seconds": seconds, "peak_mib": peak, "queries": queries,
                  "import_seconds": start - imported, "failed": failed}))
"""

BARE = """
import duckdb
connection = duckdb.connect(path, read_only=True, config={"threads": 2})
connection.execute("select count(*) from dw.sales")
start, queries = time.perf_counter(), 1
row = connection.execute('''
  select count(*), count(*) filter (mail is null), count(*) filter (buyer is null),
    count(*) filter (amount < ?), count(*) filter (amount > 1000),
    count(*) filter (channel not in ('web', 'app', 'store')),
    count(*) filter (not regexp_matches(currency, '^[A-Z]{3}$')),
    count(*) filter (length(buyer) > 20), count(*) filter (sold_at > timestamp '2026-01-01'),
    count(*) filter (pieces not between 0 and 6), count(*) - count(distinct id)
  from dw.sales''', [least]).fetchall()[0]
failed = list(row[1:])
"""

CONNECT = """
import ibis
backend = ibis.duckdb.connect(path, threads=2, read_only=True)
table = backend.table("sales", database="dw")
queries = 0
def counted(run):
    def counting(self, *given, **named):
        global queries
        queries += 1
        return run(self, *given, **named)
    return counting
type(backend).to_pyarrow = counted(type(backend).to_pyarrow)
type(backend).execute = counted(type(backend).execute)
"""

OURS = """
from decimal import Decimal
from zhiyin.warehouse.quality import expectations as rules
from zhiyin.warehouse.quality.expectations import Expectation
from zhiyin.warehouse.quality.looking import Moment, Reader, look
from zhiyin.ports.tables import Column, TableSpec
columns = ("id", "buyer", "mail", "amount", "channel", "sold_at", "pieces", "currency")
spec = TableSpec("dw.sales", ("id",), {name: Column("string", name) for name in columns})
told = [
    ("mail", rules.Present()), ("buyer", rules.Present()),
    ("amount", rules.InRange(Decimal(str(least)))), ("amount", rules.InRange(None, 1000)),
    ("channel", rules.OneOf(tuple(CHANNELS))), ("currency", rules.Matches(CODE)),
    ("buyer", rules.OfLength(0, 20)), ("sold_at", rules.NotInFuture()),
    ("pieces", rules.InRange(0, 6)), ("id", rules.Unique()),
]
expected = [Expectation("dw.sales", f"n{n}", rule, (column,))
            for n, (column, rule) in enumerate(told)]
start = time.perf_counter()
found = look(spec, table, expected, reader=Reader(lambda e: e.to_pyarrow(), lambda _: None),
             moment=Moment(LATEST, LATEST))
failed = [outcome.failed for outcome in found]
"""

PANDERA = """
import pandera.ibis as pa
from pandera import Check
start = time.perf_counter()
schema = pa.DataFrameSchema({
    "mail": pa.Column(nullable=False),
    "amount": pa.Column(checks=[Check.ge(least), Check.le(1000)], nullable=False),
    "channel": pa.Column(checks=[Check.isin(CHANNELS)]),
    "currency": pa.Column(checks=[Check.str_matches(CODE)]),
    "buyer": pa.Column(checks=[Check.str_length(0, 20)], nullable=False),
    "sold_at": pa.Column(checks=[Check.le(LATEST)]),
    "pieces": pa.Column(checks=[Check.in_range(0, 6)]),
    "id": pa.Column(unique=True),
})
try:
    schema.validate(table, lazy=True)
    failed = []
except pa.errors.SchemaErrors as error:
    failed = [len(error.schema_errors)]
"""

POINTBLANK = """
import pointblank as pb
start = time.perf_counter()
asked = (
    pb.Validate(table).col_vals_not_null("mail").col_vals_not_null("buyer")
    .col_vals_ge("amount", least).col_vals_le("amount", 1000)
    .col_vals_in_set("channel", CHANNELS).col_vals_regex("currency", CODE)
    .col_vals_expr(expr=lambda t: t.buyer.length() <= 20).col_vals_le("sold_at", LATEST)
    .col_vals_between("pieces", 0, 6).rows_distinct(columns_subset=["id"])
)
done = asked.interrogate(collect_extracts=EXTRACTS)
failed = [step["n"] - step["n_passed"] for step in json.loads(done.get_json_report())]
"""

CONTESTANTS = {
    "bare": BARE,
    "zhiyin": CONNECT + OURS,
    "pandera": CONNECT + PANDERA,
    "pointblank": "EXTRACTS = False\n" + CONNECT + POINTBLANK,
    "pointblank_examples": "EXTRACTS = True\n" + CONNECT + POINTBLANK,
}
NEEDS = {"pandera": ("pandera",), "pointblank": ("pointblank", "polars")}

PROFILED = """
import json, sys, time
from datetime import date
import ibis
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.warehouse.quality import profiles
spec = TableSpec("dw.sales", ("id",), {
    "id": Column("!int64", ""), "buyer": Column("string", ""), "mail": Column("string", ""),
    "amount": Column("float64", ""), "channel": Column("string", ""),
    "sold_at": Column("!timestamp(6)", ""), "pieces": Column("!int64", ""),
    "currency": Column("string", "")})
table = ibis.duckdb.connect(sys.argv[1], threads=2, read_only=True).table("sales", database="dw")
plan = profiles.plan_of(spec)
def seconds(first, last):
    days = profiles.Days(first, last, "Asia/Shanghai")
    start = time.perf_counter()
    profiles.day_counts(table, plan, days).to_pyarrow()
    profiles.measures(table, plan, days).to_pyarrow()
    for column in ("channel", "currency"):
        profiles.value_counts(table, plan, days, column=column).to_pyarrow()
    return time.perf_counter() - start
print(json.dumps({"all": seconds(date(2024, 1, 1), date(2025, 2, 3)),
                  "one": seconds(date(2025, 2, 3), date(2025, 2, 3))}))
"""


def child(code: str, *arguments: str) -> dict[str, float]:
    """Run the code in a process of its own and return what it printed last."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        check=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def looks(path: Path) -> dict[str, float]:
    """Return seconds, queries and peak memory of every contestant that is installed."""
    figures: dict[str, float] = {}
    for name, code in CONTESTANTS.items():
        needed = NEEDS.get(name.removesuffix("_examples"), ())
        if any(find_spec(module) is None for module in needed):
            continue
        for case, least in (("", "0"), ("_half_broken", "50")):
            found = child(HEAD + code + TAIL, str(path), least)
            figures[f"{name}{case}_seconds"] = round(found["seconds"], 2)
            figures[f"{name}{case}_peak_mib"] = found["peak_mib"]
            figures[f"{name}_queries"] = found["queries"]
            figures[f"{name}_import_seconds"] = round(found["import_seconds"], 2)
            if name == "zhiyin":
                bare = figures[f"bare{case}_seconds"]
                figures[f"share_of_bare{case}"] = round(found["seconds"] / bare, 2)
    return figures


def shop(seed: int) -> dict[str, np.ndarray]:
    """Return 180 days of a shop: rows with weekdays, growth and noise, and what goes with them."""
    rng = np.random.default_rng(seed)
    noise, base = (0.12, 5000.0) if seed % 2 else (0.08, 600.0)
    weekday = np.array([1.0, 0.95, 0.9, 1.0, 1.2, 1.5, 1.35])
    days = np.arange(DAYS)
    mean = base * np.exp(0.0015 * days) * weekday[days % 7]
    rows = rng.poisson(mean * np.exp(rng.normal(0, noise, DAYS)))
    shares = rng.dirichlet(np.array([50, 30, 15, 5]) * 20, size=DAYS)
    kinds = [rng.multinomial(count, share) for count, share in zip(rows, shares, strict=True)]
    return {
        "rows": rows.astype(float),
        "null_rate": rng.binomial(rows, rng.beta(200, 1800, DAYS)) / rows,
        "mean": 100 * np.exp(rng.normal(0, 0.05, DAYS)),
        "kinds": np.array(kinds, dtype=float),
    }


def planted(measures: dict[str, np.ndarray], day: int) -> dict[str, np.ndarray]:
    """Return the same shop with one day of each kind of trouble."""
    broken = {name: values.copy() for name, values in measures.items()}
    broken["rows"][day] = np.floor(broken["rows"][day] / 2)
    broken["null_rate"][day] = 0.3
    broken["mean"][day] *= 1.5
    kinds = np.hstack([broken["kinds"], np.zeros((DAYS, 1))])
    moved = np.floor(kinds[day] * 0.1)
    kinds[day] -= moved
    kinds[day, -1] = moved.sum()
    broken["kinds"] = kinds
    return broken


def odd_days(measures: dict[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Return, per kind of trouble, which days stand out."""
    series = {name: measures[name] for name in ("rows", "null_rate", "mean")}
    series["distance"] = distances(measures["kinds"])
    return {name: judged(name, values, rows).is_odd for name, values in series.items()}


def findings() -> dict[str, float]:
    """Return how many planted days were found, and how many quiet ones were blamed."""
    names = {"rows": "half_volume", "null_rate": "nulls", "mean": "mean", "distance": "new_value"}
    hits = dict.fromkeys(names.values(), 0)
    blamed = judged_days = true = false = 0
    for seed in range(SHOPS):
        measures, day = shop(seed), 140 + seed % 28
        quiet = odd_days(measures, measures["rows"])
        blamed += sum(int(odd.sum()) for odd in quiet.values())
        judged_days += len(quiet) * (DAYS - 21)
        broken = planted(measures, day)
        for name, odd in odd_days(broken, measures["rows"]).items():
            hits[names[name]] += int(odd[day])
            true += int(odd[day])
            false += int(odd.sum() - odd[day])
    recall = {f"recall_{name}": round(hit / SHOPS, 3) for name, hit in hits.items()}
    return {
        **recall,
        "recall": round(true / (4 * SHOPS), 3),
        "precision": round(true / (true + false), 3),
        "false_alarms_per_1000_measures": round(1000 * blamed / judged_days, 2),
        "runs_until_found": 1,
    }


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sales.duckdb"
        making = (
            f"import duckdb, sys\nduckdb.connect(sys.argv[1]).execute({MADE.format(rows=rows)!r})"
        )
        child(f"{making}\nprint('{{}}')", str(path))
        figures: dict[str, float] = {"rows": rows, **looks(path)}
        profile = child(PROFILED, str(path))
        figures["profile_400_days_seconds"] = round(profile["all"], 2)
        figures["profile_one_day_seconds"] = round(profile["one"], 2)
    with stopwatch() as watch:
        figures |= findings()
    figures["judging_seconds"] = watch.seconds
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
