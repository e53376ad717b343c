"""Who is who at scale: components beside scipy's, a day's growth, and people known to be right.

ZHIYIN_BENCH_EDGES (5,000,000) is the evidence there is, ZHIYIN_BENCH_DAY (50,000) what a day adds.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from benchmarks.identity_people import people_figures
from benchmarks.meter import peak_mib, stopwatch
from zhiyin.adapters.warehouse.duckdb import DuckDBWarehouse
from zhiyin.core.clock import FixedClock
from zhiyin.identity.api import builds_of, coded, component_labels, load_policy
from zhiyin.identity.tables import EDGES
from zhiyin.ports.warehouse import How
from zhiyin.warehouse.api import BuildContext, run_builds

COUNT = int(os.environ.get("ZHIYIN_BENCH_EDGES", "5000000"))
DAY = int(os.environ.get("ZHIYIN_BENCH_DAY", "50000"))
CHAIN = 300
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="zhiyin-bench-") as folder:
        print(json.dumps(measured(Path(folder)), ensure_ascii=False))


def measured(folder: Path) -> dict[str, object]:
    """Return the figures of one run."""
    figures: dict[str, object] = {"edges": COUNT, "day_edges": DAY}
    pairs = graph(COUNT + DAY, np.random.default_rng(1))
    figures |= component_figures(pairs)
    figures |= growth_figures(pairs, folder)
    return figures | people_figures() | {"peak_mib": peak_mib()}


def graph(edges: int, rng: np.random.Generator) -> pa.Table:
    """Return links: stars of users, and some long chains of devices.

    A user has a phone, an e-mail and a few devices; one edge in a hundred belongs to a chain.
    """
    in_chains = edges // 100 // CHAIN * CHAIN
    users = rng.integers(0, edges // 3, edges - in_chains)
    kinds = rng.choice(3, len(users), p=[0.3, 0.2, 0.5])
    values = np.where(kinds < 2, users, rng.integers(0, 2 * edges, len(users)))
    names = np.array(["phone:+86139{:08}", "email:{}@mail.example", "anon:{:032x}"])
    told = zip(kinds.tolist(), values.tolist(), strict=True)
    left = [names[kind].format(value) for kind, value in told]
    right = [f"user:{user}" for user in users.tolist()]
    ring = [divmod(link, CHAIN) for link in range(in_chains)]
    left += [f"anon:c{chain}-{link:03}" for chain, link in ring]
    right += [f"anon:c{chain}-{link + 1:03}" for chain, link in ring]
    pairs = pa.table({"left_id": left, "right_id": right})
    return pairs.group_by(["left_id", "right_id"]).aggregate([])


def component_figures(pairs: pa.Table) -> dict[str, object]:
    """Return how long components take, beside scipy on the same arrays, best of three each."""
    with stopwatch() as coding:
        known = coded(pairs["left_id"], pairs["right_id"])
    left, right, size = known.left, known.right, known.size
    component_labels(left[:100_000], right[:100_000], size)
    ours, theirs = [], []
    for _ in range(3):
        with stopwatch() as ours_watch:
            labels = component_labels(left, right, size)
        with stopwatch() as theirs_watch:
            links = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(size, size))
            number, _ = connected_components(links, directed=False)
        ours.append(ours_watch.seconds)
        theirs.append(theirs_watch.seconds)
    assert len(np.unique(labels)) == number
    return {
        "components_links": len(pairs),
        "components_ids": size,
        "coding_seconds": coding.seconds,
        "components_seconds": min(ours),
        "components_scipy_seconds": min(theirs),
        "components_share_of_scipy": round(min(ours) / min(theirs), 2),
    }


def growth_figures(pairs: pa.Table, folder: Path) -> dict[str, object]:
    """Return how long it takes to work out all links and people, and then a day's."""
    warehouse = DuckDBWarehouse(folder / "warehouse.duckdb")
    order = np.random.default_rng(2).permutation(len(pairs))
    shuffled = pairs.take(pa.array(order))
    there, day = shuffled.slice(0, len(pairs) - DAY), shuffled.slice(len(pairs) - DAY)
    warehouse.write(EDGES, evidence(there, 1))
    clock = FixedClock(FIRST)
    whole = working_out(warehouse, clock)
    warehouse.write(EDGES, evidence(day, 2), How.APPEND)
    clock.advance(timedelta(days=1))
    grown = working_out(warehouse, clock)
    warehouse.close()
    return {
        **{f"whole_{name}": seconds for name, seconds in whole.items()},
        **{f"day_{name}": seconds for name, seconds in grown.items()},
    }


def evidence(pairs: pa.Table, load: int) -> pa.Table:
    """Return the links as rows of `dw.identity_edges`."""
    count = len(pairs)
    when = pa.scalar(FIRST.replace(tzinfo=None) + timedelta(days=load), pa.timestamp("us"))
    columns = {
        "evidence": "login", "source_id": "web", "seen": 1, "first_seen": when,
        "last_seen": when, "load_id": load,
    }  # fmt: skip
    filled = {name: pa.repeat(pa.scalar(value), count) for name, value in columns.items()}
    return pa.table({"left_id": pairs["left_id"], "right_id": pairs["right_id"], **filled})


def working_out(warehouse: DuckDBWarehouse, clock: FixedClock) -> dict[str, float]:
    """Return the seconds of each build after the evidence, and of all."""
    builds = [build for build in builds_of(load_policy()) if build.spec.name != EDGES.name]
    reports = run_builds(
        builds,
        warehouse,
        context=BuildContext(clock.now().replace(tzinfo=None)),
        clock=clock,
        run_id=clock.now().isoformat(),
    )
    seconds = {
        f"{report.table.split('.')[1]}_seconds": round(report.seconds, 2) for report in reports
    }
    return {**seconds, "seconds": round(sum(report.seconds for report in reports), 2)}


if __name__ == "__main__":
    main()
