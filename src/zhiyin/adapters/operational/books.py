"""Campaigns and job runs in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from zhiyin.adapters.operational.database import Concern
from zhiyin.adapters.operational.schema import CAMPAIGNS, JOB_RUNS
from zhiyin.core.errors import Conflict, NotFound, unknown
from zhiyin.ports.operational import CAMPAIGN_STEPS, CampaignRecord, JobRun

_INSTANT_OF = {"launched": "launched_at", "finished": "finished_at", "cancelled": "finished_at"}


class SqlCampaignBook(Concern):
    """Campaigns and where they stand."""

    def put_campaign(self, record: CampaignRecord) -> None:
        is_it = CAMPAIGNS.c.campaign_id == record.campaign_id
        with self.writing() as connection:
            state = connection.execute(select(CAMPAIGNS.c.state).where(is_it)).scalar_one_or_none()
            if state in ("launched", "finished"):
                raise Conflict(
                    f"Campaign {record.campaign_id} is {state} and cannot be planned again; "
                    "plan a new campaign."
                )
            values = vars(record)
            if state is None:
                connection.execute(insert(CAMPAIGNS).values(**values))
            else:
                connection.execute(update(CAMPAIGNS).where(is_it).values(**values))

    def campaign(self, campaign_id: str) -> CampaignRecord | None:
        with self.reading() as connection:
            row = connection.execute(
                select(CAMPAIGNS).where(CAMPAIGNS.c.campaign_id == campaign_id)
            ).one_or_none()
        return CampaignRecord(**row._mapping) if row else None

    def campaigns(self) -> list[CampaignRecord]:
        newest = select(CAMPAIGNS).order_by(
            CAMPAIGNS.c.planned_at.desc(), CAMPAIGNS.c.campaign_id.desc()
        )
        with self.reading() as connection:
            return [CampaignRecord(**row._mapping) for row in connection.execute(newest)]

    def mark_campaign(self, campaign_id: str, state: str, at: datetime) -> None:
        is_it = CAMPAIGNS.c.campaign_id == campaign_id
        with self.writing() as connection:
            present = connection.execute(
                select(CAMPAIGNS.c.state).where(is_it)
            ).scalar_one_or_none()
            if present is None:
                known = connection.execute(select(CAMPAIGNS.c.campaign_id).limit(20)).scalars()
                raise unknown("campaign", campaign_id, known)
            allowed = CAMPAIGN_STEPS[present]
            if state not in allowed:
                raise Conflict(
                    f"Campaign {campaign_id} is {present} and cannot become {state!r}; "
                    f"allowed next: {', '.join(allowed) or 'nothing'}."
                )
            connection.execute(
                update(CAMPAIGNS).where(is_it).values(state=state, **{_INSTANT_OF[state]: at})
            )


class SqlJobBook(Concern):
    """What ran, and when."""

    def start_job(self, run: JobRun) -> None:
        try:
            with self.writing() as connection:
                connection.execute(insert(JOB_RUNS).values(**vars(run)))
        except IntegrityError as error:
            raise Conflict(f"Run {run.run_id} was started before; give a fresh run id.") from error

    def finish_job(self, run_id: str, state: str, at: datetime, detail: Mapping[str, Any]) -> None:
        with self.writing() as connection:
            changed = connection.execute(
                update(JOB_RUNS)
                .where(JOB_RUNS.c.run_id == run_id)
                .values(state=state, finished_at=at, detail=detail)
            ).rowcount
            if not changed:
                raise NotFound(f"No job run has the id {run_id!r}; start it first.")

    def job_runs(self, job: str | None = None, limit: int = 50) -> list[JobRun]:
        newest = _newest_runs().limit(limit)
        if job is not None:
            newest = newest.where(JOB_RUNS.c.job == job)
        with self.reading() as connection:
            return [JobRun(**row._mapping) for row in connection.execute(newest)]

    def last_job_run(self, job: str, state: str | None = None) -> JobRun | None:
        newest = _newest_runs().where(JOB_RUNS.c.job == job).limit(1)
        if state is not None:
            newest = newest.where(JOB_RUNS.c.state == state)
        with self.reading() as connection:
            row = connection.execute(newest).one_or_none()
        return JobRun(**row._mapping) if row else None

    def mark_interrupted_jobs(self, at: datetime) -> int:
        with self.writing() as connection:
            return connection.execute(
                update(JOB_RUNS)
                .where(JOB_RUNS.c.state == "running")
                .values(state="interrupted", finished_at=at)
            ).rowcount


def _newest_runs() -> Any:
    return select(JOB_RUNS).order_by(JOB_RUNS.c.started_at.desc(), JOB_RUNS.c.run_id.desc())
