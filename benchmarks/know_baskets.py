"""Pairs, frequent sets and rules of a million baskets beside mlxtend.

Baskets are made: 2,000 products of Zipf-like popularity, five or six of them in a basket, and some
that go together. mlxtend gets the same rows as the sparse table that its documentation advises, and
its time includes neither making that table nor reading. The product's pairs include all of it: from
order lines in DuckDB to the five measures.

python -m benchmarks.know_baskets [BASKETS]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import csr_matrix

from benchmarks.meter import peak_mib, stopwatch
from zhiyin.insights.baskets.api import basket_lines, frequent_sets, item_pairs, rules

BASKETS = 1_000_000
PRODUCTS = 2_000
SUPPORT = 0.002


def made(baskets: int) -> pa.Table:
    """Return order lines; a seventh of the baskets hold a product and the one that goes with it."""
    rng = np.random.default_rng(7)
    weights = 1 / (np.arange(PRODUCTS) + 10.0)
    sizes = rng.poisson(4.7, baskets) + 1
    order = np.repeat(np.arange(baskets), sizes)
    product = rng.choice(PRODUCTS, len(order), p=weights / weights.sum())
    led = rng.random(len(order)) < 1 / 35
    order = np.concatenate([order, order[led]])
    product = np.concatenate([product, (product[led] + 1) % PRODUCTS])
    names = np.array([f"p{n:04d}" for n in range(PRODUCTS)])
    return pa.table(
        {
            "source_id": pa.array(["till"]).take(pa.array(np.zeros(len(order), np.int64))),
            "order_id": pa.array(order).cast(pa.string()),
            "item": pa.array(names).take(pa.array(product)),
        }
    )


def by_mlxtend(lines: pa.Table, longest: int) -> tuple[float, dict[tuple[str, ...], int]]:
    """Return seconds and what fpgrowth finds, the faster of the two that mlxtend has."""
    from mlxtend.frequent_patterns import fpgrowth

    baskets = lines["order_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    items = lines["item"].combine_chunks().dictionary_encode()
    width, height = len(items.dictionary), int(baskets.max()) + 1
    cells = np.unique(baskets.astype(np.int64) * width + items.indices.to_numpy())
    matrix = csr_matrix(
        (np.ones(len(cells), bool), (cells // width, cells % width)), (height, width)
    )
    frame = pd.DataFrame.sparse.from_spmatrix(matrix, columns=items.dictionary.to_pylist())
    with stopwatch() as watch:
        found = fpgrowth(frame, min_support=SUPPORT, use_colnames=True, max_len=longest)
    counts = {
        tuple(sorted(names)): round(support * height)
        for names, support in zip(found["itemsets"], found["support"], strict=True)
    }
    return watch.seconds, counts


def pairs_of(lines: ibis.Table, least: int) -> pa.Table:
    """Return the pairs of items with their measures, counted as the product's command does."""
    found = item_pairs(lines, at_least=least, most=None, fetch=lambda one: one.to_pyarrow())
    return found.to_pyarrow()


def main() -> None:
    baskets = int(sys.argv[1]) if len(sys.argv) > 1 else BASKETS
    lines = made(baskets)
    figures: dict[str, object] = {"baskets": baskets, "lines": lines.num_rows}
    with tempfile.TemporaryDirectory() as folder:
        backend = ibis.duckdb.connect(Path(folder) / "shop.duckdb", threads=2)
        table = backend.create_table("lines", lines)
        with stopwatch() as watch:
            coded = basket_lines(table).to_pyarrow()
        figures["read_seconds"] = watch.seconds
        # numba loads its machine code.
        some, least = coded.slice(0, 50_000), int(np.ceil(SUPPORT * baskets - 1e-9))
        frequent_sets(some, min_support=SUPPORT)
        pairs_of(ibis.memtable(some), least)
        with stopwatch() as watch:
            pairs = pairs_of(basket_lines(table), least)
        figures |= {"pairs_seconds": watch.seconds, "pairs": pairs.num_rows // 2}
        # Without reading, as mlxtend is timed.
        with stopwatch() as watch:
            pairs_of(ibis.memtable(coded), least)
        figures["pairs_counted_seconds"] = watch.seconds
        for longest in (2, 4):
            with stopwatch() as watch:
                found = frequent_sets(coded, min_support=SUPPORT, longest=longest)
            figures |= {f"sets_{longest}_seconds": watch.seconds, f"sets_{longest}": found.num_rows}
            seconds, wanted = by_mlxtend(lines, longest)
            got = {tuple(row["items"]): row["baskets"] for row in found.to_pylist()}
            if got != wanted:
                raise SystemExit(f"mlxtend finds {len(wanted)} sets, the product {len(got)}.")
            figures |= {
                f"mlxtend_{longest}_seconds": seconds,
                f"sets_{longest}_speedup": round(seconds / watch.seconds, 1),
            }
        for name in ("pairs", "pairs_counted"):
            ours = float(figures[f"{name}_seconds"])
            figures[f"{name}_speedup"] = round(float(figures["mlxtend_2_seconds"]) / ours, 1)
        with stopwatch() as watch:
            made_rules = rules(found)
        figures |= {"rules": made_rules.num_rows, "rules_seconds": watch.seconds}
    figures["peak_mib"] = peak_mib()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
