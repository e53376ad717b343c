"""Small charts as inline SVG: no script, no file, legible in print and to a screen reader."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

Label = Callable[[float], str]

WIDTH = 720


@dataclass(frozen=True)
class Caption:
    """What a chart is called, what it shows in one sentence, and its id on the page."""

    chart_id: str
    title: str
    description: str


@dataclass(frozen=True)
class Axis:
    """A value axis: its name with unit, and how its numbers are written."""

    name: str
    label: Label


@dataclass(frozen=True)
class Whisker:
    """One row of an interval chart; `tone` is a CSS class, `note` the text at its right."""

    name: str
    value: float
    low: float
    high: float
    note: str
    tone: str


@dataclass(frozen=True)
class Bar:
    """One category with its two values: what it brought and what it cost."""

    name: str
    values: tuple[float, ...]
    notes: tuple[str, ...]


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Return round numbers from at or below `low` to at or above `high`, about `count` steps.

    Steps are 1, 2, 2.5 or 5 times a power of ten.
    """
    span = high - low or abs(high) or 1.0
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return [step * n for n in range(first, last + 1)]


def line_chart(
    values: Sequence[float | None],
    labels: Sequence[str],
    axis: Axis,
    caption: Caption,
    *,
    width: int = WIDTH,
    height: int = 230,
) -> str:
    """Return a line over equally spaced points, from zero, the last one marked with its value.

    A missing value is a gap.
    """
    known = [value for value in values if value is not None]
    marks = ticks(min(0.0, *known, 0.0), max([*known, 0.0]) or 1.0)
    left, right, top, bottom = 58.0, width - 28.0, 34.0, height - 30.0
    y = _scale(marks[0], marks[-1], bottom, top)
    step = (right - left) / max(len(values) - 1, 1)
    points = [
        (left + step * n if len(values) > 1 else (left + right) / 2, y(value))
        if value is not None
        else None
        for n, value in enumerate(values)
    ]
    parts = [_grid(marks, y, left, right, axis)]
    every = max(1, math.ceil(len(labels) * 52 / (right - left)))
    for n, label in enumerate(labels):
        if (len(labels) - 1 - n) % every == 0:
            x = left + step * n if len(values) > 1 else (left + right) / 2
            parts.append(_text(x, height - 10, label, "tick", "middle"))
    for run in _runs(points):
        path = " ".join(f"{x:.1f},{h:.1f}" for x, h in run)
        area = f"{run[0][0]:.1f},{y(0):.1f} {path} {run[-1][0]:.1f},{y(0):.1f}"
        parts.append(f'<polygon class="area" points="{area}"/>')
        parts.append(f'<polyline class="line" points="{path}"/>')
    parts += [f'<circle class="dot" cx="{p[0]:.1f}" cy="{p[1]:.1f}" r="2.4"/>' for p in points if p]
    last, value = points[-1] if points else None, values[-1] if values else None
    if last is not None and value is not None:
        parts.append(f'<circle class="dot last" cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="4.5"/>')
        above = min(point[1] for point in points[-2:] if point)
        parts.append(_text(right + 8, above - 11, axis.label(value), "value", "end"))
    return _svg(width, height, caption, parts)


