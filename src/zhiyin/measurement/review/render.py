"""The review as one self-contained HTML page."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from zhiyin.measurement.review import charts, pictures
from zhiyin.measurement.review.formats import Formats
from zhiyin.measurement.review.model import Figure, GroupLine, Review
from zhiyin.measurement.review.sentences import sentence
from zhiyin.measurement.review.wording import LANGUAGES, Words, catalogue

FOLDER = Path(__file__).parent
HEADLINES = (
    "revenue", "orders", "buyers", "new_buyers", "average_order_value", "repurchase_rate",
    "conversion_rate", "refund_rate", "cost", "cac",
)  # fmt: skip
TRENDS = ("revenue", "orders", "conversion_rate")
# Below this relative change an arrow would point at rounding.
STEADY = 0.0005

__all__ = ["LANGUAGES", "render_review"]


def render_review(review: Review, language: str) -> str:
    """Return the review as an HTML page that needs no other file and no network.

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
    words, formats = Words(language), Formats(language, review.currency)
    return _template().render(
        review=review,
        language=language,
        words=words,
        formats=formats,
        style=Markup((FOLDER / "style.css").read_text("utf-8")),
        sentences=[sentence(finding, words, formats) for finding in review.findings],
        headlines=_headlines(review),
        trends=_trends(review, words, formats),
        channels_chart=_channels_chart(review, words, formats),
        effects_chart=Markup(pictures.effects(list(review.campaigns), words, formats)),
        spark=lambda figure: Markup(charts.sparkline(figure.history)),
        direction=direction,
        tone=tone,
        share=share,
    )


def direction(figure: Figure) -> str:
    """Return up, down, steady, or unknown without a week before."""
    if figure.value is None or figure.previous is None:
        return "unknown"
    moved = figure.value - figure.previous
    if abs(moved) <= STEADY * abs(figure.previous):
        return "steady"
    return "up" if moved > 0 else "down"


def tone(figure: Figure) -> str:
    """Return good, bad or plain: what the figure's direction means for this metric."""
    moved = direction(figure)
    if figure.good == "neither" or moved in ("steady", "unknown"):
        return "plain"
    return "good" if moved == figure.good else "bad"


def share(line: GroupLine, lines: tuple[GroupLine, ...]) -> float | None:
    """Return a group's share of all people."""
    everyone = sum(other.people for other in lines)
    return line.people / everyone if everyone else None


def _headlines(review: Review) -> list[Figure]:
    """Return the headline figures that the data can speak of at all."""
    if not any(figure.value for figure in review.figures):
        return []
    found = [review.figure(name) for name in HEADLINES]
    return [figure for figure in found if figure is not None and _is_known(figure)]


def _is_known(figure: Figure) -> bool:
    """Whether it has ever been anything but nothing: a shop without web events has no visitors."""
    return any(value for value in figure.history)


def _trends(review: Review, words: Words, formats: Formats) -> list[tuple[str, Markup]]:
    known = [figure for name in TRENDS if (figure := review.figure(name)) and _is_known(figure)]
    return [
        (
            words("chart.trend", metric=figure.title[words.language]),
            Markup(pictures.trend(figure, words, formats, is_wide=n == 0 or len(known) == 2)),
        )
        for n, figure in enumerate(known)
        if len(figure.history) > 1
    ]


def _channels_chart(review: Review, words: Words, formats: Formats) -> Markup:
    is_split = any(line.channel != "unattributed" for line in review.channels)
    return Markup(pictures.channels(review, words, formats)) if is_split else Markup("")


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("review.html.jinja")
