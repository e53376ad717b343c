"""When each job is due. A restart picks up where the last process stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from croniter import croniter

from zhiyin.ports.operational import JobBook


@dataclass(frozen=True)
class ScheduledJob:
    """A job, and the cron expression that says when; the zone is the workspace's."""

    name: str
    expression: str


def due_jobs(
    jobs: tuple[ScheduledJob, ...], book: JobBook, *, now: datetime, zone: ZoneInfo, since: datetime
) -> list[ScheduledJob]:
    """Return the jobs that should have started by `now` and have not.

    A job is due when its expression fired after its last start. Several missed times count once.
    A job that was interrupted is due at once. `since` stands in for the last start of a job that
    never ran: a fresh workspace waits for the next time instead of catching up on the past.
    """
    return [job for job in jobs if job.expression and _is_due(job, book, now, zone, since)]


def next_time(job: ScheduledJob, *, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the next instant, UTC, at which the expression fires after `after`."""
    local = croniter(job.expression, after.astimezone(zone)).get_next(datetime)
    return local.astimezone(UTC)


def _is_due(
    job: ScheduledJob, book: JobBook, now: datetime, zone: ZoneInfo, since: datetime
) -> bool:
    last = book.last_job_run(job.name)
    if last is not None and last.state == "interrupted":
        return True
    start = last.started_at if last is not None else since
    return next_time(job, after=start, zone=zone) <= now
