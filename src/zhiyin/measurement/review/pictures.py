"""The review's charts: which figures go into which picture."""

from __future__ import annotations

from zhiyin.measurement.review import charts
from zhiyin.measurement.review.formats import Formats
from zhiyin.measurement.review.model import CampaignLine, Figure, Review
from zhiyin.measurement.review.wording import Words

CHANNELS_SHOWN = 8


def trend(figure: Figure, words: Words, formats: Formats, *, is_wide: bool) -> str:
    """Return a metric's last weeks as a line."""
    title = figure.title[words.language]
    count = len(figure.weeks)
    caption = charts.Caption(
        f"trend-{figure.metric}",
        words("chart.trend", metric=title),
        words(
            "chart.trend_description",
            metric=title,
            count=words.plural("chart.weeks", count, str(count)),
            first=formats.day(figure.weeks[0]),
            last=formats.day(figure.weeks[-1]),
            value=formats.figure(figure.value, figure.unit),
        ),
    )
    return charts.line_chart(
        figure.history,
        [formats.short_day(week) for week in figure.weeks],
        _axis(figure, words, formats),
        caption,
        width=880 if is_wide else 480,
        height=230 if is_wide else 210,
    )


def _axis(figure: Figure, words: Words, formats: Formats) -> charts.Axis:
    if figure.unit == "currency":
        name = words("chart.money", currency=formats.currency)
        return charts.Axis(name, formats.short)
    if figure.unit == "share":
        return charts.Axis(words("chart.share"), lambda value: formats.short(value * 100))
    return charts.Axis(words("chart.count"), formats.short)


def channels(review: Review, words: Words, formats: Formats) -> str:
    """Return revenue and cost of the largest channels as bars."""
    shown = [line for line in review.channels if line.revenue or line.cost][:CHANNELS_SHOWN]
    rows = [
        charts.Bar(
            words.name("channel", line.channel),
            (line.revenue, line.cost),
            (formats.money(line.revenue), formats.money(line.cost) if line.cost else ""),
        )
        for line in shown
    ]
    listed = ", ".join(
        f"{row.name} {row.notes[0]} / {row.notes[1] or formats.money(0)}" for row in rows
    )
    caption = charts.Caption(
        "channels", words("chart.channels"), words("chart.channels_description", list=listed)
    )
    series = [words("table.revenue"), words("table.cost")]
    axis = charts.Axis(words("chart.money", currency=review.currency), formats.short)
    return charts.bar_chart(rows, series, axis, caption, width=880)


def effects(campaigns: list[CampaignLine], words: Words, formats: Formats) -> str:
    """Return each campaign's effect on conversion with its interval; nothing without an answer."""
    rows = [
        charts.Whisker(
            line.name,
            result.difference * 100,
            result.low * 100,
            result.high * 100,
            f"{formats.points(result.difference)} {words('pp')}",
            result.verdict,
        )
        for line in campaigns
        if (result := line.conversion).difference is not None
        and result.low is not None
        and result.high is not None
    ]
    if not rows:
        return ""
    items = [
        words(
            "chart.interval_item",
            name=row.name,
            value=formats.signed(row.value, 2),
            low=formats.signed(row.low, 2),
            high=formats.signed(row.high, 2),
        )
        for row in rows
    ]
    description = words("chart.interval_description", list="; ".join(items))
    caption = charts.Caption("effects", words("chart.interval"), description)
    axis = charts.Axis(words("chart.interval_axis"), formats.short)
    return charts.interval_chart(rows, axis, caption, width=880)
