"""The workspace's plan on disk: what is in force, and every version that ever was."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from zhiyin.collect.plan.files import (
    PLAN,
    Files,
    digest,
    read_files,
    signature,
    with_version,
    write_files,
)
from zhiyin.collect.plan.reading import read_plan
from zhiyin.collect.plan.tracking_plan import TrackingPlan
from zhiyin.core.errors import Conflict, InvalidInput, NotFound

HISTORY = "history"
CHANGE = "change.json"
BY_HAND = "files"
NOTHING_PLANNED = "version: 0\nunknown_events: allow\nevents: []\n"


@dataclass(frozen=True)
class PlanVersion:
    """Who put which version in force, when (naive UTC), and why."""

    version: int
    at: datetime
    actor: str
    why: str
    digest: str


@dataclass(frozen=True)
class InForce:
    """The plan that loading goes by; `problem` says what is wrong with the files, if anything."""

    plan: TrackingPlan
    problem: str | None = None


class PlanShelf:
    """The folder `tracking/` of a workspace.

    The files are the truth while they are sound: what a person changes there is in force with the
    next load, and is then kept as a version like a change from the console. While they are not,
    the newest version stays in force. Calls may come from several threads of one process.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / "tracking"
        self._lock = threading.RLock()
        self._seen: tuple[object, InForce] | None = None

    def files(self) -> dict[str, str]:
        """Return the files as they are now."""
        return read_files(self.folder)

    def in_force(self, now: datetime) -> InForce:
        """Return the plan to go by; sound changes that were made by hand become a version."""
        with self._lock:
            seen = signature(self.folder)
            if self._seen is None or self._seen[0] != seen:
                found = self._look(now)
                self._seen = (signature(self.folder), found)
            return self._seen[1]

    def accept(
        self, files: Files, *, actor: str, why: str, at: datetime, expects: int | None = None
    ) -> int:
        """Make these files the next version; return its number, the present one if nothing changed.

        Parameters
        ----------
        expects
            The version that the change started from.

        Raises
        ------
        InvalidInput
            The files are no sound plan; nothing was changed then.
        Conflict
            Somebody else made a version meanwhile.
        """
        with self._lock:
            files = {PLAN: NOTHING_PLANNED, **files}
            read_plan(files)
            newest = self._newest()
            last = newest.version if newest else 0
            if expects is not None and expects != last:
                raise Conflict(
                    f"The tracking plan is version {last} now, not {expects}; reload it and make"
                    " your change again."
                )
            if newest and newest.digest == digest(files) == digest(self.files()):
                return last
            numbered = with_version(files, last + 1)
            change = PlanVersion(last + 1, at, actor, why, digest(numbered))
            self._keep(numbered, change)
            write_files(self.folder, numbered)
            self._seen = None
            return change.version

    def versions(self) -> list[PlanVersion]:
        """Return all versions, newest first."""
        found = [_change(path) for path in self.folder.glob(f"{HISTORY}/[0-9]*/{CHANGE}")]
        return sorted(found, key=lambda one: -one.version)

    def files_of(self, version: int) -> dict[str, str]:
        """Return the files of a version; `NotFound` names the newest one."""
        folder = self._folder_of(version)
        if not (folder / CHANGE).is_file():
            newest = self._newest()
            has = f"the newest is {newest.version}" if newest else "there is none yet"
            raise NotFound(f"The tracking plan has no version {version}; {has}.")
        return read_files(folder)

    def restore(self, version: int, *, actor: str, at: datetime) -> int:
        """Make the content of an old version the newest one."""
        why = f"restored version {version}"
        return self.accept(self.files_of(version), actor=actor, why=why, at=at)

    def _look(self, now: datetime) -> InForce:
        files, newest = self.files(), self._newest()
        if not files and newest is None:
            return InForce(TrackingPlan())
        try:
            plan = read_plan(files)
        except InvalidInput as error:
            kept = read_plan(self.files_of(newest.version)) if newest else TrackingPlan()
            return InForce(kept, f"tracking/{error}")
        if PLAN in files and (newest is None or newest.digest != digest(files)):
            self.accept(files, actor=BY_HAND, why="changed in the files", at=now)
            plan = read_plan(self.files())
        return InForce(plan)

    def _newest(self) -> PlanVersion | None:
        return next(iter(self.versions()), None)

    def _folder_of(self, version: int) -> Path:
        return self.folder / HISTORY / f"{version:04d}"

    def _keep(self, files: Files, change: PlanVersion) -> None:
        """Write a version's folder; it appears whole or not at all."""
        folder = self._folder_of(change.version)
        draft = folder.with_name(f".{folder.name}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        write_files(draft, files)
        (draft / CHANGE).write_text(json.dumps(_told(change), ensure_ascii=False), "utf-8")
        draft.replace(folder)


def _told(change: PlanVersion) -> Mapping[str, Any]:
    return {
        "version": change.version,
        "at": change.at.isoformat(),
        "actor": change.actor,
        "why": change.why,
        "digest": change.digest,
    }


def _change(path: Path) -> PlanVersion:
    told = json.loads(path.read_text("utf-8"))
    return PlanVersion(**{**told, "at": datetime.fromisoformat(told["at"])})
