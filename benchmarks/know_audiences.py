"""Audience counts over ten million people and a hundred tags, beside DuckDB and packed bits."""

from __future__ import annotations

import json
import random
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import perf_counter

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.meter import peak_mib, shared_data, stopwatch
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.models.lookalike.api import look_alike, matrix
from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.profiles import tables as dm
from zhiyin.profiles.api import Condition, Sources, parse_condition, select
from zhiyin.profiles.bitmaps.api import CountingBook, Shelf, array_of, size_of

PEOPLE = 10_000_000
TAGS = 100
TOGETHER = 10
TREES = 300
YARDSTICK_TREES = 40
CHECKED_TREES = 5
AS_OF = datetime(2026, 6, 1)  # noqa: DTZ001 - UTC without an offset
PRIME = 1_000_003
COLUMNS = ("monetary", "recency_days", "orders", "stage", "value_tier", "joined_at")


def people_table(count: int) -> ibis.Table:
    """Return numbers from 0, one per person; `count` is a multiple of a thousand."""
    # One list of ten million numbers would be taken apart by one thread.
    thousands = ibis.range(0, count // 1000).unnest().name("thousand").as_table()
    ones = ibis.range(0, 1000).unnest().name("one").as_table()
    table = thousands.cross_join(ones)
    return table.select(i=table.thousand * 1000 + table.one)


def drawn(number: ibis.Value, salt: int) -> ibis.Value:
    """Return a number in [0, PRIME) that looks random."""
    return ((number + 7) * (7919 + 104_729 * salt) + salt * 15_485_863) % PRIME


def customers(count: int) -> ibis.Table:
    """Return `dm.customers` of made-up people."""
    table = people_table(count)
    share = [drawn(table.i, salt).cast("float64") / PRIME for salt in range(200, 206)]
    known = {
        "person_id": ibis.literal("user:") + table.i.cast("string"),
        "monetary": (-(1 - share[0]).ln() * 300).cast("decimal(18, 4)"),
        "recency_days": (share[1] * 730).cast("int64"),
        "orders": (-(1 - share[2]).ln() * 3).cast("int64"),
        "stage": ibis.ifelse(share[3] < 0.3, "active", "dormant"),
        "value_tier": ibis.ifelse(share[4] < 0.1, "high", "middle"),
        "joined_at": ibis.literal(AS_OF, type="timestamp(6)")
        - ibis.interval(1, unit="s") * (share[5] * 100_000_000).cast("int64"),
    }
    return table.select(**{name: known.get(name, filler(name)) for name in dm.CUSTOMERS.columns})


def filler(name: str) -> ibis.Value:
    """Return a value for a column that is not asked for."""
    column = dm.CUSTOMERS.columns[name]
    kind = column.type.removeprefix("!")
    if not column.is_required:
        return ibis.null(kind)
    return ibis.literal(False if kind == "boolean" else "" if kind == "string" else 0).cast(kind)


def density(tag: int) -> float:
    """Return the share of people with a tag: from one in a thousand to a third."""
    return 0.001 * 330 ** (tag / (TAGS - 1))


def tag_rows(count: int, tag: int, spec: TableSpec) -> ibis.Table:
    """Return the rows of `dm.tags` of one tag."""
    table = people_table(count)
    having = table.filter(drawn(table.i, tag) < int(density(tag) * PRIME))
    known = {
        "person_id": ibis.literal("user:") + having.i.cast("string"),
        "tag": ibis.literal(f"tag_{tag}"),
        "family": ibis.literal("behavior"),
        "as_of": ibis.literal(AS_OF, type="timestamp(6)"),
    }
    columns = {}
    for name, column in spec.columns.items():
        kind = column.type.removeprefix("!")
        empty = ibis.literal("").cast(kind) if column.is_required else ibis.null(kind)
        columns[name] = known.get(name, empty)
    return having.select(**columns)


def leaf(draw: random.Random, *, has_columns: bool) -> dict:
    """Return one condition."""
    if has_columns and draw.random() < 0.4:
        name = draw.choice(COLUMNS)
        return {
            "monetary": {"attribute": "monetary", "at_least": draw.randint(1, 1500)},
            "recency_days": {"attribute": "recency_days", "below": draw.randint(1, 720)},
            "orders": {"attribute": "orders", "at_least": draw.randint(1, 9)},
            "stage": {"attribute": "stage", "equals": "active"},
            "value_tier": {"attribute": "value_tier", "equals": "high"},
            "joined_at": {"attribute": "joined_at", "after": f"2025-{draw.randint(1, 12):02}-01"},
        }[name]
    return {"tag": f"tag_{draw.randrange(TAGS)}"}


def tree(draw: random.Random, conditions: int, *, has_columns: bool) -> dict:
    """Return a tree with so many conditions."""
    if conditions == 1:
        found = leaf(draw, has_columns=has_columns)
        return {"not": found} if draw.random() < 0.2 else found
    parts = min(draw.randint(2, 4), conditions)
    cuts = sorted(draw.sample(range(1, conditions), parts - 1))
    sizes = [end - start for start, end in zip((0, *cuts), (*cuts, conditions), strict=True)]
    join = draw.choice(["all", "any"])
    return {join: [tree(draw, size, has_columns=has_columns) for size in sizes]}


def as_sql(written: dict) -> str:
    """Return a tree of tags over a table with one boolean column a tag."""
    if "tag" in written:
        return written["tag"]
    if "not" in written:
        return f"NOT ({as_sql(written['not'])})"
    (join, nodes), *_ = written.items()
    return f" {'AND' if join == 'all' else 'OR'} ".join(f"({as_sql(node)})" for node in nodes)


def as_bits(written: dict, bits: dict[str, np.ndarray]) -> np.ndarray:
    """Return a tree of tags over packed bits."""
    if "tag" in written:
        return bits[written["tag"]]
    if "not" in written:
        return ~as_bits(written["not"], bits)
    (join, nodes), *_ = written.items()
    found = as_bits(nodes[0], bits)
    for node in nodes[1:]:
        other = as_bits(node, bits)
        found = found & other if join == "all" else found | other
    return found


def percentiles(seconds: list[float]) -> dict[str, float]:
    """Return the median, p99 and highest, in milliseconds."""
    milliseconds = sorted(1000 * one for one in seconds)
    return {
        "median": round(milliseconds[len(milliseconds) // 2], 2),
        "p99": round(milliseconds[min(int(len(milliseconds) * 0.99), len(milliseconds) - 1)], 2),
        "highest": round(milliseconds[-1], 2),
    }


def counted(book: CountingBook, trees: list[Condition]) -> tuple[list[float], list[int]]:
    """Return the seconds and the people of each tree."""
    seconds, found = [], []
    for one in trees:
        start = perf_counter()
        found.append(len(book.people(one)))
        seconds.append(perf_counter() - start)
    return seconds, found


def yardsticks(book: CountingBook, trees: list[dict], people: int) -> dict[str, object]:
    """Return what DuckDB over a wide boolean table and numpy over packed bits take."""
    columns, bits = {}, {}
    for tag in range(TAGS):
        has = np.zeros(people, dtype=bool)
        has[array_of(book.shelf.tag(f"tag_{tag}").present)] = True
        columns[f"tag_{tag}"] = has
        bits[f"tag_{tag}"] = np.packbits(has)
    connection = duckdb.connect(config={"threads": 2})
    connection.register("given", pa.table(columns))
    with stopwatch() as building:
        connection.execute("CREATE TABLE wide AS SELECT * FROM given")
    del columns
    seconds: dict[str, list[float]] = {"duckdb": [], "bits": []}
    for written in trees:
        start = perf_counter()
        by_sql = connection.execute(
            f"SELECT count(*) FROM wide WHERE {as_sql(written)}"
        ).fetchall()[0][0]
        seconds["duckdb"].append(perf_counter() - start)
        start = perf_counter()
        packed = as_bits(written, bits)
        by_bits = int(np.bitwise_count(packed[:-1]).sum()) + int(
            np.unpackbits(packed[-1:])[: people - 8 * (len(packed) - 1)].sum()
        )
        seconds["bits"].append(perf_counter() - start)
        mine = len(book.people(parse_condition(written)))
        assert mine == by_sql == by_bits, written
    connection.close()
    return {
        "duckdb_wide_build_seconds": building.seconds,
        "duckdb_wide_ms": percentiles(seconds["duckdb"]),
        "packed_bits_ms": percentiles(seconds["bits"]),
        "packed_bits_mib": round(sum(one.nbytes for one in bits.values()) / 2**20),
    }


def lookalikes() -> dict[str, object]:
    """Return how well the hidden half of those who said yes is found, on public bank data.

    Half of them are the seed, the others hide among everybody else. How long the call took is left
    out of what the model sees, as it is known only after the answer.
    """
    file = shared_data() / "bank_marketing_uci" / "parquet" / "bank_additional_full.parquet"
    if not file.exists():
        return {}
    table = pq.read_table(file)
    said_yes = np.array([one == "yes" for one in table["y"].to_pylist()])
    rng = np.random.default_rng(1)
    yes = np.flatnonzero(said_yes)
    hidden = np.zeros(len(said_yes), dtype=bool)
    hidden[rng.choice(yes, len(yes) // 2, replace=False)] = True
    is_seed = said_yes & ~hidden
    rows, names = matrix(table.drop_columns(["y", "duration"]), {})
    with stopwatch() as watch:
        found = look_alike(rows, names, is_seed, rng)
    wanted = hidden[~is_seed][np.argsort(-found.scores[~is_seed], kind="stable")]
    random_precision = float(wanted.mean())
    lift = {
        f"lift_{percent}": round(
            float(wanted[: len(wanted) * percent // 100].mean()) / random_precision, 2
        )
        for percent in (5, 10, 20)
    }
    return {
        "people": len(said_yes),
        "seed": int(is_seed.sum()),
        "random_precision": round(random_precision, 4),
        **lift,
        "seconds": watch.seconds,
    }


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    draw = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        warehouse = DuckDBWarehouse(
            Path(folder) / "warehouse.duckdb", threads=2, memory_limit="6GB"
        )
        warehouse.write(dm.CUSTOMERS, customers(people))
        rows = 0
        for first in range(0, TAGS, TOGETHER):
            some = (tag_rows(people, tag, dm.TAGS) for tag in range(first, first + TOGETHER))
            # In the order in which they are made: sorting them is the run's work, not the index's.
            spec = replace(dm.TAGS, order_by=())
            how = How.APPEND if first else How.REPLACE
            rows += warehouse.write(spec, ibis.union(*some), how).rows
        shelf = Shelf(Path(folder) / "bits", warehouse)
        with stopwatch() as tags_build:
            _ = shelf.tags
        with stopwatch() as columns_build:
            shelf.build_columns(COLUMNS)
        book = CountingBook(shelf, Sources.read(warehouse, AS_OF))
        again = Shelf(shelf.folder, warehouse)
        with stopwatch() as opening:
            _ = again.everyone, again.tags
        written = {
            kind: [
                tree(draw, draw.randint(5, 20), has_columns=kind == "mixed") for _ in range(TREES)
            ]
            for kind in ("tags", "mixed")
        }
        parsed = {kind: [parse_condition(one) for one in some] for kind, some in written.items()}
        seconds = {kind: counted(book, some) for kind, some in parsed.items()}
        for one, found in list(zip(parsed["mixed"], seconds["mixed"][1], strict=True))[
            :CHECKED_TREES
        ]:
            wanted = warehouse.to_arrow(select(one, book.sources).count().as_table())[0][0].as_py()
            assert found == wanted, one
        sizes = size_of(shelf.folder)
        figures = {
            "people": people,
            "tags": TAGS,
            "tag_rows": rows,
            "build_seconds": round(tags_build.seconds + columns_build.seconds, 2),
            "tags_build_seconds": tags_build.seconds,
            "columns_build_seconds": columns_build.seconds,
            "opening_seconds": opening.seconds,
            "tags_mib": round(sizes["tags.bits"] / 2**20, 1),
            "bitmaps_mib": round(shelf.bitmap_bytes() / 2**20, 1),
            "tags_ms": percentiles(seconds["tags"][0]),
            "mixed_ms": percentiles(seconds["mixed"][0]),
            "peak_mib": peak_mib(),
            "lookalike": lookalikes(),
            **yardsticks(book, written["tags"][:YARDSTICK_TREES], people),
        }
        warehouse.close()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
