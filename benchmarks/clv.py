"""BG/NBD on a million simulated customers, and lifetimes on the same in the same run."""

from __future__ import annotations

import json
import warnings

import numpy as np

from benchmarks.meter import peak_mib, stopwatch
from zhiyin.models.clv.api import BetaGeo

CUSTOMERS = 1_000_000
TRUTH = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}  # CDNOW's, in weeks
WEEKS = 52.0


def simulate(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return frequency, recency and T of customers who joined over half a year."""
    pace = rng.gamma(TRUTH["r"], 1 / TRUTH["alpha"], CUSTOMERS)
    leaving = rng.beta(TRUTH["a"], TRUTH["b"], CUSTOMERS)
    age = rng.uniform(WEEKS / 2, WEEKS, CUSTOMERS)
    x, last, now = (np.zeros(CUSTOMERS) for _ in range(3))
    alive = np.arange(CUSTOMERS)
    while len(alive):
        now[alive] += rng.exponential(1 / pace[alive])
        alive = alive[now[alive] <= age[alive]]
        x[alive] += 1
        last[alive] = now[alive]
        alive = alive[rng.random(len(alive)) >= leaving[alive]]
    return x, last, age


def ours(history: tuple[np.ndarray, ...]) -> dict[str, object]:
    with stopwatch() as watch:
        model = BetaGeo().fit(*history)
    return {
        "seconds": watch.seconds,
        "params": {name: round(value, 4) for name, value in model.params_.items()},
        "log_likelihood": round(model.log_likelihood_, 1),
        "peak_mib": peak_mib(),
    }


def theirs(history: tuple[np.ndarray, ...]) -> dict[str, object]:
    from lifetimes import BetaGeoFitter

    warnings.simplefilter("ignore")
    with stopwatch() as watch:
        model = BetaGeoFitter().fit(*history)
    return {
        "seconds": watch.seconds,
        "params": {name: round(float(value), 4) for name, value in model.params_.items()},
        "peak_mib": peak_mib(),
    }


def main() -> None:
    x, last, age = simulate(np.random.default_rng(1))
    by_day = (x, np.floor(last * 7) / 7, np.ceil(age * 7) / 7)
    figures: dict[str, object] = {"customers": CUSTOMERS, "truth": TRUTH}
    # A warm-up, so that neither side pays for loading SciPy's optimizer.
    BetaGeo().fit(*(column[:2_000] for column in by_day))
    figures["data_mib"] = peak_mib()
    for name, history in (("days", by_day), ("continuous", (x, last, age))):
        figures[name] = {"zhiyin": ours(history)}
    # lifetimes last, so that its memory does not count as ours.
    for name, history in (("days", by_day), ("continuous", (x, last, age))):
        pair = figures[name]
        assert isinstance(pair, dict)
        pair["lifetimes"] = theirs(history)
        pair["ratio"] = round(pair["zhiyin"]["seconds"] / pair["lifetimes"]["seconds"], 4)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
