"""Records that look like one person: linked, reviewed, decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from zhiyin.app import pipeline
from zhiyin.app.commands import identity
from zhiyin.app.commands.plan import LOCAL
from zhiyin.app.jobs import recorded
from zhiyin.app.linking import linkage_builds
from zhiyin.app.looking import run_as_of
from zhiyin.core.errors import InvalidInput
from zhiyin.identity.linkage import api as linkage
from zhiyin.identity.tables import MATCHES
from zhiyin.warehouse import api as warehouse

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.ports.linkage import LinkageResult

LIMIT = 50
Progress = Callable[[str], None]


def link(workspace: Workspace, *, anew: bool = False, on_progress: Progress) -> dict[str, Any]:
    """Compare the customer records and keep the pairs that look alike.

    Nothing is done if neither records nor policy changed, unless it is wanted `anew`.
    """
    results: list[LinkageResult] = []
    on_progress("comparing customer records")

    def work(run_id: str) -> dict[str, Any]:
        reports = warehouse.run_builds(
            linkage_builds(workspace, told=results.append),
            workspace.warehouse,
            context=pipeline.context_of(workspace, run_as_of(workspace)),
            clock=workspace.clock,
            run_id=run_id,
            anew=anew,
        )
        report = dict(results[0].report) if results else {}
        return {
            "outcome": reports[0].outcome,
            "seconds": round(reports[0].seconds, 2),
            "matches": _counted(workspace),
            "waiting": linkage.reviews(workspace.warehouse, limit=0).total,
            **report,
        }

    return dict(recorded(workspace, "linkage", work))


def review(workspace: Workspace, *, limit: int = LIMIT, offset: int = 0) -> dict[str, Any]:
    """Return a page of the pairs that wait for a decision, most probable first."""
    page = linkage.reviews(workspace.warehouse, limit=limit, offset=offset)
    return msgspec.to_builtins(page, str_keys=True)


def accept(
    workspace: Workspace,
    *,
    ids: Sequence[str],
    why: str | None = None,
    actor: str = LOCAL,
    later: bool = False,
    on_progress: Progress,
) -> dict[str, Any]:
    """Decide that the records of some waiting pairs are one person each."""
    return _decided(
        workspace,
        identity.join,
        ids,
        why=why,
        actor=actor,
        later=later,
        on_progress=on_progress,
    )


def reject(
    workspace: Workspace,
    *,
    ids: Sequence[str],
    why: str | None = None,
    actor: str = LOCAL,
    later: bool = False,
    on_progress: Progress,
) -> dict[str, Any]:
    """Decide that the records of some waiting pairs are two people each."""
    return _decided(
        workspace,
        identity.separate,
        ids,
        why=why,
        actor=actor,
        later=later,
        on_progress=on_progress,
    )


def _decided(
    workspace: Workspace,
    decide: Callable[..., dict[str, Any]],
    ids: Sequence[str],
    *,
    later: bool,
    on_progress: Progress,
    **terms: Any,
) -> dict[str, Any]:
    """Write down a decision about each pair, and then build once what depends on them."""
    if not ids:
        raise InvalidInput("No pair was given; `zhiyin identity review` lists those that wait.")
    pairs = linkage.reviews_named(workspace.warehouse, ids)
    done = []
    for pair in pairs:
        outcome = decide(
            workspace,
            left=pair.left_id,
            right=pair.right_id,
            later=True,
            on_progress=on_progress,
            **terms,
        )
        done.append({"id": pair.id, "says": outcome["says"], "decision": outcome["decision_id"]})
    built = [] if later else identity.brought_up_to_date(workspace, on_progress)
    waiting = linkage.reviews(workspace.warehouse, limit=0).total
    return {"decided": done, "built": built, "is_pending": later, "waiting": waiting}


def _counted(workspace: Workspace) -> dict[str, int]:
    matches = workspace.warehouse.read(MATCHES)
    rows = workspace.warehouse.to_arrow(matches.group_by("verdict").agg(rows=matches.count()))
    found = {row["verdict"]: row["rows"] for row in rows.to_pylist()}
    return {name: found.get(name, 0) for name in (linkage.ACCEPTED, linkage.REVIEW)}
