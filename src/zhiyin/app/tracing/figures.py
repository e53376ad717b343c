"""What is computed beside tables: metrics, features, model versions and scores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from zhiyin.app.tracing.drafts import Drafts, column_id, object_id
from zhiyin.core.clock import naive_utc
from zhiyin.core.windows import Window
from zhiyin.identity.tables import PERSON_OF
from zhiyin.insights import api as insights
from zhiyin.models import api as models
from zhiyin.models.clv import api as clv
from zhiyin.ports.tables import Column, TableSpec
from zhiyin.profiles import tables as dm
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import column_lineage

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

MODEL_INPUTS = (dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, dw.EVENTS, PERSON_OF)
# The expressions are read, not run, so any instant will do.
ANY_TIME = naive_utc(datetime(2025, 1, 1, tzinfo=UTC))
ANY_WINDOW = Window(ANY_TIME, ANY_TIME + timedelta(days=1))


def shown_as(name: str, table: ir.Table) -> TableSpec:
    """Return a promise for a table that nobody promised, to read its lineage by."""
    columns = {column: Column(str(kind), "") for column, kind in table.schema().items()}
    return TableSpec(name=name, grain=(), columns=columns)


def add_metrics(drafts: Drafts, warehouse: Warehouse, root: Path, timezone: str) -> None:
    """Note every metric, our own and the workspace's, with the columns it is counted from."""
    inputs = {name: warehouse.read(spec) for name, spec in insights.METRIC_INPUTS.items()}
    facts = insights.facts(inputs, ANY_WINDOW, timezone)
    edges = {
        name: column_lineage(table, shown_as(name, table), tuple(insights.METRIC_INPUTS.values()))
        for name, table in vars(facts).items()
    }
    for name, metric in insights.load_metrics(root).items():
        key = drafts.add(
            "metric",
            name,
            title=metric.title,
            unit=metric.unit,
            owner=metric.owner,
            version=metric.version,
            file=metric.origin,
            description=dict(metric.description),
        )
        if isinstance(metric, insights.Ratio):
            for part in metric.parts:
                drafts.join(object_id("metric", part), key, "measure")
            continue
        wanted = metric.columns | (set() if metric.column else {"*"})
        found = [edge for edge in edges[metric.fact] if edge.to_column in wanted]
        drafts.join_columns(found, key, "measure")


def add_models(drafts: Drafts, warehouse: Warehouse, registry: Path) -> None:
    """Note features with their columns, model versions with their features, and scores."""
    inputs = models.ModelInputs(*(warehouse.read(spec) for spec in MODEL_INPUTS))
    wide = models.features(inputs, ANY_TIME)
    for edge in column_lineage(wide, shown_as("feature", wide), MODEL_INPUTS):
        if edge.to_column in models.FEATURES:
            feature = drafts.add("feature", edge.to_column)
            drafts.join(column_id(edge.from_table, edge.from_column), feature, "feature")
    bought = clv.histories(inputs, ANY_TIME)
    histories = column_lineage(bought, shown_as("history", bought), MODEL_INPUTS)
    for version in models.list_versions(registry):
        champion = models.champion(registry, version.model)
        scores = champion is not None and champion.version == version.version
        key = drafts.add(
            "model",
            f"{version.model}/{version.version}",
            status=version.card["status"],
            trained_as_of=version.card["trained_as_of"],
            is_champion=scores,
        )
        for feature in version.card["features"]:
            drafts.join(object_id("feature", feature["feature"]), key, "training")
        if not version.card["features"]:
            drafts.join_columns(histories, key, "training")
        if scores:
            _add_scores(drafts, key, version.card["readings"])


def _add_scores(drafts: Drafts, model: str, readings: list[str]) -> None:
    for name in readings:
        score = drafts.add("score", name)
        drafts.join(model, score, "scored")
        drafts.join(score, column_id(dm.SCORES.name, "score"), "scored")
        drafts.join(model, column_id(dm.SCORES.name, "model_version"), "scored")
        if name in dm.CUSTOMERS.columns:
            column = column_id(dm.CUSTOMERS.name, name)
            # All models' scores stand in one column; which of them it is, the score tells.
            drafts.part(column_id(dm.SCORES.name, "score"), column)
            drafts.join(score, column, "scored")