def sparkline(values: Sequence[float | None], *, width: int = 116, height: int = 26) -> str:
    """Return a bare line for use beside a number, hidden from screen readers."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    y = _scale(min(known), max(known) if max(known) > min(known) else min(known) + 1, height - 4, 4)
    step = (width - 8) / (len(values) - 1)
    points = [(4 + step * n, y(v)) if v is not None else None for n, v in enumerate(values)]
    lines = "".join(
        f'<polyline class="line" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in run)}"/>'
        for run in _runs(points)
    )
    end = points[-1]
    dot = f'<circle class="dot last" cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="2.6"/>' if end else ""
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'aria-hidden="true">{lines}{dot}</svg>'
    )


def interval_chart(
    rows: Sequence[Whisker], axis: Axis, caption: Caption, *, width: int = WIDTH
) -> str:
    """Return a forest plot: a point and its interval per row, and a line at zero."""
    row_height, top = 38.0, 14.0
    height = top + row_height * len(rows) + 44
    left, right = 190.0, width - 190.0
    low, high = min([0.0, *(r.low for r in rows)]), max([0.0, *(r.high for r in rows)])
    marks = ticks(low, high, 5)
    x = _scale(marks[0], marks[-1], left, right)
    floor = top + row_height * len(rows)
    parts = [
        f'<line class="grid" x1="{x(m):.1f}" x2="{x(m):.1f}" y1="{top}" y2="{floor}"/>'
        + _text(x(m), floor + 16, axis.label(m), "tick", "middle")
        for m in marks
    ]
    parts.append(
        f'<line class="zero" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{top - 6}" y2="{floor}"/>'
    )
    for n, row in enumerate(rows):
        middle = top + row_height * (n + 0.5)
        parts.append(_text(left - 16, middle + 4, _shortened(row.name), "name", "end"))
        parts.append(
            f'<g class="{row.tone}"><line class="whisker" x1="{x(row.low):.1f}" '
            f'x2="{x(row.high):.1f}" y1="{middle}" y2="{middle}"/>'
            + "".join(
                f'<line class="whisker" x1="{x(e):.1f}" x2="{x(e):.1f}" '
                f'y1="{middle - 5}" y2="{middle + 5}"/>'
                for e in (row.low, row.high)
            )
            + f'<circle class="point" cx="{x(row.value):.1f}" cy="{middle}" r="5"/></g>'
        )
        parts.append(_text(right + 16, middle + 4, row.note, "note", "start"))
    parts.append(_text((left + right) / 2, floor + 36, axis.name, "axis", "middle"))
    return _svg(width, height, caption, parts)


def bar_chart(
    rows: Sequence[Bar],
    series: Sequence[str],
    axis: Axis,
    caption: Caption,
    *,
    width: int = WIDTH,
) -> str:
    """Return horizontal bars from zero: a group per row, a bar per series, each with its value."""
    thick, gap, top = 11.0, 14.0, 30.0
    group = thick * len(series) + gap
    height = top + group * len(rows) + 26
    left, right = 150.0, width - 96.0
    marks = ticks(0.0, max([value for row in rows for value in row.values] or [1.0]) or 1.0)
    x = _scale(0.0, marks[-1], left, right)
    floor = top + group * len(rows)
    parts = [
        f'<line class="grid" x1="{x(m):.1f}" x2="{x(m):.1f}" y1="{top - 4}" y2="{floor - 4}"/>'
        + _text(x(m), floor + 12, axis.label(m), "tick", "middle")
        for m in marks
    ]
    parts.append(_text(width - 4, floor + 12, axis.name, "axis", "end"))
    for n, name in enumerate(series):
        start = left + n * 150
        parts.append(f'<rect class="bar s{n}" x="{start}" y="6" width="11" height="11"/>')
        parts.append(_text(start + 18, 16, name, "tick", "start"))
    for n, row in enumerate(rows):
        y = top + group * n
        parts.append(_text(left - 12, y + group / 2 - 2, _shortened(row.name), "name", "end"))
        for k, (value, note) in enumerate(zip(row.values, row.notes, strict=True)):
            bar_top, length = y + thick * k, max(x(value) - left, 0.0)
            parts.append(
                f'<rect class="bar s{k}" x="{left}" y="{bar_top:.1f}" '
                f'width="{length:.1f}" height="{thick - 2}"/>'
            )
            parts.append(_text(left + length + 6, bar_top + thick - 3, note, "small", "start"))
    return _svg(width, height, caption, parts)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _grid(
    marks: Sequence[float], y: Label | Callable, left: float, right: float, axis: Axis
) -> str:
    lines = [
        f'<line class="{"zero" if mark == 0 else "grid"}" x1="{left}" x2="{right}" '
        f'y1="{y(mark):.1f}" y2="{y(mark):.1f}"/>'
        + _text(left - 10, y(mark) + 4, axis.label(mark), "tick", "end")
        for mark in marks
    ]
    return "".join(lines) + _text(left - 48, 14, axis.name, "axis", "start")


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _text(x: float, y: float, text: str, kind: str, anchor: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _shortened(name: str, room: int = 24) -> str:
    """Cut a name to the width of `room` Latin letters; a Chinese character takes two."""
    taken = 0
    for n, letter in enumerate(name):
        taken += 2 if ord(letter) > 0x2E7F else 1
        if taken > room:
            return name[: n - 1] + "…"
    return name


def _svg(width: float, height: float, caption: Caption, parts: Sequence[str]) -> str:
    name = escape(caption.chart_id)
    return (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(caption.title)}</title>'
        f'<desc id="{name}-d">{escape(caption.description)}</desc>{"".join(parts)}</svg>'
    )
