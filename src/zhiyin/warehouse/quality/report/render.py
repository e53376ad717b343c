"""The report as one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from zhiyin.warehouse.quality.expectations import Dimension
from zhiyin.warehouse.quality.report.model import FailedCheck, QualityReport
from zhiyin.warehouse.quality.report.wording import Words, catalogue

FOLDER = Path(__file__).parent
SPARK_WIDTH, SPARK_HEIGHT = 96, 24
SPARK_DAYS = 30
# Scores live near 100: a point less is a line that goes down by a tenth of the picture.
SPARK_SPAN = 10.0


def render_report(report: QualityReport, language: str) -> str:
    """Return the report as an HTML page that needs no other file and no network.

    Parameters
    ----------
    language
        zh-CN or en.

    Raises
    ------
    InvalidInput
        For another language.
    """
    catalogue(language)
    words = Words(language)
    return _template().render(
        report=report,
        language=language,
        words=words,
        dimensions=[dimension.value for dimension in Dimension],
        style=Markup((FOLDER / "style.css").read_text("utf-8")),
        written_at=local(report.written_at, report.timezone),
        said=lambda check: said(check, words),
        spark=lambda history: Markup(sparkline(history)),
        tone=tone,
    )


def said(check: FailedCheck, words: Words) -> str:
    """Return what was expected, in words; the name of an expectation that is gone."""
    return words.rule(check.expectation) if check.expectation else check.name


def local(instant: datetime, timezone: str) -> str:
    """Return a naive UTC instant as the workspace's clock shows it."""
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


def tone(score: float | None) -> str:
    """Return good, warning or bad: the color of a score."""
    if score is None:
        return "plain"
    return "good" if score >= 99.5 else "warning" if score >= 95 else "bad"


def sparkline(history: Sequence[float]) -> str:
    """Return the newest scores as a small line, the last one marked; nothing for a single look."""
    values = list(history)[-SPARK_DAYS:]
    if len(values) < 2:
        return ""
    top = 100.0
    bottom = min(top - SPARK_SPAN, *values)
    step = (SPARK_WIDTH - 8) / (len(values) - 1)
    points = [
        (4 + n * step, 3 + (top - value) / (top - bottom) * (SPARK_HEIGHT - 6))
        for n, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg class="spark" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" aria-hidden="true">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/></svg>'
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja")
