"""Run the pipeline; say how the workspace stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zhiyin.app import pipeline
from zhiyin.app.commands.data import load
from zhiyin.app.jobs import recorded
from zhiyin.app.looking import run_as_of
from zhiyin.collect import tables as ods
from zhiyin.core.errors import Conflict, NotFound
from zhiyin.ports.event_log import waiting
from zhiyin.profiles import tables as dm
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def run(
    workspace: Workspace,
    *,
    stages: tuple[str, ...] | list[str] = (),
    start: str | None = None,
    end: str | None = None,
    as_of: str | None = None,
    job: str = "run",
    on_progress: Callable[[str], None],
) -> dict[str, Any]:
    """Bring the wanted stages up to date; what arrived meanwhile is loaded first.

    Raises `Conflict` when everything was done and a blocking check held a table back.
    """
    options = pipeline.options_from(workspace, stages, start=start, end=end, as_of=as_of)
    load(workspace, on_progress=on_progress)
    if not any(workspace.warehouse.exists(spec) for spec in ods.TARGETS.values()):
        raise NotFound(
            "The workspace holds no data yet; import some with `zhiyin import RECIPE FILE`, or "
            "create a source and send events."
        )

    def work(run_id: str) -> dict[str, Any]:
        done = pipeline.run(workspace, options, run_id=run_id, on_progress=on_progress)
        check_published(done)
        return done

    return dict(recorded(workspace, job, work))


def check_published(done: dict[str, Any]) -> None:
    """Raise `Conflict` that names the first table of a run that was held back, and its check."""
    tables = [table for stage in done["stages"] for table in stage["tables"]]
    held = [table for table in tables if table["outcome"] == "held_back"]
    if not held:
        return
    first = held[0]["objections"][0]
    more = len(held) - 1
    others = ("", " So was 1 more table.")[more] if more < 2 else f" So were {more} more tables."
    raise Conflict(
        f"{held[0]['table']} was held back by the check {first['check_name']}: "
        f"{first['sentence']}{others} What was published before stays readable; mend the data or "
        "the check, and run again."
    )


COUNTED = (
    ods.EVENTS,
    ods.ORDER_LINES,
    ods.QUARANTINE,
    dw.ORDERS,
    dw.EVENTS,
    dm.CUSTOMERS,
    dm.TAGS,
    dm.SCORES,
)


def status(workspace: Workspace) -> dict[str, Any]:
    """Return what the workspace holds, its freshness, its latest jobs and its outbox."""
    warehouse, operational = workspace.warehouse, workspace.operational
    rows = {
        spec.name: int(warehouse.to_arrow(warehouse.read(spec).count().as_table())[0][0].as_py())
        for spec in COUNTED
    }
    runs = operational.job_runs(limit=5)
    return {
        "workspace": workspace.settings.name,
        "root": str(workspace.root),
        "as_of": run_as_of(workspace).isoformat(),
        "currency": workspace.settings.currency,
        "timezone": workspace.settings.timezone,
        "rows": rows,
        "log_behind": waiting(workspace.event_log, "warehouse"),
        "live_profiles": workspace.profiling.standing(),
        "outbox": dict(operational.outbox_counts()),
        "jobs": [
            {
                "job": job.job,
                "state": job.state,
                "started_at": job.started_at.isoformat(),
                "finished_at": job.finished_at.isoformat() if job.finished_at else None,
            }
            for job in runs
        ],
    }
