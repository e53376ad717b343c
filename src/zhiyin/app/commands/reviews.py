"""The weekly review: written as pages, listed, read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhiyin.app.jobs import recorded
from zhiyin.app.looking import run_as_of
from zhiyin.app.measuring import measurement_plan
from zhiyin.core.clock import naive_utc
from zhiyin.core.dates import read_date
from zhiyin.core.errors import NotFound, not_allowed
from zhiyin.measurement import api as measurement
from zhiyin.profiles.tables import CUSTOMERS

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

BOTH = "both"


def weekly(
    workspace: Workspace,
    *,
    week: str | None = None,
    language: str = BOTH,
    output: str | None = None,
    job: str = "review",
) -> dict[str, Any]:
    """Write the review of a week, by default the last whole one, and return the files."""
    if language != BOTH and language not in measurement.LANGUAGES:
        raise not_allowed("The language", language, (*measurement.LANGUAGES, BOTH))
    if not workspace.warehouse.exists(CUSTOMERS):
        raise NotFound("There is nothing to review yet; `zhiyin run` builds the tables first.")
    languages = measurement.LANGUAGES if language == BOTH else (language,)
    folder = Path(output) if output else workspace.reviews
    return dict(recorded(workspace, job, lambda _: _written(workspace, week, languages, folder)))


def list_reviews(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the reviews that the workspace keeps, newest week first."""
    weeks: dict[str, dict[str, Any]] = {}
    for path in sorted(workspace.reviews.glob("*.html"), reverse=True):
        week, _, language = path.stem.partition(".")
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
        row = weeks.setdefault(week, {"week": week, "languages": [], "written_at": written})
        row["languages"].append(language)
    return list(weeks.values())


def read_review(workspace: Workspace, *, week: str, language: str) -> dict[str, Any]:
    """Return one review's page."""
    if language not in measurement.LANGUAGES:
        raise not_allowed("The language", language, measurement.LANGUAGES)
    path = workspace.reviews / _file_name(read_date(week), language)
    if not path.is_file():
        raise NotFound(
            f"No review of the week {week} is kept in {language}; "
            f"`zhiyin review weekly --week {week}` writes it."
        )
    return {"week": week, "language": language, "html": path.read_text(encoding="utf-8")}


def _written(
    workspace: Workspace, week: str | None, languages: tuple[str, ...], folder: Path
) -> dict[str, Any]:
    settings = workspace.settings
    review = measurement.weekly_review(
        workspace.warehouse,
        measurement_plan(workspace),
        as_of=run_as_of(workspace),
        now=naive_utc(workspace.clock.now()),
        week=read_date(week) if week else None,
        workspace=settings.name,
        timezone=settings.timezone,
        currency=settings.currency,
    )
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for language in languages:
        target = folder / _file_name(review.week, language)
        draft = target.with_suffix(".draft")
        draft.write_text(measurement.render_review(review, language), encoding="utf-8")
        draft.replace(target)
        files.append(str(target))
    return {"week": review.week.isoformat(), "files": files}


def _file_name(week: date, language: str) -> str:
    return f"{week.isoformat()}.{language}.html"
