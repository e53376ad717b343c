"""Weights of tags: estimated from campaign results, proposed, approved or turned down."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from zhiyin.app.commands.plain_values import plain_rows
from zhiyin.app.commands.plan import LOCAL
from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import NotFound
from zhiyin.core.ids import new_id
from zhiyin.ports.warehouse import How
from zhiyin.profiles.tagging import api as tagging
from zhiyin.profiles.tagging.tables import TAG_WEIGHTS

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def show(workspace: Workspace) -> dict[str, Any]:
    """Return the weights in force and the proposal that waits."""
    rows = _rows(workspace)
    return {
        "in_force": [row for row in rows if row["state"] == "approved"],
        "proposed": [row for row in rows if row["state"] == "proposed"],
    }


def propose(workspace: Workspace, *, on_progress: Callable[[str], None]) -> dict[str, Any]:
    """Estimate every tag's weight anew from measured campaigns; it waits to be approved.

    A proposal that waited is replaced. Without a measured campaign there is none: see `why`.
    """
    import numpy as np

    from zhiyin.app import tag_weighing as weighing
    from zhiyin.measurement.api import Observed, tag_responses

    definitions = weighing.told_then(tagging.load_tags(workspace.root))
    campaigns = weighing.launches(workspace)
    if not campaigns or not definitions:
        return {"proposal": None, "why": "no_measured_campaign", "campaigns": [], "weights": []}
    found = []
    for launch in campaigns:
        on_progress(f"tags as of the launch of {launch.campaign_id}")
        people = workspace.warehouse.to_arrow(weighing.members(workspace, launch))
        held = workspace.warehouse.to_arrow(weighing.tags_then(workspace, launch, definitions))
        found.append(weighing.Members(people, held))
    features = weighing.features_of(found)
    sizes = [one.people.num_rows for one in found]
    together = pa.concat_tables([one.people for one in found])
    observed = Observed(
        campaign=np.repeat(np.arange(len(found)), sizes),
        treated=together["is_treated"].to_numpy(),
        converted=together["is_converted"].to_numpy(),
        tagged=np.vstack([weighing.matrix(one, features) for one in found]),
        features=features,
    )
    responses = tag_responses(observed, sorted(definitions))
    before = {row["tag"]: row["weight"] for row in show(workspace)["in_force"]}
    proposal = new_id("weights")
    rows = [
        {
            "proposal_id": proposal,
            "tag": tag,
            "weight": one.weight,
            "weight_before": before.get(tag, 1.0),
            "effect": one.effect,
            "effect_error": one.error,
            "people": one.people,
            "state": "proposed",
            "proposed_at": naive_utc(workspace.clock.now()),
            "decided_at": None,
            "decided_by": None,
        }
        for tag, one in responses.items()
    ]
    _move(workspace, "proposed", "replaced", None)
    _write(workspace, rows)
    return {
        "proposal": proposal,
        "why": None,
        "campaigns": [launch.campaign_id for launch in campaigns],
        "people": int(sum(sizes)),
        "conversions": int(observed.converted.sum()),
        "weights": show(workspace)["proposed"],
    }


def approve(
    workspace: Workspace, *, proposal: str | None = None, actor: str = LOCAL
) -> dict[str, Any]:
    """Put a proposal in force; the weights before it stay on record."""
    _waiting(workspace, proposal)
    _move(workspace, "approved", "replaced", None)
    _move(workspace, "proposed", "approved", actor)
    return show(workspace)


def reject(
    workspace: Workspace, *, proposal: str | None = None, actor: str = LOCAL
) -> dict[str, Any]:
    """Turn a proposal down; the weights in force stay."""
    _waiting(workspace, proposal)
    _move(workspace, "proposed", "rejected", actor)
    return show(workspace)


def _rows(workspace: Workspace) -> list[dict[str, Any]]:
    table = workspace.warehouse.read(TAG_WEIGHTS)
    asked = table.filter(table.state.isin(["approved", "proposed"]))
    ordered = asked.order_by(asked.weight.desc(), asked.tag.asc())
    return plain_rows(workspace.warehouse.to_arrow(ordered))


def _waiting(workspace: Workspace, proposal: str | None) -> None:
    waiting = {row["proposal_id"] for row in show(workspace)["proposed"]}
    if not waiting:
        raise NotFound("No proposal waits; `zhiyin tags weights propose` makes one.")
    if proposal is not None and proposal not in waiting:
        raise NotFound(f"The proposal {proposal!r} does not wait; {waiting.pop()!r} does.")


def _move(workspace: Workspace, state: str, to: str, actor: str | None) -> None:
    """Give the rows in one state another, with who decided it and when."""
    table = workspace.warehouse.read(TAG_WEIGHTS)
    rows = workspace.warehouse.to_arrow(table.filter(table.state == state)).to_pylist()
    decided = {} if actor is None else {
        "decided_at": naive_utc(workspace.clock.now()), "decided_by": actor,
    }  # fmt: skip
    if rows:
        _write(workspace, [{**row, "state": to, **decided} for row in rows])


def _write(workspace: Workspace, rows: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(rows, schema=TAG_WEIGHTS.schema().to_pyarrow())
    workspace.warehouse.write(TAG_WEIGHTS, table, How.MERGE)
