"""Fits customer value, tests it on the days held out, and writes its card."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from zhiyin.models.cards import Card, Metric, Note, NotEnoughData, Trained, deciles
from zhiyin.models.clv.beta_geo import BetaGeo
from zhiyin.models.clv.buyers import WEEK, Buyers, kept_share
from zhiyin.models.clv.fitting import Floats
from zhiyin.models.clv.gamma_gamma import GammaGamma
from zhiyin.models.clv.value import CustomerValue, customer_value
from zhiyin.models.features import ModelInputs, label
from zhiyin.models.settings import ModelConfig

MODEL = "clv"
PARAMS = "params.json"
LIMITS = ("clv_no_season", "clv_no_marketing", "clv_interval_own_future")
# Beyond this the independence of spend and frequency is worth a word.
NOTABLE_CORRELATION = 0.2


@dataclass(frozen=True)
class ValueModel:
    """The fitted pair, and what turns its answer into net money over the horizon."""

    rate: BetaGeo
    spend: GammaGamma
    kept_share: float
    horizon_days: int
    discount_per_year: float

    @classmethod
    def fit(cls, buyers: Buyers, *, kept: float, horizon_days: int, discount: float) -> ValueModel:
        """Fit both models to the buyers."""
        c = buyers.customers
        rate = BetaGeo().fit(c.frequency, c.recency, c.T)
        spend = GammaGamma().fit(c.spend_count, c.spend_mean)
        return cls(rate, spend, kept, horizon_days, discount)

    def value(self, buyers: Buyers, *, draws: int, rng: np.random.Generator) -> CustomerValue:
        """Return each buyer's net value over the horizon."""
        gross = customer_value(
            self.rate, self.spend, buyers.customers,
            horizon=self.horizon_days / WEEK,
            discount_rate=(1 + self.discount_per_year) ** (WEEK / 365.25) - 1,
            draws=draws, rng=rng,
        )  # fmt: skip
        each = known_value(gross.value_per_purchase, buyers)
        expected = np.where(np.isfinite(gross.expected), gross.expected, gross.purchases * each)
        keep = self.kept_share
        return CustomerValue(
            expected * keep, gross.low * keep, gross.high * keep,
            gross.purchases, each * keep, gross.alive,
        )  # fmt: skip

    def dumps(self) -> str:
        """Return the model as JSON."""
        params = {name: str(v) if np.isinf(v) else v for name, v in self.rate.params_.items()}
        return json.dumps(
            {
                "rate": params,
                "spend": dict(self.spend.params_),
                "kept_share": self.kept_share,
                "horizon_days": self.horizon_days,
                "discount_per_year": self.discount_per_year,
            },
            indent=1,
            sort_keys=True,
        )

    @classmethod
    def loads(cls, text: str) -> ValueModel:
        """Return the model that `dumps` wrote."""
        stored = json.loads(text)
        return cls(
            BetaGeo.from_params(stored["rate"]),
            GammaGamma.from_params(stored["spend"]),
            stored["kept_share"],
            stored["horizon_days"],
            stored["discount_per_year"],
        )


def known_value(each: Floats, buyers: Buyers) -> Floats:
    """Return the values per purchase, the mean purchase standing in where the model has no mean."""
    count, mean = buyers.customers.spend_count, buyers.customers.spend_mean
    total = count.sum()
    overall = float((count * mean).sum() / total) if total else 0.0
    return np.where(np.isfinite(each), each, overall)


