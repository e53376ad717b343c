"""What will they do: train models, keep their versions, score everyone who ever bought."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from zhiyin.core.errors import NotFound
from zhiyin.models import registry
from zhiyin.models.card_text import feature_titles, render_card
from zhiyin.models.cards import NotEnoughData, main_metric
from zhiyin.models.churn import scoring as churn_scoring
from zhiyin.models.churn import training as churn_training
from zhiyin.models.clv import scoring as clv_scoring
from zhiyin.models.clv import training as clv_training
from zhiyin.models.features import FEATURES, ModelInputs, features, label
from zhiyin.models.registry import ModelVersion, champion, list_versions, promote
from zhiyin.models.scores import no_scores
from zhiyin.models.settings import ModelConfig
from zhiyin.models.tables import MODEL_VERSIONS

__all__ = [
    "FEATURES",
    "ModelConfig",
    "ModelInputs",
    "ModelVersion",
    "card",
    "champion",
    "feature_titles",
    "features",
    "label",
    "list_versions",
    "needs_training",
    "promote",
    "render_card",
    "score",
    "train",
    "versions_table",
]

TRAINERS = {
    clv_training.MODEL: clv_training.train,
    churn_training.MODEL: churn_training.train,
}
SCORERS = {
    clv_training.MODEL: clv_scoring.score,
    churn_training.MODEL: churn_scoring.score,
}
# Names in `dm.scores` that are another model's answer read the other way round.
READ_FROM = {"churn": churn_training.MODEL}


def train(
    inputs: ModelInputs,
    *,
    as_of: datetime,
    registry_dir: Path,
    rng: np.random.Generator,
    config: ModelConfig | None = None,
) -> list[ModelVersion]:
    """Train every model on the facts before `as_of`, store it and let it score from now on.

    A model without enough data leaves a version that holds only a card saying what is missing;
    the champion of before, if any, stays.

    Returns
    -------
    list[ModelVersion]
        One per model; `card["status"]` is "trained" or "not_enough_data".
    """
    versions = []
    for model, train_one in TRAINERS.items():
        # A generator of its own: one model's draws must not move another's.
        result = train_one(inputs, as_of, config=config or ModelConfig(), rng=rng.spawn(1)[0])
        files = {} if isinstance(result, NotEnoughData) else result.files
        version = registry.save(
            registry_dir, model=model, as_of=as_of, card=result.card.to_dict(), files=files
        )
        if files:
            promote(registry_dir, model, version.version)
        versions.append(version)
    return versions


def score(inputs: ModelInputs, *, as_of: datetime, registry_dir: Path) -> pa.Table:
    """Return the champions' answers for all buyers of before `as_of`, as `dm.scores` promises.

    A model without a champion gives no rows. Scoring the same facts with the same versions gives
    the same rows, intervals included.
    """
    tables = [no_scores()]
    for model, score_one in SCORERS.items():
        version = champion(registry_dir, model)
        if version is not None:
            # Simulated intervals must not change from run to run without a reason.
            rng = np.random.default_rng(zlib.crc32(version.version.encode()))
            tables.append(score_one(inputs, as_of, version, rng))
    return pa.concat_tables(tables)


def needs_training(
    registry_dir: Path, as_of: datetime, every: timedelta = timedelta(days=30)
) -> bool:
    """Return whether a model has no champion, or one trained at least `every` before `as_of`."""
    for model in TRAINERS:
        version = champion(registry_dir, model)
        if version is None:
            return True
        if as_of - datetime.fromisoformat(version.card["trained_as_of"]) >= every:
            return True
    return False


def card(registry_dir: Path, model: str, version: str | None = None) -> ModelVersion:
    """Return a version, by default the champion, else the newest; `churn` reads `repurchase`.

    Raises
    ------
    NotFound
        Where the model was never trained or has no such version.
    """
    stored = READ_FROM.get(model, model)
    if version is not None:
        return registry.load(registry_dir, stored, version)
    newest = champion(registry_dir, stored) or next(
        iter(reversed(list_versions(registry_dir, stored))), None
    )
    if newest is None:
        known = ", ".join([*TRAINERS, *READ_FROM])
        raise NotFound(
            f"No version of model {model!r} exists; models: {known}. Run `zhiyin run models`."
        )
    return newest


def versions_table(registry_dir: Path) -> pa.Table:
    """Return all versions as `dm.model_versions` promises, one row per name it answers under."""
    rows = [
        version_row(version, reading, registry_dir)
        for version in list_versions(registry_dir)
        for reading in version.card["readings"]
    ]
    return pa.Table.from_pylist(rows, schema=MODEL_VERSIONS.schema().to_pyarrow())


def version_row(version: ModelVersion, reading: str, registry_dir: Path) -> dict[str, object]:
    """Return one row of `dm.model_versions`."""
    chosen = champion(registry_dir, version.model)
    metric = main_metric(version.card)
    return {
        "model": reading,
        "version": version.version,
        "is_champion": chosen is not None and chosen.version == version.version,
        "trained_as_of": datetime.fromisoformat(version.card["trained_as_of"]),
        "rows": version.card["rows"],
        "metric": metric["name"] if metric else None,
        "value": metric["value"] if metric else None,
        "baseline": metric["baseline"] if metric else None,
        "card": registry.encode(version.card),
    }
