"""Personas of a million buyers: from tables in DuckDB to everybody's persona, beside scikit-learn.

Buyers of five kinds are made, with three orders and two visits each on average. The product reads
how each buys, chooses the number of personas by their stability, and tells every buyer's; the
yardstick gets the same points and does what scikit-learn's documentation advises: one k-means per
number over all buyers, the number with the best silhouette of a sample. Its time includes neither
reading nor scaling, and it names nothing.

python -m benchmarks.know_personas [BUYERS]
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa

from benchmarks.meter import peak_mib, stopwatch
from zhiyin.core.clock import naive_utc
from zhiyin.profiles.personas.api import adjusted_rand, fit, nearest, persona_features, told_again
from zhiyin.testing.rows import EPOCH

BUYERS = 1_000_000
KINDS = 5
AS_OF = naive_utc(datetime(2026, 1, 1, tzinfo=UTC))
TODAY = (AS_OF - EPOCH).days
# Of each kind: orders, amount, silence, weekends, evenings, discount.
MEANS = np.array(
    [
        [9.0, 400.0, 12.0, 0.8, 0.2, 0.02],
        [5.0, 40.0, 20.0, 0.2, 0.7, 0.45],
        [1.3, 60.0, 200.0, 0.3, 0.3, 0.10],
        [1.2, 700.0, 60.0, 0.6, 0.1, 0.05],
        [3.0, 90.0, 90.0, 0.1, 0.1, 0.25],
    ]
)


def made(buyers: int) -> tuple[dict[str, pa.Table], np.ndarray]:
    """Return the tables that personas are told from, and everybody's kind."""
    rng = np.random.default_rng(11)
    kind = rng.integers(0, KINDS, buyers)
    mean = MEANS[kind]
    ids = pa.array([f"user:{n:07}" for n in range(buyers)])
    orders = rng.poisson(mean[:, 0] - 1) + 1
    average = mean[:, 1] * rng.lognormal(0, 0.4, buyers)
    recency = np.maximum(mean[:, 2] * rng.lognormal(0, 0.5, buyers), 1).astype(np.int64)
    categories = pa.array([f"category {n}" for n in range(12)])
    purchases = {
        "person_id": ids,
        "recency_days": recency,
        "tenure_days": recency + 20 * (orders - 1) + rng.integers(0, 30, buyers),
        "orders": orders,
        "monetary": orders * average,
        "average_order": average,
        "discount_share": np.clip(mean[:, 5] + rng.normal(0, 0.06, buyers), 0, 1),
        "refunds": rng.binomial(orders, 0.04),
        "favourite_category": categories.take(pa.array((kind + rng.integers(0, 3, buyers)) % 12)),
        "favourite_channel": pa.array(["web", "app", "store"]).take(
            pa.array(rng.integers(0, 3, buyers))
        ),
    }
    owner = np.repeat(np.arange(buyers), orders)
    day = rng.integers(1, 360, len(owner))
    # The days before AS_OF: as many weekend days as the kind likes, the hours as well.
    weekday = np.where(rng.random(len(owner)) < mean[owner, 3], 5 + (day % 2), day % 5)
    monday = (AS_OF - timedelta(days=AS_OF.weekday()) - EPOCH).days
    evening = rng.random(len(owner)) < mean[owner, 4]
    hour = np.where(evening, 18 + day % 5, 8 + day % 9)
    ms = ((monday - 7 * (1 + day // 7) + weekday) * 24 + hour) * 3_600_000
    seen = np.repeat(np.arange(buyers), rng.poisson(2.0, buyers))
    start = (TODAY - rng.integers(1, 360, len(seen))) * 86_400_000
    tables = {
        "purchases": pa.table(purchases),
        "orders": pa.table(
            {
                "visitor_id": ids.take(pa.array(owner)),
                "ts_ms": ms,
                "order_time": pa.array(ms * 1000, pa.timestamp("us")),
            }
        ),
        "sessions": pa.table({"visitor_id": ids.take(pa.array(seen)), "start_ms": start}),
        "person_of": pa.table({"visitor_id": ids, "person_id": ids}),
    }
    return tables, kind


def by_sklearn(points: np.ndarray) -> tuple[float, np.ndarray]:
    """Return seconds and labels of k-means for 3 to 8 groups, the best by silhouette."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    with stopwatch() as watch:
        found = [KMeans(number, random_state=0).fit(points) for number in range(3, 9)]
        best = max(
            found,
            key=lambda one: silhouette_score(
                points, one.labels_, sample_size=6_000, random_state=0
            ),
        )
    return watch.seconds, np.asarray(best.labels_, dtype=np.int64)


def inertia(points: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean squared distance of points to the means of their groups."""
    groups = np.unique(labels)
    centers = np.stack([points[labels == one].mean(axis=0) for one in groups])
    return float(nearest(points, centers)[1].mean())


def main() -> None:
    buyers = int(sys.argv[1]) if len(sys.argv) > 1 else BUYERS
    figures: dict[str, object] = {"buyers": buyers}
    with tempfile.TemporaryDirectory() as folder:
        backend = ibis.duckdb.connect(Path(folder) / "shop.duckdb", threads=2, memory_limit="2GB")
        tables, kind = made(buyers)
        figures["orders"] = tables["orders"].num_rows
        stored = [backend.create_table(name, table) for name, table in tables.items()]
        del tables
        with stopwatch() as reading:
            question = persona_features(*stored, as_of=AS_OF, timezone="Asia/Shanghai")
            features = question.order_by("person_id").to_pyarrow()
        with stopwatch() as searching:
            found = fit(features)
        if found is None:
            raise SystemExit("No personas were found.")
        backend.disconnect()
    centers = {one.number: one.center for one in found.personas}
    with stopwatch() as telling:
        again, _ = told_again(features, found.space, centers)
    if not (again == found.numbers).all():
        raise SystemExit("Told again, some people have another persona.")
    figures |= {
        "read_seconds": reading.seconds,
        "search_seconds": searching.seconds,
        "seconds": round(reading.seconds + searching.seconds, 3),
        "told_again_seconds": telling.seconds,
        "peak_mib": peak_mib(),
        "personas": len(found.personas),
        "names": [one.title[1] for one in found.personas],
        "planted_kinds_found": round(adjusted_rand(kind, found.numbers - 1), 4),
    }
    points = found.space.points(features)
    seconds, labels = by_sklearn(points)
    figures |= {
        "sklearn_seconds": seconds,
        "sklearn_personas": int(labels.max()) + 1,
        "sklearn_planted_kinds_found": round(adjusted_rand(kind, labels), 4),
        "speedup": round(seconds / searching.seconds, 1),
        "distance": round(inertia(points, found.numbers), 4),
        "sklearn_distance": round(inertia(points, labels), 4),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