def train(
    inputs: ModelInputs, as_of: datetime, *, config: ModelConfig, rng: np.random.Generator
) -> Trained | NotEnoughData:
    """Return the value model of all facts before `as_of`, with figures from a hold-out.

    The figures come from a fit that ends earlier, judged on the days between: a quarter of the
    data's span, at most 90 days.
    """
    buyers = Buyers.before(inputs, as_of)
    repeaters = int((buyers.customers.frequency > 0).sum())
    span = int(buyers.customers.T.max() * WEEK) if len(buyers) else 0
    held_out = min(90, span // 4)
    missing = shortage(repeaters, held_out, config)
    test = None if missing else holdout(inputs, as_of, held_out, config, rng)
    if missing or test is None:
        notes = tuple(missing) or (Note("too_few_before_holdout", {"days": held_out}),)
        return NotEnoughData(
            Card(MODEL, (MODEL,), "not_enough_data", as_of, None, len(buyers), notes=notes)
        )
    model = ValueModel.fit(
        buyers, kept=kept_share(inputs, as_of),
        horizon_days=config.clv_horizon_days, discount=config.discount_per_year,
    )  # fmt: skip
    value = model.value(buyers, draws=draws_for(len(buyers), config), rng=rng)
    card = Card(
        model=MODEL,
        readings=(MODEL,),
        status="trained",
        trained_as_of=as_of,
        horizon_days=config.clv_horizon_days,
        rows=len(buyers),
        data={
            "people": len(buyers),
            "repeaters": repeaters,
            "from": str(buyers.first_day.min()),
            "to": as_of.isoformat(),
            "holdout_days": held_out,
        },
        method=described(model),
        metrics=test,
        limits=LIMITS,
        notes=(*notes_of(model, span, config), *not_better(test[0])),
        drift_reference=reference(buyers, value),
    )
    return Trained(card, {PARAMS: model.dumps()})


def reference(buyers: Buyers, value: CustomerValue) -> dict[str, list[float] | None]:
    """Return how the data and the answers are spread, to compare later ones with."""
    return {
        "frequency": deciles(buyers.customers.frequency),
        "T_weeks": deciles(buyers.customers.T),
        "score": deciles(value.expected),
    }


def shortage(repeaters: int, held_out: int, config: ModelConfig) -> list[Note]:
    """Return what is missing to fit and test."""
    notes = []
    if repeaters < config.minimum_repeaters:
        notes.append(
            Note("too_few_repeaters", {"found": repeaters, "needed": config.minimum_repeaters})
        )
    if held_out < 14:
        notes.append(Note("too_short_a_span", {"found": held_out * 4, "needed": 56}))
    return notes


def draws_for(people: int, config: ModelConfig) -> int:
    """Return how many futures to simulate each: fewer for very many people, never below 50."""
    return int(np.clip(20_000_000 // max(people, 1), 50, config.draws))


def holdout(
    inputs: ModelInputs, as_of: datetime, days: int, config: ModelConfig, rng: np.random.Generator
) -> tuple[Metric, ...] | None:
    """Return the figures of a fit `days` before `as_of`; None where too few had come back then."""
    start = as_of - timedelta(days=days)
    buyers = Buyers.before(inputs, start)
    if int((buyers.customers.frequency > 0).sum()) < max(20, config.minimum_repeaters // 4):
        return None
    model = ValueModel.fit(buyers, kept=kept_share(inputs, start), horizon_days=days, discount=0.0)
    forecast = model.value(buyers, draws=draws_for(len(buyers), config), rng=rng)
    actual = ahead(inputs, start, days)
    previous = ahead_of(buyers, ahead(inputs, start - timedelta(days=days), days))
    happened = ahead_of(buyers, actual)
    wape = resampled(error_share, forecast.expected, happened[1], config.resamples, rng)
    bought = happened[0].sum()
    top = resampled(top_share, forecast.expected, happened[1], config.resamples, rng)
    inside = (happened[1] >= forecast.low - 0.005) & (happened[1] <= forecast.high + 0.005)
    last = "same_as_before"
    return (
        Metric("value_error", *wape, error_share(previous[1], happened[1]), last, is_main=True),
        Metric("top_tenth_share", *top, top_share(previous[1], happened[1]), last),
        Metric("purchases_ratio", ratio(forecast.purchases.sum(), bought),
               baseline=ratio(previous[0].sum(), bought), baseline_name=last),
        Metric("value_ratio", ratio(forecast.expected.sum(), happened[1].sum()),
               baseline=ratio(previous[1].sum(), happened[1].sum()), baseline_name=last),
        Metric("interval_coverage", float(inside.mean()), baseline=0.8, baseline_name="promised"),
    )  # fmt: skip


def ahead(inputs: ModelInputs, start: datetime, days: int) -> dict[str, tuple[float, float]]:
    """Return each person's days with an order and net money in the `days` from `start`."""
    rows = label(inputs, start, timedelta(days=days)).to_pyarrow()
    columns = (rows[name].to_pylist() for name in ("person_id", "order_days_ahead", "amount_ahead"))
    return {person: (float(bought), money) for person, bought, money in zip(*columns, strict=True)}


def ahead_of(buyers: Buyers, facts: dict[str, tuple[float, float]]) -> tuple[Floats, Floats]:
    """Return purchases and money of the buyers, zero for those who are not among the facts."""
    pairs = np.array([facts.get(person, (0.0, 0.0)) for person in buyers.person_id])
    return pairs[:, 0], pairs[:, 1]


def error_share(forecast: Floats, actual: Floats) -> float:
    """Return the sum of absolute errors as a share of all money that came in."""
    return ratio(float(np.abs(forecast - actual).sum()), float(np.abs(actual).sum()))


def top_share(forecast: Floats, actual: Floats) -> float:
    """Return the share of all money that came from the tenth of people forecast highest."""
    most = max(1, len(forecast) // 10)
    best = np.argsort(-forecast, kind="stable")[:most]
    return ratio(float(actual[best].sum()), float(actual.sum()))


def ratio(part: float, whole: float) -> float:
    """Return part / whole; not a number where there is no whole."""
    return float(part) / float(whole) if whole else float("nan")


def resampled(
    figure: Any, forecast: Floats, actual: Floats, resamples: int, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return the figure and its 95 % interval over resampled people."""
    draws = []
    for _ in range(resamples):
        rows = rng.integers(0, len(actual), len(actual))
        draws.append(figure(forecast[rows], actual[rows]))
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return figure(forecast, actual), float(low), float(high)


def described(model: ValueModel) -> dict[str, Any]:
    """Return the parameters for the card, with standard errors."""
    return {
        "rate": dict(model.rate.params_),
        "rate_standard_errors": model.rate.standard_errors_,
        "log_likelihood": model.rate.log_likelihood_,
        "nbd_log_likelihood": model.rate.nbd_log_likelihood_,
        "dropout_identified": model.rate.dropout_identified_,
        "spend": dict(model.spend.params_),
        "spend_standard_errors": model.spend.standard_errors_,
        "spend_frequency_correlation": model.spend.correlation_,
        "kept_share": model.kept_share,
        "discount_per_year": model.discount_per_year,
        "time_unit": "week",
    }


def not_better(main: Metric) -> list[Note]:
    """Return a note where the error is not clearly below the baseline's."""
    if main.baseline is None or main.high is None or main.high < main.baseline:
        return []
    return [Note("not_clearly_better_than_baseline", {"baseline": main.baseline_name})]


def notes_of(model: ValueModel, span: int, config: ModelConfig) -> list[Note]:
    """Return what a reader must know about this fit."""
    notes = []
    if not model.rate.dropout_identified_:
        notes.append(Note("dropout_not_identified"))
    if model.spend.note_:
        notes.append(Note(model.spend.note_, {"q": model.spend.params_["q"]}))
    if abs(model.spend.correlation_) > NOTABLE_CORRELATION:
        notes.append(Note("spend_depends_on_frequency", {"correlation": model.spend.correlation_}))
    if span < config.clv_horizon_days:
        notes.append(
            Note("horizon_beyond_data", {"span": span, "horizon": config.clv_horizon_days})
        )
    return notes
