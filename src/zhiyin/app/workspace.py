"""A workspace: a directory with settings, definitions and data, and the engines that open it."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from zhiyin.app.lock import WorkspaceLock
from zhiyin.app.settings import FILE_NAME, Settings, load_settings, settings_text
from zhiyin.core.clock import Clock, SystemClock
from zhiyin.core.errors import Conflict

if TYPE_CHECKING:
    from zhiyin.app.counting import Counting
    from zhiyin.app.profiling import Profiling
    from zhiyin.collect.api import Loader
    from zhiyin.collect.plan.api import PlanShelf
    from zhiyin.delivery.api import Dispatcher
    from zhiyin.ports.event_log import EventLog
    from zhiyin.ports.lineage import LineageSink
    from zhiyin.ports.operational import OperationalStore
    from zhiyin.ports.regions import RegionLookup
    from zhiyin.ports.sources import FileSource
    from zhiyin.ports.warehouse import Warehouse

# Definition folders and the packages that ship their defaults.
DEFAULTS = {
    "audiences": "zhiyin.profiles",
    "tags": "zhiyin.profiles",
    "strategies": "zhiyin.decisions",
    "policies": "zhiyin.decisions",
    "policies/traffic.yaml": "zhiyin.collect",
    "policies/value.yaml": "zhiyin.profiles",
    "policies/identity.yaml": "zhiyin.identity",
    "cleaning": "zhiyin.warehouse",
    "offers.yaml": "zhiyin.decisions",
    "quality": "zhiyin.warehouse",
    "templates": "zhiyin.delivery",
}


@dataclass
class Workspace:
    """An open workspace. Engines start when they are first asked for; `close` stops them."""

    root: Path
    settings: Settings
    clock: Clock = field(default_factory=SystemClock)
    doing: str = "use"
    dispatcher: Dispatcher | None = None
    sending_lock: threading.Lock = field(default_factory=threading.Lock)
    running_lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def open(cls, root: Path, *, clock: Clock | None = None, doing: str = "use") -> Workspace:
        """Open the workspace for this process alone.

        Raises `NotFound` for a directory that is none, `Conflict` when another process has it.
        """
        root = root.resolve()
        workspace = cls(root, load_settings(root), clock or SystemClock(), doing)
        workspace.data.mkdir(exist_ok=True)
        workspace.lock.acquire()
        return workspace

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def registry(self) -> Path:
        return self.data / "models"

    @property
    def reviews(self) -> Path:
        return self.data / "reviews"

    @cached_property
    def lock(self) -> WorkspaceLock:
        return WorkspaceLock(self.data, doing=self.doing)

    @cached_property
    def warehouse(self) -> Warehouse:
        from zhiyin.app import wiring

        return wiring.warehouse(self)

    @cached_property
    def operational(self) -> OperationalStore:
        from zhiyin.app import wiring

        return wiring.operational(self)

    @cached_property
    def event_log(self) -> EventLog:
        from zhiyin.app import wiring

        return wiring.event_log(self)

    @cached_property
    def tracking_plan(self) -> PlanShelf:
        from zhiyin.collect.plan.api import PlanShelf

        return PlanShelf(self.root)

    @cached_property
    def loader(self) -> Loader:
        """What moves the log into the warehouse; it remembers which events it has seen."""
        from zhiyin.collect.api import Loader

        return Loader(self.event_log, self.warehouse, self.clock)

    @cached_property
    def counting(self) -> Counting:
        """What counts audiences; it keeps definitions and bitmaps between questions."""
        from zhiyin.app.counting import Counting

        return Counting(self)

    @cached_property
    def profiling(self) -> Profiling:
        """What keeps live profiles; it keeps people at hand between pieces of work."""
        from zhiyin.app.profiling import Profiling

        return Profiling(self)

    @cached_property
    def regions(self) -> RegionLookup | None:
        from zhiyin.app import wiring

        return wiring.regions(self)

    @cached_property
    def lineage(self) -> LineageSink | None:
        """Where OpenLineage events go; None where nobody is to be told."""
        from zhiyin.app import wiring

        return wiring.lineage(self)

    @cached_property
    def files(self) -> FileSource:
        from zhiyin.app import wiring

        return wiring.files(self.settings)

    @cached_property
    def secret(self) -> bytes:
        """The key that signs links in messages; made on first use, readable by the owner alone."""
        path = self.data / "secret"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
        return path.read_bytes()

    def close(self) -> None:
        """Stop the engines that were started and let go of the lock."""
        for name in ("loader", "counting", "profiling"):
            self.__dict__.pop(name, None)
        for name in ("lineage", "warehouse", "operational", "event_log"):
            engine = self.__dict__.pop(name, None)
            if engine is not None:
                engine.close()
        self.lock.release()

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def create_workspace(
    root: Path,
    *,
    name: str | None = None,
    currency: str = "CNY",
    timezone: str = "Asia/Shanghai",
    language: str = "zh-CN",
    port: int = 8600,
) -> list[Path]:
    """Write a new workspace's settings and default definitions; return the files written.

    Raises `Conflict` when the directory already is a workspace; existing definition files are
    never overwritten.
    """
    if (root / FILE_NAME).exists():
        raise Conflict(f"{root} already is a workspace; nothing was changed.")
    root.mkdir(parents=True, exist_ok=True)
    (root / "data").mkdir(exist_ok=True)
    (root / "recipes").mkdir(exist_ok=True)
    written = copy_defaults(root)
    # The settings come last: a directory without them is no workspace yet, so an interrupted
    # `init` can simply be repeated.
    text = settings_text(
        name=name or root.resolve().name,
        currency=currency,
        timezone=timezone,
        language=language,
        port=port,
    )
    (root / FILE_NAME).write_text(text, encoding="utf-8")
    load_settings(root)
    return [root / FILE_NAME, *written]


def copy_defaults(root: Path) -> list[Path]:
    """Copy the definitions that ship with the product into a workspace, never over a file."""
    written = []
    for folder, package in DEFAULTS.items():
        source = resources.files(package) / "defaults" / folder
        with resources.as_file(source) as path:
            pairs = (
                [(path, root / folder)]
                if path.is_file()
                else [
                    (file, root / folder / file.relative_to(path))
                    for file in sorted(path.rglob("*"))
                    if file.is_file()
                ]
            )
            for file, target in pairs:
                if not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
                    written.append(target)
    return written
