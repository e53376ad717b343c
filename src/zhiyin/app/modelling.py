"""Models in the run: train when it is time, then score, as builds like any other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np

from zhiyin.core.ids import stable_digest
from zhiyin.identity.tables import PERSON_OF
from zhiyin.models import api as models
from zhiyin.models.tables import MODEL_VERSIONS
from zhiyin.profiles.tables import SCORES
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

INPUTS = (dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, dw.EVENTS, PERSON_OF)


def train_if_due(workspace: Workspace, as_of: datetime) -> list[models.ModelVersion]:
    """Train all models if none scores yet or the newest is old, and return the new versions."""
    every = timedelta(days=workspace.settings.models.retrain_days)
    if not models.needs_training(workspace.registry, as_of, every):
        return []
    inputs = models.ModelInputs(*(workspace.warehouse.read(spec) for spec in INPUTS))
    return models.train(
        inputs,
        as_of=as_of,
        registry_dir=workspace.registry,
        rng=np.random.default_rng(workspace.settings.models.seed),
    )


def model_builds(workspace: Workspace) -> list[TableBuild]:
    """Return the builds of the scores and of the table of model versions."""
    registry = workspace.registry

    def scores(*tables: ir.Table, context: BuildContext) -> ir.Table:
        inputs = models.ModelInputs(*tables)
        rows = models.score(inputs, as_of=context.as_of, registry_dir=registry)
        return ibis.memtable(rows, schema=SCORES.schema())

    def versions(*, context: BuildContext) -> ir.Table:
        return ibis.memtable(models.versions_table(registry), schema=MODEL_VERSIONS.schema())

    known = [f"{v.model}/{v.version}" for v in models.list_versions(registry)]
    chosen = [models.champion(registry, name) for name in ("clv", "repurchase")]
    champions = [version.version if version else "none" for version in chosen]
    return [
        TableBuild(
            SCORES,
            INPUTS,
            scores,
            depends_on_time=True,
            definition=stable_digest(*champions),
            origin=score_origin,
        ),
        TableBuild(MODEL_VERSIONS, (), versions, definition=stable_digest(*known, *champions)),
    ]


def score_origin(*tables: ir.Table, context: BuildContext) -> ir.Table:
    """Return an expression whose columns show which facts a score is made from.

    Every feature may move every score, its bounds and its reasons.
    """
    features = models.features(models.ModelInputs(*tables), context.as_of)
    together = sum((features[name] for name in models.FEATURES), ibis.literal(0.0))
    return features.select(
        "person_id", score=together, low=together, high=together, reasons=together
    )
