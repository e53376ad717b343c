"""Data quality: looks at tables, what stands out, how scores went, the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zhiyin.app.commands.plain_values import plain, plain_rows
from zhiyin.app.jobs import recorded
from zhiyin.app.looking import newest_as_of
from zhiyin.app.watching import masked, summary, watch_of
from zhiyin.core.clock import naive_utc
from zhiyin.core.errors import NotFound, unknown_of_many
from zhiyin.governance.api import Role
from zhiyin.warehouse.quality import api as quality
from zhiyin.warehouse.quality import tables as dq

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace


def check(
    workspace: Workspace, *, table: str | None = None, on_progress: Callable[[str], None]
) -> dict[str, Any]:
    """Look at one table or at all, now, and return what was found; nothing is held back."""
    watch = watch_of(workspace)
    if table is not None and table not in watch.expected:
        then = "`zhiyin quality report` lists the tables."
        raise unknown_of_many("table", table, sorted(watch.expected), then=then)
    written = set(workspace.warehouse.tables())
    names = [table] if table else [n for n in watch.expected if watch.expected_of(n)]
    present = [name for name in names if name in written]
    if not present:
        raise NotFound("There is no such table yet; `zhiyin run` builds the tables.")
    looks = recorded(
        workspace,
        "quality",
        lambda run_id: _checked(workspace, watch, present, run_id, on_progress),
    )
    shown = quality.newest_results(workspace.warehouse, table)
    return {**looks, "checks": [_check(row) for row in shown if not row["passed"] or table]}


def _checked(
    workspace: Workspace,
    watch: quality.Watch,
    names: list[str],
    run_id: str,
    on_progress: Callable[[str], None],
) -> Mapping[str, Any]:
    as_of = newest_as_of(workspace)
    for name in names:
        on_progress(f"quality: looking at {name}")
        watch.look_at([name], as_of=as_of)
    looks = watch.settle(run_id=run_id, timezone=workspace.settings.timezone)
    found = summary(looks)
    return {"run_id": run_id, "tables": found["tables"], "expectations": found["checks"],
            "failed_checks": found["failed_checks"]}  # fmt: skip


def report(
    workspace: Workspace, *, html: str | None = None, language: str | None = None
) -> dict[str, Any]:
    """Return how all tables stand; with `html` also write that as a page.

    Where no language is asked for, expectations are told in the command line's own, English, and
    the page is in the workspace's.
    """
    watch = watch_of(workspace)
    settings = workspace.settings
    made = quality.quality_report(
        workspace.warehouse,
        watch.expected,
        quality.Reporting(
            workspace=settings.name,
            timezone=settings.timezone,
            written_at=naive_utc(workspace.clock.now()),
            mask=masked,
        ),
    )
    found = _told(made, quality.Words(language or "en"))
    if html is not None:
        target = Path(html)
        target.parent.mkdir(parents=True, exist_ok=True)
        page = quality.render_report(made, language or settings.language)
        target.write_text(page, encoding="utf-8")
        found["file"] = str(target)
    return found


def anomalies(workspace: Workspace, *, days: int = quality.ANOMALY_DAYS) -> list[dict[str, Any]]:
    """Return the measures of the newest days that stand out, newest first."""
    return [
        {name: plain(value) for name, value in vars(one).items()}
        for one in quality.recent_anomalies(workspace.warehouse, days)
    ]


def trend(workspace: Workspace, *, table: str, days: int = 90) -> list[dict[str, Any]]:
    """Return a table's whole score and failed expectations on the days of the newest looks."""
    scores = workspace.warehouse.read(dq.SCORES)
    mine = scores.filter(scores.table_name == table, scores.dimension == quality.ALL)
    newest = mine.order_by(mine.score_date.desc()).limit(days)
    rows = plain_rows(workspace.warehouse.to_arrow(newest))
    if not rows:
        known = workspace.warehouse.to_arrow(scores.select("table_name").distinct())
        names = sorted(known["table_name"].to_pylist())
        then = "`zhiyin quality report` lists them."
        raise unknown_of_many("scored table", table, names, then=then)
    return [
        {name: row[name] for name in ("score_date", "score", "checks", "failed_checks")}
        for row in reversed(rows)
    ]


def alerts(workspace: Workspace) -> dict[str, Any]:
    """Return who is told of findings. A web hook's address may hold a secret: its host is told."""
    told = workspace.settings.alerts
    return {
        "webhook": urlsplit(told.webhook).hostname if told.webhook else None,
        "email": list(told.email),
        "only_blocking": told.only_blocking,
    }


def _told(made: quality.QualityReport, words: quality.Words) -> dict[str, Any]:
    return {
        "score": made.score,
        "tables": [
            {
                "table": line.table,
                "score": round(line.score, 2) if line.score is not None else None,
                "expectations": line.checks,
                "failed": line.failed,
                "held_back": line.held_back,
            }
            for line in made.tables
        ],
        "failed": [
            {
                "table": one.table,
                "expectation": one.name,
                "meaning": words.rule(one.expectation) if one.expectation else one.name,
                "severity": one.severity,
                "rows": one.rows,
                "failed": one.failed,
                "pass_rate": one.pass_rate,
                "at_least": one.at_least,
                "example": one.example,
            }
            for one in made.failed
        ],
        "anomalies": len(made.anomalies),
        "cleaning_changes": sum(line.changed for line in made.cleaning),
        "rejected_rows": sum(line.rows for line in made.rejects),
    }


def _check(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "table": row["table_name"],
        "expectation": row["check_name"],
        "severity": row["severity"],
        "rows": row["rows"],
        "failed": row["failed"],
        "pass_rate": row["pass_rate"],
        "at_least": row["at_least"],
        "passed": row["passed"],
        "example": masked(row["table_name"], row["column"], row["example"], Role.ANALYST),
    }
