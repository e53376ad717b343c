"""Models: what was trained, how well it does on later data, and what it may be used for."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import ibis
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from zhiyin.api.context import ApiContext
from zhiyin.api.encoding import Instant, rows
from zhiyin.api.security import Context, Visitor, needs
from zhiyin.core.errors import unknown
from zhiyin.governance.api import Permission
from zhiyin.models import tables as models
from zhiyin.models.api import feature_titles, render_card
from zhiyin.profiles import tables as dm

router = APIRouter(prefix="/api/models", tags=["models"])
Reader = Annotated[Visitor, Depends(needs(Permission.MODELS_READ))]
BINS = 20


class Version(BaseModel):
    """A trained version with its key figure on unseen later data."""

    model: str
    version: str
    is_champion: bool
    trained_as_of: Instant
    rows: int
    metric: str | None
    value: float | None
    baseline: float | None


class ModelRow(Version):
    """The version that scores now, or the newest if none does, and how many people are scored.

    `status` is `trained`, or `not_enough_data` where a card without a model says what is missing.
    """

    status: str
    versions: int
    scored: int
    mean_score: float | None


class Bin(BaseModel):
    """How many scores lie in `[low, high)`; the last bin is closed."""

    low: float
    high: float
    people: int


class ModelOut(BaseModel):
    """A model: all versions, one version's card as facts and as text, how its scores are spread."""

    model: str
    version: str
    status: str
    versions: list[Version]
    card: dict[str, Any]
    text: str
    feature_titles: dict[str, str]
    distribution: list[Bin]


@router.get("")
def list_models(context: Context, visitor: Reader) -> list[ModelRow]:
    """Return one version of each model: the champion, else the newest."""
    by_model: dict[str, list[dict[str, Any]]] = {}
    for row in _versions(context):
        by_model.setdefault(row["model"], []).append(row)
    scored = {row["model"]: row for row in _scored(context)}
    return [
        _model_row(versions, scored.get(model, {"scored": 0, "mean_score": None}))
        for model, versions in by_model.items()
    ]


def _model_row(versions: list[dict[str, Any]], scored: dict[str, Any]) -> ModelRow:
    chosen = _chosen(versions, None)
    return ModelRow(
        **_version(chosen),
        status=json.loads(chosen["card"])["status"],
        versions=len(versions),
        scored=scored["scored"],
        mean_score=scored["mean_score"],
    )


@router.get("/{name}")
def read_model(
    name: str,
    context: Context,
    visitor: Reader,
    version: str | None = None,
    language: Literal["zh-CN", "en"] = "zh-CN",
) -> ModelOut:
    """Return a model with one version's card; the champion's unless another is asked for."""
    versions = [row for row in _versions(context) if row["model"] == name]
    if not versions:
        raise unknown(
            "model",
            name,
            {row["model"] for row in _versions(context)},
            then="Run `zhiyin run models` to train them.",
        )
    chosen = _chosen(versions, version)
    card = json.loads(chosen["card"])
    return ModelOut(
        model=name,
        version=chosen["version"],
        status=card["status"],
        versions=[Version(**_version(row)) for row in versions],
        card=card,
        text=render_card(card, language),
        feature_titles=feature_titles(language),
        distribution=_distribution(context, name),
    )


def _chosen(versions: list[dict[str, Any]], version: str | None) -> dict[str, Any]:
    if version is None:
        return next((row for row in versions if row["is_champion"]), versions[0])
    found = next((row for row in versions if row["version"] == version), None)
    if found is None:
        raise unknown("version", version, [row["version"] for row in versions])
    return found


def _version(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in Version.model_fields}


def _versions(context: ApiContext) -> list[dict[str, Any]]:
    table = context.warehouse.read(models.MODEL_VERSIONS)
    ordered = table.order_by("model", ibis.desc("trained_as_of"), ibis.desc("version"))
    return rows(context.warehouse.to_arrow(ordered))


def _scored(context: ApiContext) -> list[dict[str, Any]]:
    scores = context.warehouse.read(dm.SCORES)
    counted = scores.group_by("model").aggregate(
        scored=scores.count(), mean_score=scores.score.mean()
    )
    return rows(context.warehouse.to_arrow(counted))


def _distribution(context: ApiContext, name: str) -> list[Bin]:
    scores = context.warehouse.read(dm.SCORES)
    mine = scores.filter(scores.model == name)
    ends = context.warehouse.to_arrow(
        # The top percentile sets the scale: one customer in thousands would stretch it flat.
        mine.aggregate(low=mine.score.min(), high=mine.score.quantile(0.99))
    ).to_pylist()[0]
    low, high = ends["low"], ends["high"]
    if low is None or high is None or not high > low:
        return []
    width = (high - low) / BINS
    index = ((mine.score - low) / width).floor().cast("int64").clip(0, BINS - 1)
    counted = mine.group_by(index=index).aggregate(people=mine.count()).order_by("index")
    people = {row["index"]: row["people"] for row in rows(context.warehouse.to_arrow(counted))}
    return [
        Bin(low=low + i * width, high=low + (i + 1) * width, people=people.get(i, 0))
        for i in range(BINS)
    ]
