"""Personas as plain values: shown, and searched anew as a job of the schedule."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zhiyin.app.commands.plain_values import plain, plain_rows
from zhiyin.app.jobs import recorded
from zhiyin.app.personas import newest_fit, search
from zhiyin.profiles.personas import api as personas
from zhiyin.profiles.personas.tables import PERSONA_OF, PERSONAS

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def show(
    workspace: Workspace, *, refit: bool = False, on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Return the personas of the newest search; search anew first if asked.

    `why` says why there are none: `not_searched`, or `too_few_buyers` (fewer than 200, or buyers
    who are all alike); a search that finds none leaves those of the search before.
    """
    if refit and not search(workspace, on_progress=on_progress):
        return nothing("too_few_buyers")
    newest = newest_fit(workspace)
    if newest is None:
        return nothing("not_searched")
    table = workspace.warehouse.read(PERSONAS)
    mine = table.filter(table.fit_id == newest["fit_id"]).order_by(table.people.desc())
    rows = plain_rows(workspace.warehouse.to_arrow(mine.drop("fit_id", "center")))
    now = _people_now(workspace)
    for row in rows:
        row["traits"] = json.loads(row["traits"])
        row["title"] = {"zh-CN": row.pop("title_zh"), "en": row.pop("title_en")}
        row["people_now"] = now.get(row["persona_id"], 0)
    return {
        "why": None,
        "fitted_at": plain(newest["fitted_at"]),
        "as_of": plain(newest["as_of"]),
        "people": newest["people"],
        "fewest": personas.FEWEST_PEOPLE,
        "stability": {int(k): v for k, v in json.loads(newest["stability"]).items()},
        "personas": rows,
    }


def nothing(why: str) -> dict[str, Any]:
    """Return the answer where there are no personas."""
    return {
        "why": why,
        "fitted_at": None,
        "as_of": None,
        "people": 0,
        "fewest": personas.FEWEST_PEOPLE,
        "stability": {},
        "personas": [],
    }


def refit(
    workspace: Workspace, *, job: str = "personas", on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Search personas as a job of the schedule; return how many there are."""

    def work(run_id: str) -> dict[str, Any]:
        found = search(workspace, on_progress=on_progress)
        return {"personas": len(show(workspace, on_progress=on_progress)["personas"]) * found}

    return dict(recorded(workspace, job, work))


def _people_now(workspace: Workspace) -> dict[str, int]:
    table = workspace.warehouse.read(PERSONA_OF)
    counted = table.group_by("persona_id").agg(people=table.count())
    rows = workspace.warehouse.to_arrow(counted).to_pylist()
    return {row["persona_id"]: row["people"] for row in rows}
