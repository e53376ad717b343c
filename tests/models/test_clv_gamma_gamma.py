"""Gamma-Gamma against the published fit, brute force, and customers with a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln

from zhiyin.core.errors import InvalidInput
from zhiyin.models.clv.api import GammaGamma
from zhiyin.models.clv.gamma_gamma import Spend


@pytest.fixture(scope="module")
def published(cdnow):
    return GammaGamma().fit(cdnow["spend_x"], cdnow["mean"])


def test_cdnow_gives_the_parameters_of_the_note(published):
    # Fader & Hardie (2013): p 6.25, q 3.74, v 15.44 on the 946 customers who bought again. The note
    # fits in a spreadsheet that stops early: v and q differ from it in the last digit.
    assert published.params_["p"] == pytest.approx(6.25, abs=0.005)
    assert published.params_["q"] == pytest.approx(3.74, abs=0.01)
    assert published.params_["v"] == pytest.approx(15.44, abs=0.01)
    assert published.customers_ == 946
    assert published.correlation_ == pytest.approx(0.11, abs=0.005)


def test_no_published_digits_beat_the_fit(cdnow, published):
    again = cdnow["spend_x"] > 0
    spend = Spend(cdnow["spend_x"][again].astype(float), cdnow["mean"][again])
    note = spend.gamma_gamma(np.log([6.25, 3.74, 15.44]))[0] * again.sum()
    assert 0 <= published.log_likelihood_ - note < 0.01


def test_the_likelihood_is_the_note_s_written_out(cdnow):
    again = cdnow["spend_x"] > 0
    x, mean = cdnow["spend_x"][again].astype(float), cdnow["mean"][again]
    p, q, v = 5.0, 3.0, 20.0
    expected = (
        -betaln(p * x, q) + q * np.log(v) + (p * x - 1) * np.log(mean) + p * x * np.log(x)
        - (p * x + q) * np.log(x * mean + v)
    ).mean()  # fmt: skip
    assert Spend(x, mean).gamma_gamma(np.log([p, q, v]))[0] == pytest.approx(expected, rel=1e-12)


def test_the_slope_is_that_of_the_likelihood(cdnow):
    again = cdnow["spend_x"] > 0
    spend = Spend(cdnow["spend_x"][again].astype(float), cdnow["mean"][again])
    at, step = np.log([5.0, 3.0, 20.0]), 1e-5
    for place, slope in enumerate(spend.gamma_gamma(at)[1]):
        aside = step * np.eye(3)[place]
        rise = spend.gamma_gamma(at + aside)[0] - spend.gamma_gamma(at - aside)[0]
        assert slope == pytest.approx(rise / (2 * step), rel=1e-6, abs=1e-9)


def test_known_parameters_are_found_again():
    rng = np.random.default_rng(5)
    truth = {"p": 4.0, "q": 3.0, "v": 30.0}
    x = rng.geometric(0.3, 8_000).astype(float)
    price_rate = rng.gamma(truth["q"], 1 / truth["v"], len(x))
    mean = rng.gamma(truth["p"] * x) / price_rate / x
    model = GammaGamma().fit(x, mean)
    errors = model.standard_errors_
    assert errors is not None
    for name, value in truth.items():
        assert abs(model.params_[name] - value) < 4 * errors[name], name
        assert errors[name] < value / 8


def test_few_purchases_are_drawn_to_the_mean_of_all(published):
    p, q, v = (published.params_[name] for name in published.letters)
    overall = p * v / (q - 1)
    nobody, once, often = published.expected_value([0, 1, 50], [0.0, 100.0, 100.0])
    assert nobody == pytest.approx(overall)
    assert overall < once < often < 100


def test_an_infinite_mean_is_said_and_not_returned():
    model = GammaGamma.from_params({"p": 2.0, "q": 0.9, "v": 5.0})
    assert model.note_ == "mean_not_finite"
    assert np.isnan(model.expected_value([0], [0.0])[0])
    assert model.expected_value([3], [10.0])[0] > 0


@pytest.mark.parametrize(
    ("spend", "sentence"),
    [
        (([1.0, 2.0], [5.0, 0.0]), "monetary is 0.0 at row 1"),
        (([1.0, 2.0], [5.0, -3.0]), "monetary is -3.0 at row 1"),
        (([0.0, 0.0], [5.0, 3.0]), "0 customers bought again"),
        (([1.0], [5.0, 3.0]), "differ in length"),
    ],
)
def test_spend_that_cannot_be_is_refused_with_its_row(spend, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        GammaGamma().fit(*spend)
