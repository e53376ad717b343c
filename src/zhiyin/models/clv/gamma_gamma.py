"""The Gamma-Gamma model: how much a customer spends per purchase.

References
----------
Fader, P. S. & Hardie, B. G. S. (2013). The Gamma-Gamma Model of Monetary Value. [FH]
Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). RFM and CLV: Using Iso-Value Curves for Customer
Base Analysis. Journal of Marketing Research 42(4), 415-430.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from zhiyin.core.errors import InvalidInput
from zhiyin.models.clv.fitting import (
    Floats,
    MaximumLikelihood,
    climb,
    column,
    curvature,
    inner,
    same_length,
    whole_numbers,
)

STARTS = ((1.0, 2.0), (6.0, 4.0))


class GammaGamma(MaximumLikelihood):
    """Gamma-Gamma spend.

    Each purchase of a customer is worth Gamma(p, rate ν); over customers, ν ~ Gamma(q, rate v).
    What a customer spends per purchase is independent of how often the customer buys; check the
    correlation of the two before relying on the model.

    A customer is `frequency` x, the repeat purchases, and `monetary` z̄, their mean value (> 0
    where x > 0, not looked at where x = 0). Any unit of money; v is in it too.

    Attributes
    ----------
    params_
        p (shape of a purchase), q (shape over customers), v (rate over customers, money).
    correlation_
        Pearson correlation of x and z̄ among the customers fitted on.
    note_
        "mean_not_finite" where q <= 1 (the mean spend over customers does not exist), else None.
    """

    letters = ("p", "q", "v")
    correlation_: float
    note_: str | None

    def fit(self, frequency: ArrayLike, monetary: ArrayLike) -> Self:
        """Find the parameters under which these customers' spending is likeliest.

        Customers without a repeat purchase are left out.

        Raises
        ------
        InvalidInput
            Where a repeat customer's mean value is not positive, or there are fewer than two.
        """
        x, mean = checked(frequency, monetary)
        again = x > 0
        x, mean = x[again], mean[again]
        if len(x) < 2:
            raise InvalidInput(
                f"{len(x)} customers bought again; Gamma-Gamma needs at least 2, better 100."
            )
        spend = Spend(x, mean)
        starts = [np.log([p, q, max(q - 1, 0.5) / p * mean.mean()]) for p, q in STARTS]
        best = climb(spend.gamma_gamma, starts)
        self.keep(best.at, best.value, curvature(spend.gamma_gamma, best.at), len(x))
        varies = x.std() > 0 and mean.std() > 0
        self.correlation_ = float(np.corrcoef(x, mean)[0, 1]) if varies else 0.0
        self.note_ = "mean_not_finite" if self.params_["q"] <= 1 else None
        return self

    @classmethod
    def from_params(cls, params: dict[str, Any]) -> GammaGamma:
        """Return a model with known parameters."""
        model = cls()
        model.params_ = {name: float(params[name]) for name in cls.letters}
        model.note_ = "mean_not_finite" if model.params_["q"] <= 1 else None
        model.covariance_ = None
        return model

    def expected_value(self, frequency: ArrayLike, monetary: ArrayLike) -> Floats:
        """Return each customer's expected value per purchase, [FH] equation (5).

        E(Z | z̄, x) = p (v + x z̄) / (p x + q - 1): the customer's own mean, drawn towards that of
        all customers the more, the fewer purchases there are. Not a number where p x + q <= 1.
        """
        self.require_fit()
        x, mean = checked(frequency, monetary)
        p, q, v = (self.params_[name] for name in self.letters)
        mass = p * x + q - 1
        return np.where(mass > 0, p * (v + x * mean) / np.where(mass > 0, mass, 1), np.nan)


class Spend:
    """The likelihood of Gamma-Gamma over many customers, [FH] equation (1a).

    Gamma functions depend on x alone, so they are computed once per distinct x.
    """

    def __init__(self, x: Floats, mean: Floats) -> None:
        self.x, self.mean, self.total = x, mean, x * mean
        self.distinct, place = np.unique(x, return_inverse=True)
        self.counts = np.bincount(place).astype(float)
        self.sum_log_total = float(np.log(self.total).sum())
        self.x_log_total = inner(x, np.log(self.total))
        self.sum_log_mean = float(np.log(mean).sum())

    def gamma_gamma(self, log_params: Floats) -> tuple[float, Floats]:
        """Return the mean log-likelihood and its gradient in (log p, log q, log v).

        log f = log Γ(px+q) - log Γ(px) - log Γ(q) + q log v - log z̄ + px log(x z̄)
                - (px+q) log(x z̄ + v)
        """
        p, q, v = np.exp(log_params)
        x, n, customers = self.distinct, self.counts, len(self.x)
        above = np.log(self.total + v)
        sum_above, x_above = float(above.sum()), inner(self.x, above)
        inverse = 1 / (self.total + v)
        value = inner(n, gammaln(p * x + q) - gammaln(p * x)) - customers * gammaln(q)
        value += customers * q * np.log(v) - self.sum_log_mean
        value += p * self.x_log_total - p * x_above - q * sum_above
        both = digamma(p * x + q)
        by_p = inner(n, x * (both - digamma(p * x))) + self.x_log_total - x_above
        by_q = inner(n, both) - customers * digamma(q) + customers * np.log(v) - sum_above
        by_v = customers * q / v - p * inner(self.x, inverse) - q * inverse.sum()
        return value / customers, np.array([by_p * p, by_q * q, by_v * v]) / customers


def checked(frequency: ArrayLike, monetary: ArrayLike) -> tuple[Floats, Floats]:
    """Return x and z̄ as arrays, or raise `InvalidInput` with the first broken customer."""
    x = whole_numbers("frequency", column("frequency", frequency))
    mean = column("monetary", monetary)
    same_length(frequency=x, monetary=mean)
    bad = (x > 0) & (mean <= 0)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InvalidInput(
            f"monetary is {mean[row]} at row {row}; Gamma-Gamma needs a positive mean value of "
            "each repeat customer. Leave that customer out."
        )
    return x, mean
