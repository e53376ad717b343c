"""The threads beside the HTTP server: load, dispatch, schedule, keep live profiles."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from zhiyin.app.scheduler import ScheduledJob, due_jobs
from zhiyin.core.errors import ZhiyinError
from zhiyin.core.ids import new_id
from zhiyin.ports.operational import JobRun

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

log = logging.getLogger("zhiyin.workers")

# The command and parameters behind each scheduled job.
JOB_COMMANDS = {
    "run": ("run", {}),
    "pull": ("pull.all", {}),
    "campaigns": ("campaign.due", {}),
    "review": ("review.weekly", {"language": "both"}),
    "weights": ("tags.weights_propose", {}),
    "personas": ("value.refit", {}),
}
SCHEDULE_SECONDS = 5.0
PROFILE_SECONDS = 0.05  # an event is to be seen in its person's profile within a second
PURGE_SECONDS = 3600.0  # days are what is kept; a server that restarts daily purges, too


class Workers:
    """Loops over one workspace, each at its own pace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._since = workspace.clock.now()
        self._run_id = new_id("run")

    def start(self) -> None:
        """Note what a dead predecessor left undone, then start the loops."""
        operational, now = self._workspace.operational, self._workspace.clock.now()
        operational.mark_interrupted_jobs(now)
        # Times that passed while no server ran count from the last one's start.
        former = operational.last_job_run("serve")
        self._since = former.started_at if former else now
        operational.start_job(JobRun(self._run_id, "serve", "running", now))
        operational.mark_interrupted(now)
        pace = self._workspace.settings.schedule
        self._loop("load", self._load, pace.load_seconds)
        self._loop("dispatch", self._dispatch, pace.dispatch_seconds)
        self._loop("schedule", self._schedule, SCHEDULE_SECONDS)
        self._loop("purge", self._purge, PURGE_SECONDS)
        self._loop("profiles", self._profile, PROFILE_SECONDS)

    def stop(self) -> None:
        """Let each loop end its present piece of work, then return."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)
        if self._threads:
            now = self._workspace.clock.now()
            self._workspace.operational.finish_job(self._run_id, "done", now, {})

    def _loop(self, name: str, work: Callable[[], None], seconds: float) -> None:
        def turn() -> None:
            while not self._stopping.wait(seconds):
                try:
                    work()
                except ZhiyinError as error:
                    # One failed turn must not end the loop; the next turn tries again.
                    log.warning("%s: %s", name, error)

        thread = threading.Thread(target=turn, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _load(self) -> None:
        from zhiyin.app.commands import execute

        execute(self._workspace, "load", {})

    def _dispatch(self) -> None:
        from zhiyin.app.commands import execute

        execute(self._workspace, "dispatch", {"limit": 200})

    def _profile(self) -> None:
        while self._workspace.profiling.turn() and not self._stopping.is_set():
            pass

    def _purge(self) -> None:
        from zhiyin.app.commands import execute

        if self._workspace.settings.log.keep_days:
            execute(self._workspace, "log.purge", {})

    def _schedule(self) -> None:
        from zhiyin.app.commands import execute

        settings = self._workspace.settings
        jobs = tuple(ScheduledJob(name, getattr(settings.schedule, name)) for name in JOB_COMMANDS)
        due = due_jobs(
            jobs,
            self._workspace.operational,
            now=self._workspace.clock.now(),
            zone=settings.zone,
            since=self._since,
        )
        execute(self._workspace, "audience.refresh", {"since": self._since.isoformat()})
        for job in due:
            command, params = JOB_COMMANDS[job.name]
            log.info("schedule: %s", job.name)
            execute(self._workspace, command, {**params, "job": job.name})
            if job.name == "run":
                execute(self._workspace, "audience.warm", {})
