"""The people of measured campaigns with the tags that they had when each was launched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import ibis
import numpy as np

from zhiyin.identity.tables import PERSON_OF
from zhiyin.measurement.tables import CAMPAIGN_OUTCOMES, CAMPAIGN_RESULTS
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm
from zhiyin.profiles.tagging import api as tagging
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from zhiyin.app.workspace import Workspace

CAMPAIGNS_READ = 6  # the newest; older ones tell of customers who have changed
VALUES_TOLD = 5  # of each tag, the commonest
KINDS_TOLD = ("rule", "statistic", "preference")  # what can be worked out as of the past


@dataclass(frozen=True)
class Launch:
    """A measured campaign and when it began."""

    campaign_id: str
    at: datetime


def launches(workspace: Workspace) -> list[Launch]:
    """Return the newest campaigns whose whole window has passed and that have a hold-out."""
    results = workspace.warehouse.read(CAMPAIGN_RESULTS)
    done = results.filter(results.is_final, results.held_out > 0, results.treated > 0)
    found = done.select("campaign_id", "window_start").distinct()
    newest = found.order_by(found.window_start.desc(), "campaign_id").limit(CAMPAIGNS_READ)
    rows = workspace.warehouse.to_arrow(newest).to_pylist()
    return [Launch(row["campaign_id"], row["window_start"]) for row in rows]


def told_then(definitions: Mapping[str, tagging.TagDefinition]) -> dict[str, tagging.TagDefinition]:
    """Return the tags that can be worked out as of an instant in the past.

    Scores, marks and files are known as of now only, and would tell what the campaign brought.
    """
    return {
        name: one
        for name, one in definitions.items()
        if one.kind in KINDS_TOLD
        and not any(type(leaf).__name__ == "Score" for leaf in profiles.leaves(one.where))
    }


def members(workspace: Workspace, launch: Launch) -> ir.Table:
    """Return person_id, is_treated and is_converted of a campaign."""
    rows = workspace.warehouse.read(CAMPAIGN_OUTCOMES)
    mine = rows.filter(
        rows.campaign_id == launch.campaign_id, rows.arm.isin(["treatment", "holdout"])
    )
    return mine.select("person_id", "is_converted", is_treated=mine.arm == "treatment")


def tags_then(
    workspace: Workspace, launch: Launch, definitions: Mapping[str, tagging.TagDefinition]
) -> ir.Table:
    """Return the tags of a campaign's people as they were when it was launched.

    Who is who is as of today. Whatever a tag says that the campaign itself brought about, such as
    a second order, would else look like a sign of response.
    """
    warehouse, timezone = workspace.warehouse, workspace.settings.timezone
    at = launch.at
    person_of = warehouse.read(PERSON_OF)
    bought = profiles.purchases(
        *(warehouse.read(spec) for spec in (dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, dw.PRODUCTS)),
        person_of, as_of=at, timezone=timezone,
    )  # fmt: skip
    scores = warehouse.read(dm.SCORES)
    inputs = {name: warehouse.read(spec) for name, spec in profiles.CUSTOMER_INPUTS.items()}
    inputs |= {
        "purchases": bought,
        "rfm": profiles.rfm(bought),
        "scores": scores.filter(ibis.literal(False)),
        "personas": inputs["personas"].filter(ibis.literal(False)),
        "consents": profiles.consents(
            warehouse.read(dw.CUSTOMERS), warehouse.read(dw.EVENTS), person_of, as_of=at
        ),
    }
    people = profiles.customers(inputs, as_of=at).semi_join(members(workspace, launch), "person_id")
    tables = {
        spec.name: warehouse.read(spec)
        for spec in profiles.SOURCE_SPECS
        if spec not in (dm.CUSTOMERS, dm.SCORES)
    }
    known = {**tables, dm.CUSTOMERS.name: people, dm.SCORES.name: inputs["scores"]}
    sources = profiles.Sources(*(known[spec.name] for spec in profiles.SOURCE_SPECS), as_of=at)
    beside = tagging.FactTables(
        {spec.name: warehouse.read(spec) for spec in tagging.BESIDE},
        timezone=timezone,
    )
    held = tagging.tags(definitions, sources, beside)
    return held.select("person_id", "tag", "value")


@dataclass(frozen=True)
class Members:
    """One campaign's people, and the tags that they had."""

    people: pa.Table
    held: pa.Table


def features_of(campaigns: list[Members]) -> list[tuple[str, str | None]]:
    """Return what is asked of each person: plain tags, and the commonest values of others."""
    counts: dict[tuple[str, str | None], int] = {}
    for one in campaigns:
        for row in (
            one.held.group_by(["tag", "value"]).aggregate([("person_id", "count")]).to_pylist()
        ):
            key = row["tag"], row["value"]
            counts[key] = counts.get(key, 0) + row["person_id_count"]
    kept: dict[str, list[tuple[str, str | None]]] = {}
    for key in sorted(counts, key=lambda one: (-counts[one], one[0], one[1] or "")):
        if len(kept.setdefault(key[0], [])) < VALUES_TOLD:
            kept[key[0]].append(key)
    return [key for tag in sorted(kept) for key in kept[tag]]


def matrix(one: Members, features: list[tuple[str, str | None]]) -> np.ndarray:
    """Return whether each person has each feature."""
    rows = {person: row for row, person in enumerate(one.people["person_id"].to_pylist())}
    columns = {key: column for column, key in enumerate(features)}
    found = np.zeros((len(rows), len(features)), dtype=bool)
    held = (one.held[name].to_pylist() for name in ("person_id", "tag", "value"))
    for person, tag, value in zip(*held, strict=True):
        column = columns.get((tag, value))
        if column is not None and person in rows:
            found[rows[person], column] = True
    return found
