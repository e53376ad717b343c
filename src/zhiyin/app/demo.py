"""`zhiyin demo`: the whole loop on a simulated shop, in its own time, through the front doors."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
import pyarrow.parquet as pq

from zhiyin.app.commands import execute
from zhiyin.app.progress import reporter
from zhiyin.app.server import Server, wait_while_serving
from zhiyin.app.workspace import Workspace, create_workspace
from zhiyin.core.clock import Clock, FixedClock, SystemClock
from zhiyin.core.errors import Conflict
from zhiyin.governance.api import hash_password
from zhiyin.ports.operational import Account
from zhiyin.simulation.api import World, WorldConfig, write_days
from zhiyin.simulation.live import SmtpSink, Visitor

LIVE_DAYS = 21  # the campaign's two weeks, and one more that the weekly review can look at
LAUNCH_HOUR = timedelta(hours=10)
CAMPAIGN = "autumn_care"
USERNAME = "admin"
Progress = Callable[[str], None]


def show_demo(
    root: Path,
    *,
    customers: int,
    months: int,
    seed: int,
    port: int,
    no_serve: bool,
    as_json: bool,
) -> None:
    """Make the demo if it is not there yet, say what came out, and serve it."""
    story = finished_story(root)
    if story is None:
        with reporter(quiet=as_json) as progress:
            story = make_demo(
                root, customers=customers, months=months, seed=seed, port=port, progress=progress
            )
    if no_serve:
        click.echo(json.dumps(story, default=str) if as_json else told(story))
        return
    serve_demo(root, story, port=port, as_json=as_json)


def finished_story(root: Path) -> dict[str, Any] | None:
    """Return what an earlier demo left behind; clear away one that was cut off."""
    if (root / "data" / "demo.json").exists():
        return json.loads((root / "data" / "demo.json").read_text(encoding="utf-8"))
    if (root / "data" / "demo.draft").exists():
        shutil.rmtree(root)
    elif root.exists() and any(root.iterdir()):
        raise Conflict(
            f"{root} is not empty and holds no demo; name another directory with --workspace."
        )
    return None


def make_demo(
    root: Path, *, customers: int, months: int, seed: int, port: int, progress: Progress
) -> dict[str, Any]:
    """Simulate a shop, bring it into a new workspace, and run a campaign to its end."""
    (root / "data").mkdir(parents=True)
    (root / "data" / "demo.draft").touch()
    create_workspace(root, name="知音演示商店", port=port or 8600)
    steps: dict[str, float] = {}
    world = _world(customers, months, seed)
    clock = FixedClock(_local(world) + LAUNCH_HOUR)
    with _timed(steps, "simulate", progress):
        written = world.write_history(root / "raw")
    with Workspace.open(root, clock=clock, doing="demo") as workspace:
        with _timed(steps, "import", progress):
            imported = _execute(
                workspace, "import", progress, recipe="zhiyin_shop", paths=[str(root / "raw")]
            )
        with _timed(steps, "run", progress):
            _execute(workspace, "run", progress)
        with _timed(steps, "campaign", progress):
            lived = _Live(workspace, world, clock, progress)
            lived.through(LIVE_DAYS, steps)
        with _timed(steps, "measure", progress):
            _execute(workspace, "campaign.due", progress)
            _execute(workspace, "run", progress)
            write_truth(root, world)
            reviews = execute(workspace, "review.weekly", {"language": "both"})
        password = secrets.token_urlsafe(9)
        workspace.operational.add_account(
            Account(USERNAME, "演示管理员", "admin", hash_password(password))
        )
        story = {
            "workspace": str(root.resolve()),
            "username": USERNAME,
            "password": password,
            "customers": customers,
            "months": months,
            "seed": seed,
            "events": _events(workspace),
            "history_rows": written.total_rows,
            "rows_read": imported["rows_read"],
            "rows_quarantined": imported["rows_quarantined"],
            "visits": lived.report,
            "campaign": execute(workspace, "campaign.result", {"name": CAMPAIGN}),
            "reviews": reviews["files"],
            "steps": steps,
        }
    return _kept(root, story)


def write_truth(root: Path, world: World) -> None:
    """Write what tags should say of each member; only `zhiyin tags validate` reads it."""
    folder = root / "data" / "truth"
    folder.mkdir(exist_ok=True)
    pq.write_table(world.tag_truth(), folder / "tags.parquet")


class _Live:
    """The campaign, and the days after it, through SMTP and HTTP as in a real shop."""

    def __init__(
        self, workspace: Workspace, world: World, clock: FixedClock, progress: Progress
    ) -> None:
        self._workspace = workspace
        self._world = world
        self._clock = clock
        self._progress = progress
        self.report: dict[str, int] = {}

    def through(self, days: int, steps: dict[str, float]) -> None:
        """Launch the campaign and let the days pass."""
        workspace, world = self._workspace, self._world
        with _mailboxes(workspace, world) as sink, _serving(workspace, self._clock) as url:
            with _timed(steps, "campaign: plan and send", self._progress):
                _execute(workspace, "campaign.plan", self._progress, name=CAMPAIGN)
                _execute(workspace, "campaign.launch", self._progress, name=CAMPAIGN)
                for message in sink.drain():
                    world.receive(message)
            key = execute(workspace, "source.create", {"name": "web_shop"})["write_key"]
            with _timed(steps, "campaign: days after", self._progress):
                files = self._days(days, url, key)
        _execute(
            workspace, "import", self._progress, recipe="zhiyin_shop", paths=[str(f) for f in files]
        )

    def _days(self, days: int, url: str, key: str) -> list[Path]:
        folder = self._workspace.root / "raw" / "live"
        totals: dict[str, int] = {}
        files: list[Path] = []
        with Visitor(url, key, on_moment=self._clock_to) as visitor:
            for day in range(days):
                self._progress(f"simulated day {day + 1} of {days}")
                stamp = f"{self._world.now + timedelta(hours=8):%Y-%m-%d}"
                happened = self._world.advance(1)
                done = visitor.perform(happened)
                for name in ("opened", "clicked", "unsubscribed", "events"):
                    totals[name] = totals.get(name, 0) + getattr(done, name)
                totals["failures"] = totals.get("failures", 0) + len(done.failures)
                files += write_days(happened, folder, stamp)
                self._clock_to(self._world.now)
                execute(self._workspace, "load", {})
        self.report = totals
        return files

    def _clock_to(self, instant: datetime) -> None:
        aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
        self._clock.instant = max(self._clock.instant, aware)


def serve_demo(root: Path, story: dict[str, Any], *, port: int, as_json: bool) -> None:
    """Serve the demo until ctrl-C; messages sent from the console reach simulated mailboxes."""
    with Workspace.open(root, doing="demo") as workspace, SmtpSink() as sink:
        _send_to(workspace, sink)

        def announce(url: str) -> None:
            served = {**story, "url": url, "pid": os.getpid()}
            click.echo(json.dumps(served, default=str) if as_json else told(served))

        wait_while_serving(workspace, host=None, port=port, as_json=as_json, announce=announce)


def told(story: dict[str, Any]) -> str:
    """Return the demo's story as a person reads it."""
    results = {row["metric"]: row for row in story["campaign"]["results"]}
    visits = story["visits"]
    lines = [
        f"{story['events']:,} events of {story['customers']:,} customers over "
        f"{story['months']} months; {story['rows_read']:,} rows read, "
        f"{sum(story['rows_quarantined'].values()):,} quarantined.",
        f"Campaign {CAMPAIGN}: {story['campaign']['messages'].get('sent', 0):,} messages sent, "
        f"{visits.get('opened', 0):,} opens, {visits.get('clicked', 0):,} clicks.",
    ]
    found = results.get("conversion", {})
    if found.get("difference") is not None:
        lines.append(
            f"Against the hold-out: conversion {found['treated_mean']:.1%} instead of "
            f"{found['holdout_mean']:.1%}; difference {100 * found['difference']:+.2f} points "
            f"(95 % interval {100 * found['low']:+.2f} to {100 * found['high']:+.2f}): "
            f"{found['verdict']}."
        )
    lines += [f"Weekly review: {path}" for path in story["reviews"]]
    lines.append(f"Made in {sum(story['steps'].get(s, 0) for s in MAIN_STEPS):.0f} s.")
    if "url" in story:
        lines += [
            "",
            f"  {story['url']}",
            f"  log-in: {story['username']}   password: {story['password']}",
            "",
            "ctrl-C stops the server.",
        ]
    else:
        lines.append(f"Serve it with: zhiyin demo -w {story['workspace']}")
    return "\n".join(lines)


