"""What a customer will be worth: purchases to come times their value, discounted, with an interval.

References
----------
Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). RFM and CLV: Using Iso-Value Curves for Customer
Base Analysis. Journal of Marketing Research 42(4), 415-430.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from zhiyin.core.errors import InvalidInput
from zhiyin.models.clv.beta_geo import BetaGeo
from zhiyin.models.clv.fitting import Floats
from zhiyin.models.clv.gamma_gamma import GammaGamma

# Discounting in steps: 13 steps of a year are four weeks long and off by less than a thousandth.
STEPS = 13
# Customers simulated together: 20,000 x 200 draws are 32 MB an array.
BLOCK = 20_000


@dataclass(frozen=True)
class Customers:
    """Histories to value, one entry per customer, all arrays of one length.

    `frequency`, `recency` and `T` as in `BetaGeo`. `spend_count` and `spend_mean` are the
    purchases the spend model looks at, and their mean value; as a rule all purchases, the first
    one too.
    """

    frequency: Floats
    recency: Floats
    T: Floats
    spend_count: Floats
    spend_mean: Floats

    def __len__(self) -> int:
        return len(self.frequency)

    def rows(self, rows: slice) -> Customers:
        """Return some of the customers."""
        return Customers(
            self.frequency[rows], self.recency[rows], self.T[rows],
            self.spend_count[rows], self.spend_mean[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class CustomerValue:
    """The answer per customer.

    `expected`, `low` and `high` are money over the horizon, discounted; `purchases` is the
    expected number over the horizon, `value_per_purchase` its expected value, `alive` the
    probability of being an active customer still.
    """

    expected: Floats
    low: Floats
    high: Floats
    purchases: Floats
    value_per_purchase: Floats
    alive: Floats


def customer_value(
    rate: BetaGeo,
    spend: GammaGamma,
    customers: Customers,
    *,
    horizon: float,
    discount_rate: float = 0.0,
    coverage: float = 0.8,
    draws: int = 200,
    rng: np.random.Generator,
) -> CustomerValue:
    """Return what each customer will bring within `horizon`, and the span it will lie in.

    Parameters
    ----------
    horizon
        In the time unit of the rate model.
    discount_rate
        Per unit of time: money due after t is divided by (1 + discount_rate)^t.
    coverage
        The share of customers whose actual value should lie within [low, high].
    draws
        Simulated futures per customer behind the interval.

    Notes ----- expected = Σ over steps of (E[Y(t_k)] - E[Y(t_{k-1})]) / (1 + d)^((t_k +
    t_{k-1})/2) × E[Z | z̄, x]. The interval is that of the customer's own future, not of the
    average: it simulates rate, dropout, purchases and spend from what the models believe of this
    customer. Uncertainty of the fitted parameters themselves is left out; it is small beside that
    of one customer's purchases.
    """
    if horizon <= 0 or discount_rate < 0 or not 0 < coverage < 1 or draws < 1:
        raise InvalidInput(
            f"horizon {horizon}, discount_rate {discount_rate}, coverage {coverage} and draws "
            f"{draws} cannot be used; take horizon > 0, discount_rate >= 0, 0 < coverage < 1 and "
            "draws >= 1."
        )
    history = (customers.frequency, customers.recency, customers.T)
    alive = rate.probability_alive(*history)
    steps = np.linspace(0, horizon, 1 + (STEPS if discount_rate else 1))
    discounted = np.zeros(len(customers))
    purchases = np.zeros(len(customers))
    for begin, end in pairwise(steps):
        until = rate.expected_purchases(end, *history)
        discounted += (until - purchases) / (1 + discount_rate) ** ((begin + end) / 2)
        purchases = until
    each = spend.expected_value(customers.spend_count, customers.spend_mean)
    kept = np.divide(discounted, purchases, out=np.ones_like(discounted), where=purchases > 0)
    tail = (1 - coverage) / 2
    bounds = np.empty((2, len(customers)))
    for start in range(0, len(customers), BLOCK):
        rows = slice(start, start + BLOCK)
        futures = simulate(
            rate, spend, customers.rows(rows), alive[rows], horizon=horizon, draws=draws, rng=rng
        )
        bounds[:, rows] = np.quantile(futures, [tail, 1 - tail], axis=0)
    low, high = bounds * kept
    return CustomerValue(discounted * each, low, high, purchases, each, alive)


def simulate(
    rate: BetaGeo, spend: GammaGamma, customers: Customers, alive: Floats,
    *, horizon: float, draws: int, rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return simulated money per draw (rows) and customer (columns), not discounted.

    Given alive at T, λ ~ Gamma(r + x, α + T) and p ~ Beta(a, b + x); the number of purchases is
    the smaller of a Poisson count over the horizon and the geometric number of purchases until
    dropout.
    """
    r, alpha, a, b = (rate.params_[name] for name in rate.letters)
    p, q, v = (spend.params_[name] for name in spend.letters)
    shape = (draws, len(customers))
    pace = rng.gamma(r + customers.frequency, 1 / (alpha + customers.T), shape)
    count = rng.poisson(pace * horizon).astype(float)
    if rate.dropout_identified_:
        leaving = np.clip(rng.beta(a, b + customers.frequency, shape), 1e-12, 1.0)
        count = np.minimum(count, rng.geometric(leaving))
        count[rng.random(shape) >= alive] = 0
    total = customers.spend_count * customers.spend_mean
    price_rate = rng.gamma(p * customers.spend_count + q, 1 / (v + total), shape)
    money = np.zeros(shape)
    buys = count > 0
    money[buys] = rng.gamma(p * count[buys]) / price_rate[buys]
    return money
