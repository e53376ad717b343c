"""Answers of the value model as rows of `dm.scores`."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import pyarrow as pa

from zhiyin.models.clv.buyers import Buyers
from zhiyin.models.clv.fitting import Floats
from zhiyin.models.clv.training import PARAMS, ValueModel, draws_for
from zhiyin.models.clv.value import CustomerValue
from zhiyin.models.features import ModelInputs
from zhiyin.models.registry import ModelVersion
from zhiyin.models.scores import no_scores, scores
from zhiyin.models.settings import ModelConfig


def score(
    inputs: ModelInputs, as_of: datetime, version: ModelVersion, rng: np.random.Generator
) -> pa.Table:
    """Return one row per buyer: expected net money over the horizon, its 80 % interval, and why."""
    model = ValueModel.loads(version.read(PARAMS))
    buyers = Buyers.before(inputs, as_of)
    if not len(buyers):
        return no_scores()
    value = model.value(buyers, draws=draws_for(len(buyers), ModelConfig()), rng=rng)
    return scores(
        buyers.person_id, value.expected, model="clv", version=version.version, as_of=as_of,
        low=value.low, high=value.high, reasons=reasons(value),
    )  # fmt: skip


def reasons(value: CustomerValue) -> list[str]:
    """Return per customer the three factors of the value, strongest first.

    value = probability of being active x purchases if active x value per purchase. `effect` is the
    logarithm of the factor over the average customer's: the three add up to log(value / average).
    """
    alive = np.maximum(value.alive, 1e-300)
    factors: dict[str, Floats] = {
        "probability_active": value.alive,
        "purchases_if_active": value.purchases / alive,
        "value_per_purchase": value.value_per_purchase,
    }
    effects = {
        name: np.log(np.maximum(f, 1e-9) / max(f.mean(), 1e-9)) for name, f in factors.items()
    }
    names = list(factors)
    sizes = np.round(np.column_stack([effects[name] for name in names]), 4)
    values = np.round(np.column_stack([factors[name] for name in names]), 4)
    order = np.argsort(-np.abs(sizes), axis=1, kind="stable").tolist()
    return [
        json.dumps([{"feature": names[i], "value": v[i], "effect": s[i]} for i in places])
        for places, v, s in zip(order, values.tolist(), sizes.tolist(), strict=True)
    ]
