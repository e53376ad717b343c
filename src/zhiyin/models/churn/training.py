"""Trains the chance of an order, tests it on later days, and writes its card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from zhiyin.models.cards import Card, Metric, Note, NotEnoughData, Trained, deciles
from zhiyin.models.churn.metrics import (
    Ranking,
    accuracy,
    auc,
    average_precision,
    brier,
    intervals,
    lift,
    reliability,
)
from zhiyin.models.churn.model import PARAMETERS, TREES, RepurchaseModel
from zhiyin.models.churn.snapshots import HORIZONS, Snapshots, plan
from zhiyin.models.features import FEATURES, ModelInputs, features, label, with_person
from zhiyin.models.settings import ModelConfig

Floats = NDArray[np.float64]

MODEL = "repurchase"
READINGS = ("repurchase", "churn")
LIMITS = ("repurchase_buyers_only", "repurchase_not_causal", "repurchase_ids_of_today")
# A forecast this far off in total deserves a word on the card.
NOTABLE_SHIFT = 0.2


@dataclass(frozen=True)
class Rows:
    """People at one instant: features in the order of `FEATURES`, and whether each then ordered."""

    at: datetime
    features: Floats
    outcome: Floats

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def positives(self) -> int:
        return int(self.outcome.sum())


def train(
    inputs: ModelInputs, as_of: datetime, *, config: ModelConfig, rng: np.random.Generator
) -> Trained | NotEnoughData:
    """Return the model of all facts before `as_of`, with figures from days it never saw.

    The model that is tested is the model that is returned; it is not fitted again on the test days.
    """
    first = first_order(inputs, as_of)
    snapshots = None if first is None else plan(first, as_of, config.repurchase_horizon_days)
    if first is None or snapshots is None:
        days = (as_of - first).days if first else 0
        needed = 4 * (config.repurchase_horizon_days or min(HORIZONS))
        return declined(as_of, [Note("too_short_a_span", {"found": days, "needed": needed})])
    seen = {
        at: rows_at(inputs, at, snapshots.horizon, config.maximum_people)
        for at in (snapshots.test, snapshots.calibration, *snapshots.training)
    }
    training = joined([seen[at] for at in snapshots.training])
    notes = shortage(training, seen[snapshots.calibration], seen[snapshots.test], config)
    if notes:
        return declined(as_of, notes, len(seen[snapshots.test]))
    calibration = seen[snapshots.calibration]
    model = RepurchaseModel.fit(
        (training.features, training.outcome),
        (calibration.features, calibration.outcome),
        horizon_days=snapshots.horizon_days,
        rng=rng,
    )
    return judged(model, snapshots, seen, first=first, as_of=as_of, config=config, rng=rng)


def judged(
    model: RepurchaseModel, snapshots: Snapshots, seen: dict[datetime, Rows],
    *, first: datetime, as_of: datetime, config: ModelConfig, rng: np.random.Generator,
) -> Trained:  # fmt: skip
    """Return the model with its card: figures on the test snapshot only."""
    test, calibration = seen[snapshots.test], seen[snapshots.calibration]
    training = joined([seen[at] for at in snapshots.training])
    probability = model.probability(test.features)
    metrics = figures(probability, test, float(calibration.outcome.mean()), config.resamples, rng)
    card = Card(
        model=MODEL,
        readings=READINGS,
        status="trained",
        trained_as_of=as_of,
        horizon_days=snapshots.horizon_days,
        rows=len(training),
        data={
            "from": first.isoformat(),
            "to": as_of.isoformat(),
            "snapshots": [described(seen[at], role) for role, at in roles(snapshots)],
            "people_tested": len(test),
        },
        method={"trees": TREES, "calibration": "platt", **PARAMETERS},
        metrics=metrics,
        calibration=reliability(probability, test.outcome),
        features=tuple(model.importance()),
        limits=LIMITS,
        notes=tuple(notes_of(metrics, probability, test)),
        drift_reference={
            "score": deciles(probability),
            "features": {
                name: deciles(training.features[:, place]) for place, name in enumerate(FEATURES)
            },
        },
    )
    return Trained(card, model.dumps())


def figures(
    probability: Floats, test: Rows, known_rate: float, resamples: int, rng: np.random.Generator
) -> tuple[Metric, ...]:
    """Return the figures, beside ranking by recency and beside what a constant would reach.

    `known_rate` is the share who ordered after the calibration snapshot: all that was known of the
    rate when the test began.
    """
    outcome = test.outcome
    recency = -test.features[:, FEATURES.index("recency_days")]
    ranking, by_recency = Ranking.of(probability, outcome), Ranking.of(recency, outcome)
    found = intervals(
        {
            "auc": partial(auc, ranking),
            "average_precision": partial(average_precision, ranking),
            "lift_top_tenth": partial(lift, ranking),
            "brier": partial(brier, probability, outcome),
            "accuracy": partial(accuracy, probability, outcome),
        },
        len(test), resamples, rng,
    )  # fmt: skip
    constant = np.full(len(test), known_rate)
    rate = float(outcome.mean())
    return (
        Metric("auc", *found["auc"], auc(by_recency), "recency", is_main=True),
        Metric("average_precision", *found["average_precision"],
               average_precision(by_recency), "recency"),
        Metric("lift_top_tenth", *found["lift_top_tenth"], lift(by_recency), "recency"),
        Metric("brier", *found["brier"], brier(constant, outcome), "known_rate"),
        Metric("accuracy", *found["accuracy"], max(rate, 1 - rate), "majority"),
        Metric("mean_prediction", float(probability.mean()),
               baseline=rate, baseline_name="observed"),
    )  # fmt: skip


def first_order(inputs: ModelInputs, as_of: datetime) -> datetime | None:
    """Return the instant of the first order with a known buyer before `as_of`."""
    orders = inputs.orders.filter(inputs.orders.visitor_id.notnull())
    first = orders.aggregate(ms=orders.ts_ms.min()).to_pyarrow()["ms"][0].as_py()
    if first is None:
        return None
    at = datetime.fromtimestamp(first / 1000, UTC).replace(tzinfo=None)
    return at if at < as_of else None


def rows_at(inputs: ModelInputs, at: datetime, horizon: timedelta, most: int) -> Rows:
    """Return the buyers of before `at`, or a stable sample of `most`, with what they did after."""
    drawn = sampled(inputs, at, most)
    known = features(drawn, at)
    after = label(drawn, at, horizon).select("person_id", "orders_ahead")
    table = known.inner_join(after, "person_id").order_by("person_id").to_pyarrow()
    outcome = (table["orders_ahead"].to_numpy() > 0).astype(float)
    return Rows(at, matrix(table), outcome)


def sampled(inputs: ModelInputs, at: datetime, most: int) -> ModelInputs:
    """Return the inputs, orders thinned to about `most` people by a hash of the person's id."""
    orders = with_person(inputs.orders, inputs.person_of)
    people = orders.aggregate(n=orders.person_id.nunique()).to_pyarrow()["n"][0].as_py()
    if people <= most:
        return inputs
    edge = f"{int(most / people * 2**32):08x}"
    kept = orders.filter(orders.person_id.hexdigest("sha256")[:8] < edge)
    return ModelInputs(
        kept.drop("person_id"), inputs.order_lines, inputs.refunds, inputs.events, inputs.person_of
    )


