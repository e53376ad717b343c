"""BG/NBD against the paper, against brute force, and against customers with a known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import beta as beta_distribution

from zhiyin.core.errors import Conflict, InvalidInput
from zhiyin.models.clv.api import BetaGeo
from zhiyin.models.clv.fitting import equal_customers
from zhiyin.models.clv.histories import Histories

TRUTH = {"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 2.5}


@pytest.fixture(scope="module")
def published(cdnow):
    return BetaGeo().fit(cdnow["x"], cdnow["t_x"], cdnow["T"])


def test_cdnow_gives_the_parameters_of_the_paper(published):
    # Fader, Hardie & Lee (2005), table 2: r 0.243, alpha 4.414, a 0.793, b 2.426, LL -9582.4.
    rounded = {name: round(value, 3) for name, value in published.params_.items()}
    assert rounded == {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert published.log_likelihood_ == pytest.approx(-9582.4, abs=0.05)
    assert published.customers_ == 2357


def test_cdnow_keeps_its_dropout(published):
    assert published.dropout_identified_
    assert published.note_ is None
    # The same table gives NBD's log-likelihood as -9763.7.
    assert published.nbd_log_likelihood_ == pytest.approx(-9763.7, abs=0.05)


def test_cdnow_forecasts_as_the_paper_does(published):
    # Fader, Hardie & Lee's note on the spreadsheet: customer 1 (x 2, t_x 30.43, T 38.86) is
    # expected to make 1.226 purchases in the next 39 weeks.
    forecast = published.expected_purchases(39, [2], [30.43], [38.86])
    assert forecast[0] == pytest.approx(1.226, abs=0.0005)


def test_the_likelihood_is_the_paper_s_written_out(cdnow):
    r, alpha, a, b = 0.3, 5.0, 0.7, 2.0
    x, t_x, age = cdnow["x"], cdnow["t_x"], cdnow["T"]
    first = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    second = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    third = (alpha + age) ** -(r + x)
    fourth = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * (alpha + t_x) ** -(r + x), 0)
    expected = (first + second + np.log(third + fourth)).mean()
    value, _ = Histories.of(x, t_x, age).bgnbd(np.log([r, alpha, a, b]))
    assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["bgnbd", "nbd"])
def test_the_slope_is_that_of_the_likelihood(cdnow, name):
    objective = getattr(Histories.of(cdnow["x"], cdnow["t_x"], cdnow["T"]), name)
    at = np.log([0.3, 5.0, 0.7, 2.0])[: 4 if name == "bgnbd" else 2]
    step = 1e-5
    for place, slope in enumerate(objective(at)[1]):
        aside = np.zeros(len(at))
        aside[place] = step
        rise = objective(at + aside)[0] - objective(at - aside)[0]
        assert slope == pytest.approx(rise / (2 * step), rel=1e-6, abs=1e-9)


def test_the_likelihood_keeps_its_digits_where_dropout_vanishes():
    histories = Histories.of(np.array([400.0, 3.0]), np.array([51.9, 8.9]), np.array([52.0, 9.0]))
    near = histories.bgnbd(np.log([0.7, 9.0, 1e-7, 1e7]))[0]
    assert near == pytest.approx(histories.nbd(np.log([0.7, 9.0]))[0], abs=1e-9)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(4, 6)), min_size=1, max_size=60
    )
)
@settings(max_examples=30, deadline=None)
def test_grouping_equal_customers_loses_nobody(rows):
    columns = [np.array(values, dtype=float) for values in zip(*rows, strict=True)]
    distinct, counts = equal_customers(*columns)
    found = dict(zip(zip(*(c.tolist() for c in distinct), strict=True), counts, strict=True))
    assert found == {row: rows.count(row) for row in rows}


def test_a_sample_weighs_those_who_never_came_back_as_the_whole_does(rng_buyers):
    x, t_x, age = rng_buyers
    whole = Histories.of(x, t_x, np.ceil(age))
    part = whole.sample(2_000)
    repeaters = [h.weight.sum() / h.customers for h in (part, whole)]
    # Every tenth of 20,000 rows: the share of about 0.4 has a standard error of 0.011.
    assert repeaters[0] == pytest.approx(repeaters[1], abs=4 * 0.011)


@pytest.fixture(scope="module")
def rng_buyers(live_by_bgnbd):
    return live_by_bgnbd(np.random.default_rng(7), 20_000, weeks=60, **TRUTH)


def test_known_parameters_are_found_again(rng_buyers):
    model = BetaGeo().fit(*rng_buyers)
    errors = model.standard_errors_
    assert errors is not None
    for name, truth in TRUTH.items():
        # 4 standard errors: one of four parameters strays further once in 4,000 data sets.
        assert abs(model.params_[name] - truth) < 4 * errors[name], name
        assert errors[name] < truth / 4


def test_the_unit_of_time_moves_alpha_alone(rng_buyers):
    x, t_x, age = rng_buyers
    weeks, days = BetaGeo().fit(x, t_x, age), BetaGeo().fit(x, 7 * t_x, 7 * age)
    # The search stops within 1e-5 of a parameter, a hundredth of its standard error.
    assert days.params_["alpha"] == pytest.approx(7 * weeks.params_["alpha"], rel=1e-4)
    for name in ("r", "a", "b"):
        assert days.params_[name] == pytest.approx(weeks.params_[name], rel=1e-4)
    one, other = (
        weeks.expected_purchases(4, x, t_x, age),
        days.expected_purchases(28, x, 7 * t_x, 7 * age),
    )
    assert np.allclose(one, other, rtol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_where_nobody_leaves_the_fit_is_nbd_and_says_so(live_by_bgnbd, seed):
    history = live_by_bgnbd(
        np.random.default_rng(seed), 3_000, r=0.72, alpha=9.4, a=0, b=0, weeks=40
    )
    model = BetaGeo().fit(*history)
    assert not model.dropout_identified_
    assert model.note_ == "dropout_not_identified"
    assert (model.params_["a"], model.params_["b"]) == (0.0, float("inf"))
    assert set(model.probability_alive(*history)) == {1.0}
    errors = model.standard_errors_
    assert errors is not None
    assert set(errors) == {"r", "alpha"}
    assert abs(model.params_["r"] - 0.72) < 4 * errors["r"]
    rate = (model.params_["r"] + history[0]) / (model.params_["alpha"] + history[2])
    assert np.allclose(model.expected_purchases(10, *history), 10 * rate)


def retail_until(shared_data, last_day):
    """Return x, t_x, T in weeks: a purchase is a day with a sale of positive quantity and price."""
    import duckdb

    path = shared_data / "online_retail_uci" / "parquet" / "online_retail.parquet"
    rows = duckdb.sql(f"""
        with days as (
            select distinct CustomerID as customer, cast(InvoiceDate as timestamp)::date as day
            from '{path}' where CustomerID is not null and Quantity > 0 and UnitPrice > 0)
        select count(*) - 1, max(day) - min(day), date '{last_day}' - min(day),
            (select count(*) from days later where later.customer = days.customer
             and later.day > date '{last_day}') as ahead
        from days where day <= date '{last_day}' group by customer""").fetchnumpy()
    x, t_x, age, ahead = (np.asarray(values, dtype=float) for values in rows.values())
    return (x, t_x / 7, age / 7), ahead


def test_online_retail_falls_back_to_nbd(shared_data):
    # Calibration to 2011-08-31 in weeks: days with a sale, customers with a number, T up to
    # 2011-08-31 itself. Its dropout is not identified.
    history, ahead = retail_until(shared_data, "2011-08-31")
    model = BetaGeo().fit(*history)
    assert not model.dropout_identified_
    assert model.params_["r"] == pytest.approx(0.7226, abs=0.0001)
    assert model.params_["alpha"] == pytest.approx(9.4245, abs=0.0001)
    weeks = 100 / 7  # to the last day, 2011-12-09
    forecast = model.expected_purchases(weeks, *history).sum()
    pace = np.divide(history[0], history[2], out=np.zeros_like(ahead), where=history[2] > 0)
    # A season that no model of this kind knows: 4,806 purchases came, more than any pace before.
    assert ahead.sum() == 4806
    assert forecast == pytest.approx(3633, abs=1)
    assert abs(forecast - 4806) < abs(pace.sum() * weeks - 4806)


def while_alive(params, t, x, age):
    """Return E[Y(t)] given alive, integrating (1 - e^(-λpt))/p over λ and p by hand."""
    r, alpha, a, b = params

    def integrand(p):
        rate = 1 - (1 + p * t / (alpha + age)) ** -(r + x)
        return beta_distribution.pdf(p, a, b + x) * rate / p

    middle = (a + 1) / (a + b + x + 1)
    return quad(integrand, 0, middle, limit=400)[0] + quad(integrand, middle, 1, limit=400)[0]


@pytest.mark.parametrize(
    ("params", "t", "x", "age"),
    [
        ((0.243, 4.414, 1.793, 2.426), 39.0, 2.0, 38.86),
        ((0.6, 5.0, 1.0, 2.5), 10.0, 0.0, 30.0),
        ((0.6, 5.0, 1.2, 2.5), 52.0, 40.0, 30.0),
        ((2.0, 1.0, 3.0, 60.0), 200.0, 5.0, 10.0),
        ((0.7, 9.0, 2.0, 400.0), 14.0, 210.0, 40.0),
    ],
)
def test_the_forecast_is_the_integral_over_rate_and_dropout(params, t, x, age):
    model = BetaGeo.from_params(dict(zip(BetaGeo.letters, params, strict=True)))
    forecast = model.purchases_while_alive(np.array(t), np.array([x]), np.array([age]))
    # The quadrature is good to 1e-8; at a = 1 the model itself steps aside by 1e-6.
    assert forecast[0] == pytest.approx(while_alive(params, t, x, age), rel=1e-5)


def test_a_forecast_for_everyone_meets_what_they_then_do(live_by_bgnbd):
    customers = 40_000
    x, _, age = live_by_bgnbd(np.random.default_rng(3), customers, weeks=60, **TRUTH)
    model = BetaGeo.from_params(TRUTH)
    expected = np.array([model.expected_purchases(t) for t in np.quantile(age, [0.25, 0.5, 0.75])])
    assert (np.diff(expected) > 0).all()
    error = x.std() / np.sqrt(customers)
    assert abs(model.expected_purchases(age).mean() - x.mean()) < 4 * error


def test_alive_falls_with_silence_and_is_certain_without_repeats(published):
    alive = published.probability_alive([0, 3, 3, 3], [0, 35, 20, 5], [38, 38, 38, 38])
    assert alive[0] == 1.0
    assert alive[1] > alive[2] > alive[3] > 0


def test_a_very_busy_customer_overflows_nothing(published):
    alive = published.probability_alive([5000], [10], [5000])
    forecast = published.expected_purchases(52, [5000, 5000], [10, 4999], [5000, 5000])
    assert alive[0] == pytest.approx(0, abs=1e-300)
    assert np.isfinite(forecast).all()
    assert forecast[1] > 1


@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        (([1.0], [5.0], [4.0]), "recency 5.0 exceeds T 4.0 at row 0"),
        (([0.0, 0.0], [0.0, 1.0], [4.0, 4.0]), "recency is 1.0 at row 1 although frequency is 0"),
        (([1.5], [1.0], [4.0]), "frequency is 1.5 at row 0"),
        (([-1.0], [1.0], [4.0]), "frequency is -1.0 at row 0"),
        (([1.0], [float("nan")], [4.0]), "recency is nan at row 0"),
        (([1.0, 2.0], [1.0], [4.0]), "differ in length"),
        (([0.0, 0.0], [0.0, 0.0], [4.0, 5.0]), "None of the customers bought again"),
        ((["many"], [1.0], [4.0]), "frequency holds something that is no number"),
        (([], [], []), "None of the customers bought again"),
    ],
)
def test_a_history_that_cannot_be_is_refused_with_its_row(history, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        BetaGeo().fit(*history)


def test_a_model_that_was_not_fitted_answers_nothing():
    with pytest.raises(Conflict, match="call fit first"):
        BetaGeo().expected_purchases(4)
