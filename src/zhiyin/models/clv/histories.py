"""The likelihoods of BG/NBD and NBD over many customers, and their slopes.

The likelihood of a customer, Fader, Hardie & Lee (2005) equation (3):

    L = A1 A2 (A3 + [x > 0] A4)
    A1 = Γ(r+x) α^r / Γ(r)                 A2 = Γ(a+b) Γ(b+x) / (Γ(b) Γ(a+b+x))
    A3 = (1/(α+T))^(r+x)                   A4 = a/(b+x-1) (1/(α+t_x))^(r+x)

Both ratios of gamma functions are finite products because x is whole:

    Γ(r+x)/Γ(r) = Π (r+j)        A2 = Π (b+j)/(a+b+j)        over j = 0 … x-1

so one running sum up to the largest x serves every customer, without `gammaln`, and keeps its
digits when b is huge. A customer without repeat purchases enters through T alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from zhiyin.models.clv.fitting import Floats, equal_customers, inner

# Rows whose columns fit into a core's cache together: twice as fast as whole arrays.
BLOCK = 8_192


@dataclass(frozen=True)
class Histories:
    """Customers, equal ones once.

    `ages`, `buyers_by_age` and `purchases_by_age` hold each distinct T with the customers and
    repeat purchases at it; `x`, `t_x`, `T` and `weight` hold the distinct histories with x > 0.
    """

    x: Floats
    t_x: Floats
    T: Floats
    weight: Floats
    ages: Floats
    buyers_by_age: Floats
    purchases_by_age: Floats

    @classmethod
    def of(cls, x: Floats, t_x: Floats, T: Floats) -> Histories:
        """Return the customers with equal histories grouped."""
        again = x > 0
        rows, weight = equal_customers(x[again], t_x[again], T[again])
        (once,), customers = equal_customers(T[~again])
        x, t_x, T = rows
        return cls.weighted(x, t_x, T, weight=weight, once=once, customers=customers)

    @classmethod
    def weighted(
        cls, x: Floats, t_x: Floats, T: Floats, *, weight: Floats,
        once: Floats, customers: Floats,
    ) -> Histories:  # fmt: skip
        """Return histories with x > 0 and, apart, the T of the customers without repeats."""
        ages, place = np.unique(np.concatenate([T, once]), return_inverse=True)
        buyers = np.bincount(place, np.concatenate([weight, customers]), len(ages))
        purchases = np.bincount(place[: len(T)], weight * x, len(ages))
        return cls(x, t_x, T, weight, ages, buyers, purchases)

    def sample(self, rows: int) -> Histories:
        """Return about `rows` histories, evenly spaced, or all where there are fewer."""
        step = max(1, (len(self.x) + len(self.ages)) // rows)
        if step == 1:
            return self
        repeaters = np.bincount(
            np.searchsorted(self.ages, self.T), self.weight, minlength=len(self.ages)
        )
        once = np.round(self.buyers_by_age - repeaters)
        held = np.flatnonzero(once > 0)
        # A few distinct T stand for many customers each: keep them all, at a share of the weight.
        share = 1.0 if len(held) > rows else 1 / step
        held = held[:: step if len(held) > rows else 1]
        some = slice(None, None, step)
        return self.weighted(
            self.x[some], self.t_x[some], self.T[some], weight=self.weight[some],
            once=self.ages[held], customers=once[held] * share,
        )  # fmt: skip

    @cached_property
    def customers(self) -> float:
        """Number of customers; a sample need not hold whole ones."""
        return float(self.buyers_by_age.sum())

    @cached_property
    def purchases(self) -> float:
        """Number of repeat purchases."""
        return float(self.purchases_by_age.sum())

    @cached_property
    def mean_T(self) -> float:
        """Mean time under observation."""
        return inner(self.ages, self.buyers_by_age) / self.customers

    @cached_property
    def more_than(self) -> Floats:
        """Customers with x > j, for j = 0 … max x - 1: how often term j of a product occurs."""
        counts = np.bincount(self.x.astype(int), self.weight).astype(float)
        return np.cumsum(counts[::-1])[::-1][1:]

    def nbd(self, log_params: Floats) -> tuple[float, Floats]:
        """Return NBD's mean log-likelihood and its gradient in (log r, log α)."""
        r, alpha = np.exp(log_params)
        value, by_r, by_alpha = self.rate_part(r, alpha)
        return value / self.customers, np.array([by_r * r, by_alpha * alpha]) / self.customers

    def bgnbd(self, log_params: Floats) -> tuple[float, Floats]:
        """Return BG/NBD's mean log-likelihood and its gradient in (log r, log α, log a, log b)."""
        r, alpha, a, b = np.exp(log_params)
        value, by_r, by_alpha = self.rate_part(r, alpha)
        j = np.arange(len(self.more_than))
        # log A2; log1p keeps the digits that lgamma(b+x) - lgamma(b) loses for large b.
        value -= inner(self.more_than, np.log1p(a / (b + j)))
        by_a = -inner(self.more_than, 1 / (a + b + j))
        by_b = inner(self.more_than, a / ((b + j) * (a + b + j)))
        gone = self.dropout_part(r, alpha, a, b)
        value += gone[0]
        slope = np.array([by_r + gone[1], by_alpha + gone[2], by_a + gone[3], by_b + gone[4]])
        return value / self.customers, slope * (r, alpha, a, b) / self.customers

    def rate_part(self, r: float, alpha: float) -> tuple[float, float, float]:
        """Return Σ log(A1 A3) and its derivatives in r and α."""
        j = np.arange(len(self.more_than))
        reached = np.log(alpha + self.ages)
        weight = r * self.buyers_by_age + self.purchases_by_age
        value = inner(self.more_than, np.log(r + j)) + self.customers * r * np.log(alpha)
        by_r = inner(self.more_than, 1 / (r + j)) + self.customers * np.log(alpha)
        by_alpha = self.customers * r / alpha - inner(weight, 1 / (alpha + self.ages))
        value -= inner(weight, reached)
        by_r -= inner(self.buyers_by_age, reached)
        return float(value), float(by_r), float(by_alpha)

    def dropout_part(self, r: float, alpha: float, a: float, b: float) -> Floats:
        """Return Σ log(1 + A4/A3) and its derivatives in r, α, a and b."""
        total = np.zeros(5)
        if not len(self.x):
            return total
        shares = np.log(a) - np.log(b + np.arange(len(self.more_than)))
        odds_of_x = np.zeros(len(shares))  # Σ s by x-1, for the derivative in b
        for start in range(0, len(self.x), BLOCK):
            rows = slice(start, start + BLOCK)
            x, weight = self.x[rows], self.weight[rows]
            place = (x - 1).astype(np.intp)
            late, early = alpha + self.T[rows], alpha + self.t_x[rows]
            growth = np.log(late / early)
            log_odds = shares[place] + (r + x) * growth
            small = np.exp(-np.abs(log_odds))
            gone = weight * np.where(log_odds > 0, 1.0, small) / (1 + small)
            total[0] += inner(weight, np.maximum(log_odds, 0) + np.log1p(small))
            total[1] += inner(gone, growth)
            total[2] += inner(gone, (r + x) * (1 / late - 1 / early))
            odds_of_x += np.bincount(place, gone, len(shares))
        total[3] = odds_of_x.sum() / a
        total[4] = -inner(odds_of_x, 1 / (b + np.arange(len(shares))))
        return total
