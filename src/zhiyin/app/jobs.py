"""Run a command as a job that is written down: started, finished or failed, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zhiyin.core.ids import new_id
from zhiyin.ports.operational import JobRun

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def recorded(
    workspace: Workspace, job: str, work: Callable[[str], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Do `work(run_id)`, and leave a job run that tells how it ended, also when it fails."""
    run_id = new_id("run")
    book, clock = workspace.operational, workspace.clock
    book.start_job(JobRun(run_id=run_id, job=job, state="running", started_at=clock.now()))
    try:
        result = work(run_id)
    except BaseException as error:
        state = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        book.finish_job(run_id, state, clock.now(), {"error": str(error) or type(error).__name__})
        raise
    book.finish_job(run_id, "done", clock.now(), summary_of(result))
    return result


def summary_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures of a result that fit on one line: no lists, no nested objects."""
    return {key: value for key, value in result.items() if isinstance(value, str | int | float)}
