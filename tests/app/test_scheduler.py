from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from zhiyin.adapters.operational.sql import SqlOperationalStore
from zhiyin.app.scheduler import ScheduledJob, due_jobs, next_time
from zhiyin.ports.operational import JobRun

ZONE = ZoneInfo("Asia/Shanghai")
NIGHTLY = ScheduledJob("run", "30 2 * * *")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def book(tmp_path):
    store = SqlOperationalStore(tmp_path / "operational.sqlite")
    yield store
    store.close()


def due(book, now, *jobs, since=START):
    found = due_jobs(jobs or (NIGHTLY,), book, now=now, zone=ZONE, since=since)
    return [job.name for job in found]


def finished(book, started, state="done"):
    book.start_job(JobRun(f"r{started:%d%H%M}", "run", "running", started))
    book.finish_job(f"r{started:%d%H%M}", state, started + timedelta(minutes=5), {})


def test_a_fresh_workspace_waits_for_the_next_time(book):
    assert due(book, START + timedelta(hours=1)) == []


def test_the_hour_is_the_workspaces_not_utc():
    # 02:30 in Shanghai is 18:30 UTC of the day before.
    assert next_time(NIGHTLY, after=START, zone=ZONE) == datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


def test_a_job_is_due_once_its_time_has_come(book):
    assert due(book, datetime(2026, 3, 1, 18, 29, tzinfo=UTC)) == []
    assert due(book, datetime(2026, 3, 1, 18, 30, tzinfo=UTC)) == ["run"]


def test_a_job_that_ran_is_not_due_again_before_the_next_time(book):
    finished(book, datetime(2026, 3, 1, 18, 30, 5, tzinfo=UTC))
    assert due(book, datetime(2026, 3, 2, 18, 29, tzinfo=UTC)) == []
    assert due(book, datetime(2026, 3, 2, 18, 31, tzinfo=UTC)) == ["run"]


def test_several_missed_nights_count_once(book):
    finished(book, datetime(2026, 3, 1, 18, 30, 5, tzinfo=UTC))
    later = datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert due(book, later) == ["run"]
    finished(book, later)
    assert due(book, later + timedelta(minutes=10)) == []


def test_a_job_that_a_crash_cut_off_is_due_at_once(book):
    book.start_job(JobRun("r1", "run", "running", START))
    book.mark_interrupted_jobs(START + timedelta(minutes=1))
    assert due(book, START + timedelta(minutes=2)) == ["run"]


def test_a_job_that_failed_waits_for_its_next_time(book):
    finished(book, datetime(2026, 3, 1, 18, 30, 5, tzinfo=UTC), state="failed")
    assert due(book, datetime(2026, 3, 1, 19, tzinfo=UTC)) == []


def test_an_empty_expression_never_runs(book):
    off = ScheduledJob("run", "")
    assert due(book, START + timedelta(days=400), off) == []
