"""Answers of the repurchase model, read both ways, as rows of `dm.scores`."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa

from zhiyin.models.churn.model import RepurchaseModel, reasons
from zhiyin.models.churn.training import matrix
from zhiyin.models.features import ModelInputs, features
from zhiyin.models.registry import ModelVersion
from zhiyin.models.scores import no_scores, scores

# Rows explained together: TreeSHAP's result is as wide as the features.
BLOCK = 50_000


def score(
    inputs: ModelInputs, as_of: datetime, version: ModelVersion, rng: np.random.Generator
) -> pa.Table:
    """Return two rows per buyer, `repurchase` and `churn` = 1 - repurchase, each with its reasons.

    The reasons are effects on the log-odds of the outcome named, so churn's are repurchase's with
    the sign turned. `rng` is not drawn from: the answer has no chance in it.
    """
    model = RepurchaseModel.loads(version.read("trees.txt"), version.read("params.json"))
    table = features(inputs, as_of).order_by("person_id").to_pyarrow()
    parts = [no_scores()]
    for start in range(0, len(table), BLOCK):
        block = table.slice(start, BLOCK)
        rows = matrix(block)
        people = block["person_id"].to_pylist()
        probability, effects = model.probability(rows), model.contributions(rows)
        for reading, answer, effect in (
            ("repurchase", probability, effects),
            ("churn", 1 - probability, -effects),
        ):
            parts.append(
                scores(
                    people, answer, model=reading, version=version.version, as_of=as_of,
                    reasons=reasons(rows, effect),
                )
            )  # fmt: skip
    return pa.concat_tables(parts)
