"""The metric dictionary: listed, shown, checked, and asked for values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from zhiyin.app.commands.plain_values import plain_rows
from zhiyin.app.looking import run_as_of
from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.insights import api as insights
from zhiyin.insights.behavior import api as behavior
from zhiyin.measurement import api as measurement
from zhiyin.warehouse.api import local_day

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.core.windows import Window

BY = ("day", "channel")
COMPARE = ("previous", "year")


def list_metrics(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every metric, the shipped ones first."""
    metrics = insights.load_metrics(workspace.root)
    return [_told(found, metrics) for found in metrics.values()]


def show(workspace: Workspace, *, name: str) -> dict[str, Any]:
    """Return one metric: what it means, what it is counted from, who uses it."""
    metrics = insights.load_metrics(workspace.root)
    return _told(insights.metric(name, metrics), metrics)


def check(workspace: Workspace) -> dict[str, Any]:
    """Read the workspace's metric files; what is wrong with one is said."""
    metrics = insights.load_metrics(workspace.root)
    own = [found.name for found in metrics.values() if not _is_shipped(found)]
    return {"shipped": len(metrics) - len(own), "own": len(own), "names": own}


def value(
    workspace: Workspace,
    *,
    names: Sequence[str],
    since: str | None = None,
    until: str | None = None,
    last: int = 30,
    by: Sequence[str] = (),
    compare: str | None = None,
) -> dict[str, Any]:
    """Return metrics over days, and within them per day or channel.

    With `compare` each row has `previous` too: the value of as many days before, or of the same
    days a year earlier.
    """
    for column in by:
        if column not in BY:
            raise not_allowed("by", column, BY)
    if compare and "day" in by:
        raise InvalidInput("Days cannot be compared one by one; leave out by day, or the compare.")
    metrics = insights.load_metrics(workspace.root)
    units = {name: insights.metric(name, metrics).unit for name in names}
    as_of, zone = run_as_of(workspace), workspace.settings.timezone
    days = behavior.read_days({"since": since, "until": until, "last": last}, "days")
    window = behavior.window_of(days, as_of, zone)
    asking = _Asking(workspace, list(units), metrics, list(by))
    rows = asking.rows(window)
    answer = {"as_of": as_of.isoformat(), "timezone": zone, **_days("", window, zone)}
    if compare:
        behavior.read_choice(compare, "compare", COMPARE)
        before = behavior.window_of(behavior.days_before(days, compare, as_of, zone), as_of, zone)
        answer |= _days("previous_", before, zone)
        old = {tuple(row[key] for key in (*by, "metric")): row for row in asking.rows(before)}
        for row in rows:
            same = old.get(tuple(row[key] for key in (*by, "metric")))
            row["previous"] = same["value"] if same else None
    return {**answer, "units": units, "rows": rows}


@dataclass(frozen=True)
class _Asking:
    """Metrics that are asked for, and by what they are divided."""

    workspace: Workspace
    names: list[str]
    metrics: insights.Metrics
    by: list[str]

    def rows(self, span: Window) -> list[dict[str, Any]]:
        """Return a row per value of `by` and metric, in their order."""
        zone, warehouse = self.workspace.settings.timezone, self.workspace.warehouse
        inputs = {name: warehouse.read(spec) for name, spec in insights.METRIC_INPUTS.items()}
        facts = insights.facts(inputs, span, zone)
        first, last = _first_and_last(span, zone)
        period = insights.Period("all", first, last + timedelta(days=1))
        table = insights.metric_values(
            self.names, facts, [period], by=self.by, metrics=self.metrics
        )
        found = plain_rows(warehouse.to_arrow(table))
        found.sort(key=lambda row: tuple(row[key] for key in self.by))
        return [
            {**{key: row[key] for key in self.by}, "metric": name, "value": row[name]}
            for row in found
            for name in self.names
        ]


def _first_and_last(span: Window, zone: str) -> tuple[date, date]:
    return local_day(span.start, zone), local_day(span.end - timedelta(microseconds=1), zone)


def _days(prefix: str, span: Window, zone: str) -> dict[str, str]:
    first, last = _first_and_last(span, zone)
    return {f"{prefix}since": first.isoformat(), f"{prefix}until": last.isoformat()}


def _is_shipped(found: insights.Metric) -> bool:
    return found.name in insights.dictionary()


def _told(found: insights.Measure | insights.Ratio, metrics: insights.Metrics) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": dict(found.title),
        "description": dict(found.description),
        "unit": found.unit,
        "good": found.good,
        "owner": found.owner,
        "version": found.version,
        "file": found.origin,
        "is_shipped": _is_shipped(found),
        "grain": list(insights.grain(found.name, metrics)),
        "formula": insights.formula(found),
        "used_by": _used_by(found.name, metrics),
    }


def _used_by(name: str, metrics: insights.Metrics) -> list[dict[str, str]]:
    """Return where the product shows a metric, and which metrics are made of it."""
    places = {
        "overview": insights.OVERVIEW_METRICS,
        "daily": insights.DAILY_MEASURES,
        "review": measurement.METRICS,
    }
    shown = [{"kind": "page", "name": page} for page, names in places.items() if name in names]
    made = [{"kind": "metric", "name": other} for other in insights.used_in(name, metrics)]
    return shown + made