def matrix(table: pa.Table) -> Floats:
    """Return the features as a matrix, unknown as NaN."""
    columns = [table[name].cast(pa.float64()).to_numpy() for name in FEATURES]
    return np.column_stack(columns) if len(table) else np.empty((0, len(FEATURES)))


def joined(parts: list[Rows]) -> Rows:
    """Return the rows of several snapshots as one set."""
    return Rows(
        parts[0].at,
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.outcome for part in parts]),
    )


def shortage(training: Rows, calibration: Rows, test: Rows, config: ModelConfig) -> list[Note]:
    """Return what is missing to train, calibrate and test."""
    notes = []
    for role, rows in (("training", training), ("calibration", calibration), ("test", test)):
        values = {"role": role, "found": len(rows), "needed": config.minimum_people}
        if len(rows) < config.minimum_people:
            notes.append(Note("too_few_people", values))
            continue
        rarer = min(rows.positives, len(rows) - rows.positives)
        if rarer < config.minimum_outcomes:
            values = {"role": role, "found": rarer, "needed": config.minimum_outcomes}
            notes.append(Note("too_few_outcomes", values))
    return notes


def declined(as_of: datetime, notes: list[Note], rows: int = 0) -> NotEnoughData:
    """Return the card that says why there is no model."""
    return NotEnoughData(
        Card(MODEL, READINGS, "not_enough_data", as_of, None, rows, notes=tuple(notes))
    )


def roles(snapshots: Snapshots) -> list[tuple[str, datetime]]:
    """Return every snapshot with its role, oldest first."""
    training = [("training", at) for at in sorted(snapshots.training)]
    return [*training, ("calibration", snapshots.calibration), ("test", snapshots.test)]


def described(rows: Rows, role: str) -> dict[str, object]:
    """Return a snapshot for the card."""
    return {
        "role": role, "at": rows.at.isoformat(), "people": len(rows), "ordered": rows.positives
    }  # fmt: skip


def notes_of(metrics: tuple[Metric, ...], probability: Floats, test: Rows) -> list[Note]:
    """Return what a reader must know about this training."""
    notes = []
    main = metrics[0]
    if main.baseline is not None and main.low is not None and main.low <= main.baseline:
        notes.append(Note("not_clearly_better_than_baseline", {"baseline": main.baseline_name}))
    predicted, observed = float(probability.mean()), float(test.outcome.mean())
    if abs(predicted - observed) > NOTABLE_SHIFT * observed:
        notes.append(Note("rate_shifted", {"predicted": predicted, "observed": observed}))
    return notes