MAIN_STEPS = ("simulate", "import", "run", "campaign", "measure")


def _world(customers: int, months: int, seed: int) -> World:
    """Return a world whose campaign has just ended today, so that the console looks alive."""
    today = SystemClock().now() + timedelta(hours=8)
    launch = (today - timedelta(days=LIVE_DAYS)).date()
    return World(WorldConfig(customers=customers, months=months, seed=seed, end=launch))


def _local(world: World) -> datetime:
    return world.now.replace(tzinfo=UTC)


def _execute(workspace: Workspace, command: str, progress: Progress, /, **params: Any) -> Any:
    return execute(workspace, command, params, on_progress=progress)


def _events(workspace: Workspace) -> int:
    return execute(workspace, "sql", {"query": "select count(*) n from ods.events"})[0]["n"]


def _kept(root: Path, story: dict[str, Any]) -> dict[str, Any]:
    draft = root / "data" / "demo.draft"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(story, file, default=str, ensure_ascii=False)
    draft.chmod(0o600)  # it holds the demo's password
    draft.replace(root / "data" / "demo.json")
    return json.loads((root / "data" / "demo.json").read_text(encoding="utf-8"))


@contextmanager
def _mailboxes(workspace: Workspace, world: World) -> Iterator[SmtpSink]:
    with SmtpSink(knows=lambda address: world.person(address) is not None) as sink:
        _send_to(workspace, sink)
        yield sink


def _send_to(workspace: Workspace, sink: SmtpSink) -> None:
    email = msgspec.structs.replace(
        workspace.settings.email,
        host="127.0.0.1",
        port=sink.port,
        security="none",
        sender="Zhiyin <hello@shop.example>",
    )
    workspace.settings = msgspec.structs.replace(workspace.settings, email=email)
    workspace.dispatcher = None


@contextmanager
def _serving(workspace: Workspace, clock: Clock) -> Iterator[str]:
    """Serve on a free port while the simulated days pass; links in messages lead there."""
    server = Server(workspace, port=0, has_workers=False)
    before = workspace.settings
    address = msgspec.structs.replace(before.server, base_url=server.url)
    workspace.settings = msgspec.structs.replace(before, server=address)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
        workspace.settings = msgspec.structs.replace(workspace.settings, server=before.server)


@contextmanager
def _timed(steps: dict[str, float], name: str, progress: Progress) -> Iterator[None]:
    progress(name)
    began = time.perf_counter()
    yield
    steps[name] = round(time.perf_counter() - began, 2)
