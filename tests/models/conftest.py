"""Customers with known truths, and the real ones of published papers."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest
from pyarrow import csv


@pytest.fixture(scope="session")
def cdnow():
    """The CDNOW sample of 2,357 customers (weeks), as the package `lifetimes` ships it."""
    pytest.importorskip("lifetimes", reason="the CDNOW summary ships with lifetimes")
    folder = files("lifetimes.datasets")
    rates = csv.read_csv(str(folder / "cdnow_customers_summary.csv"))
    spend = csv.read_csv(str(folder / "cdnow_customers_summary_with_transactions.csv"))
    x, t_x, age = (rates[name].to_numpy() for name in ("frequency", "recency", "T"))
    return {
        "x": x, "t_x": t_x, "T": age,
        "spend_x": spend["x"].to_numpy(), "mean": spend["zbar"].to_numpy(),
    }  # fmt: skip


def buyers(rng, customers, *, r, alpha, a, b, weeks):
    """Return x, t_x and T of customers that live by BG/NBD; a = 0 means that nobody leaves."""
    pace = rng.gamma(r, 1 / alpha, customers)
    leaving = rng.beta(a, b, customers) if a else np.zeros(customers)
    age = rng.uniform(weeks / 2, weeks, customers)
    x, last, now = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.arange(customers)
    while len(alive):
        now[alive] += rng.exponential(1 / pace[alive])
        alive = alive[now[alive] <= age[alive]]
        x[alive] += 1
        last[alive] = now[alive]
        alive = alive[rng.random(len(alive)) >= leaving[alive]]
    return x, last, age


@pytest.fixture(scope="session")
def live_by_bgnbd():
    return buyers
