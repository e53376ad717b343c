"""The BG/NBD model: how often a customer buys, and whether the customer still does.

References
----------
Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). "Counting Your Customers" the Easy Way: An
Alternative to the Pareto/NBD Model. Marketing Science 24(2), 275-284. [FHL]
Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2008). Computing P(alive) Using the BG/NBD Model. [PA]
Ehrenberg, A. S. C. (1959). The Pattern of Consumer Purchases. Applied Statistics 8, 26-41. [NBD]
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, hyp2f1

from zhiyin.core.errors import InvalidInput
from zhiyin.models.clv.fitting import (
    SAMPLE,
    Floats,
    MaximumLikelihood,
    climb,
    column,
    curvature,
    inverse_root,
    same_length,
    whole_numbers,
)
from zhiyin.models.clv.histories import Histories

# Akaike's price of the two parameters of dropout, in units of log-likelihood.
PRICE_OF_DROPOUT = 2.0
# Places to look for the dropout from: heavy early dropout, the middle, and a rare one.
DROPOUT_STARTS = ((0.8, 2.4), (0.2, 1.0), (1.0, 30.0))


class BetaGeo(MaximumLikelihood):
    """BG/NBD (beta-geometric / negative binomial).

    While active, a customer buys as a Poisson process with rate λ; after each purchase the
    customer drops out for good with probability p. Over customers, λ ~ Gamma(r, rate α) and
    p ~ Beta(a, b), independent of each other.

    A customer is `frequency` x, the repeat purchases; `recency` t_x, the time from the first
    purchase to the last; and `T`, the time from the first purchase to now. All times are in one
    unit of your choice; α and every horizon t are in it too. x is whole, 0 <= t_x <= T, and
    t_x = 0 where x = 0.

    **When dropout cannot be seen.** Where nobody seems to leave, the likelihood climbs towards
    a/b = 0, the NBD model, without ever reaching it; a and b then mean nothing, and forecasts
    made from them may be far off. So dropout is kept only if its two parameters raise the
    log-likelihood by more than Akaike's price of 2 above NBD's maximum. Otherwise the fit *is*
    NBD: `dropout_identified_` is False, `note_` is "dropout_not_identified", a = 0 and b = inf.

    Attributes
    ----------
    params_
        r (shape), alpha (rate, in the time unit), a, b (dropout).
    log_likelihood_, nbd_log_likelihood_
        Of the model kept, and of NBD.
    """

    letters = ("r", "alpha", "a", "b")
    dropout_identified_: bool
    note_: str | None
    nbd_log_likelihood_: float

    def fit(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Self:
        """Find the parameters under which these customers are likeliest.

        Raises
        ------
        InvalidInput
            Where a customer breaks the contract above, or nobody ever bought again.
        """
        histories = Histories.of(*checked(frequency, recency, T))
        if histories.purchases == 0:
            raise InvalidInput(
                "None of the customers bought again, so no rate can be fitted; "
                "take a longer period or more customers."
            )
        sample = histories.sample(SAMPLE)
        nbd_start = climb(sample.nbd, [np.log([1.0, max(sample.mean_T, 1e-9)])]).at
        starts = [np.append(nbd_start, np.log(pair)) for pair in DROPOUT_STARTS]
        start = climb(sample.bgnbd, starts).at
        nbd = climb(histories.nbd, [nbd_start], scale_of(sample.nbd, nbd_start))
        best = climb(histories.bgnbd, [start], scale_of(sample.bgnbd, start))
        customers = round(histories.customers)
        self.nbd_log_likelihood_ = nbd.value * customers
        gain = (best.value - nbd.value) * customers
        self.dropout_identified_ = bool(gain > PRICE_OF_DROPOUT)
        self.note_ = None if self.dropout_identified_ else "dropout_not_identified"
        if self.dropout_identified_:
            return self.keep(best.at, best.value, curvature(sample.bgnbd, best.at), customers)
        self.keep(
            np.append(nbd.at, [0.0, 0.0]), nbd.value, curvature(sample.nbd, nbd.at), customers
        )
        self.params_ = {**self.params_, "a": 0.0, "b": float("inf")}
        return self

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> BetaGeo:
        """Return a model with known parameters; a = 0 stands for NBD."""
        model = cls()
        model.params_ = {name: float(params[name]) for name in cls.letters}
        model.dropout_identified_ = model.params_["a"] > 0
        model.note_ = None if model.dropout_identified_ else "dropout_not_identified"
        model.covariance_ = None
        return model

    def probability_alive(
        self,
        frequency: ArrayLike,
        recency: ArrayLike,
        T: ArrayLike,
    ) -> Floats:
        """Return the probability that each customer has not dropped out, [PA] equation (1).

        It is 1 for a customer without repeat purchases (nobody leaves before the first), and for
        everyone where dropout is not identified.
        """
        self.require_fit()
        x, t_x, age = checked(frequency, recency, T)
        if not self.dropout_identified_:
            return np.ones_like(x)
        return np.where(x > 0, expit(-self.log_odds_gone(x, t_x, age)), 1.0)

    def expected_purchases(
        self,
        t: ArrayLike,
        frequency: ArrayLike | None = None,
        recency: ArrayLike | None = None,
        T: ArrayLike | None = None,
    ) -> Floats:
        """Return how many purchases to expect in the next `t` units of time.

        Without a history it is [FHL] equation (9), E[X(t)] of a new customer; with one it is
        equation (10), E[Y(t) | x, t_x, T].
        """
        self.require_fit()
        if frequency is None or recency is None or T is None:
            zero = np.zeros_like(np.asarray(t, dtype=float))
            return self.purchases_while_alive(np.asarray(t, dtype=float), zero, zero)
        x, _, age = checked(frequency, recency, T)
        ahead = self.purchases_while_alive(np.asarray(t, dtype=float), x, age)
        return ahead * self.probability_alive(frequency, recency, T)

    def purchases_while_alive(self, t: Floats, x: Floats, age: Floats) -> Floats:
        """Return equation (10) without its denominator: purchases to come, given alive at T.

        Notes ----- The paper's z^(r+x) ₂F₁(r+x, b+x; a+b+x-1; 1-z) with z = (α+T)/(α+T+t) equals
        z^(a-1) ₂F₁(a+b-1-r, a-1; a+b+x-1; 1-z) (Euler, DLMF 15.8.1). In this form no large x is
        left to overflow. At a = 1 the expression is 0/0; a is moved by 1e-6 there, which changes
        the result by about as much.
        """
        r, alpha, a, b = (self.params_[name] for name in self.letters)
        if not self.dropout_identified_:
            return (r + x) / (alpha + age) * t
        if abs(a - 1) < 1e-6:
            a = 1 + 1e-6
        c = a + b + x - 1
        z = (alpha + age) / (alpha + age + t)
        lost = z ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, c, 1 - z)
        return c / (a - 1) * (1 - lost)

    def log_odds_gone(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        """Return log of a/(b+x-1) ((α+T)/(α+t_x))^(r+x), the odds of having left; for x > 0."""
        r, alpha, a, b = (self.params_[name] for name in self.letters)
        share = np.log(a) - np.log(b + np.maximum(x, 1) - 1)
        return share + (r + x) * (np.log(alpha + age) - np.log(alpha + t_x))


def checked(
    frequency: ArrayLike,
    recency: ArrayLike,
    T: ArrayLike,
) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and T as arrays, or raise `InvalidInput` with the first broken customer."""
    x = whole_numbers("frequency", column("frequency", frequency))
    t_x, age = column("recency", recency), column("T", T)
    same_length(frequency=x, recency=t_x, T=age)
    late = t_x > age
    if late.any():
        row = int(np.flatnonzero(late)[0])
        raise InvalidInput(
            f"recency {t_x[row]} exceeds T {age[row]} at row {row}; the last purchase cannot lie "
            "after the end of observation. Measure both from the first purchase."
        )
    odd = (x == 0) & (t_x > 0)
    if odd.any():
        row = int(np.flatnonzero(odd)[0])
        raise InvalidInput(
            f"recency is {t_x[row]} at row {row} although frequency is 0; frequency counts "
            "repeat purchases, so recency must be 0 there."
        )
    return x, t_x, age


def scale_of(objective: Any, at: Floats) -> Floats | None:
    """Return the coordinates in which the top near `at` looks round."""
    return inverse_root(curvature(objective, at))
