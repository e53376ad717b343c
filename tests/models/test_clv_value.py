"""What customers are worth, against the parts it is made of and against simulated futures."""

from __future__ import annotations

import numpy as np
import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.models.clv.api import BetaGeo, Customers, GammaGamma, customer_value

RATE = BetaGeo.from_params({"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 2.5})
NBD = BetaGeo.from_params({"r": 0.6, "alpha": 5.0, "a": 0.0, "b": float("inf")})
SPEND = GammaGamma.from_params({"p": 4.0, "q": 3.0, "v": 30.0})
SOME = Customers(
    frequency=np.array([0.0, 2.0, 10.0]),
    recency=np.array([0.0, 20.0, 29.0]),
    T=np.array([30.0, 30.0, 30.0]),
    spend_count=np.array([1.0, 3.0, 11.0]),
    spend_mean=np.array([12.0, 40.0, 25.0]),
)


def valued(rate=RATE, customers=SOME, **more):
    settings = {"horizon": 26.0, "rng": np.random.default_rng(1), **more}
    return customer_value(rate, SPEND, customers, **settings)


def test_without_discount_value_is_purchases_times_their_value():
    value = valued()
    purchases = RATE.expected_purchases(26.0, SOME.frequency, SOME.recency, SOME.T)
    each = SPEND.expected_value(SOME.spend_count, SOME.spend_mean)
    assert np.allclose(value.expected, purchases * each)
    assert np.allclose(value.alive, RATE.probability_alive(SOME.frequency, SOME.recency, SOME.T))


def test_discounting_is_that_of_money_flowing_evenly():
    # Under NBD purchases come at a constant pace: ∫ (1+d)^-t dt / 52 over a year.
    rate = 0.002
    plain = valued(NBD, horizon=52.0)
    later = valued(NBD, horizon=52.0, discount_rate=rate)
    exact = (1 - (1 + rate) ** -52) / np.log1p(rate) / 52
    assert np.allclose(later.expected / plain.expected, exact, rtol=1e-5)
    assert (later.high < plain.high).all()


def test_simulated_futures_have_the_expected_mean():
    # With q = 3 the variance of the value per purchase is finite: 100,000 draws put 4 standard
    # errors at about 3 % of each mean.
    from zhiyin.models.clv.value import simulate

    for rate in (RATE, NBD):
        value = valued(rate)
        money = simulate(
            rate, SPEND, SOME, value.alive,
            horizon=26.0, draws=100_000, rng=np.random.default_rng(2),
        )  # fmt: skip
        errors = money.std(axis=0) / np.sqrt(len(money))
        assert (np.abs(money.mean(axis=0) - value.expected) < 4 * errors).all()
        assert (errors < 0.02 * value.expected).all()


def test_the_interval_holds_four_futures_of_five(live_by_bgnbd):
    rng = np.random.default_rng(8)
    people = 4_000
    x, t_x, age = live_by_bgnbd(rng, people, r=0.6, alpha=5.0, a=0, b=0, weeks=40)
    price_rate = rng.gamma(3.0, 1 / 30.0, people)
    past = rng.gamma(4.0 * (x + 1)) / price_rate
    customers = Customers(x, t_x, age, x + 1, past / (x + 1))
    pace = rng.gamma(0.6 + x, 1 / (5.0 + age))
    count = rng.poisson(pace * 26.0)
    money = np.where(count > 0, rng.gamma(4.0 * np.maximum(count, 1)) / price_rate, 0.0)
    value = valued(NBD, customers, draws=400)
    busy = value.purchases > 3
    inside = ((money >= value.low) & (money <= value.high))[busy]
    # Under 3 purchases many futures are exactly zero and the interval holds more than it promises.
    error = np.sqrt(0.8 * 0.2 / busy.sum())
    assert busy.sum() > 1_000
    assert abs(inside.mean() - 0.8) < 4 * error


def test_the_same_seed_gives_the_same_interval():
    assert np.array_equal(valued().high, valued().high)
    assert not np.array_equal(valued().high, valued(rng=np.random.default_rng(9)).high)


@pytest.mark.parametrize(
    "wrong", [{"horizon": 0.0}, {"discount_rate": -0.1}, {"coverage": 1.0}, {"draws": 0}]
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(InvalidInput, match="cannot be used"):
        valued(**wrong)
