"""Trends, retention and other questions about what people do, and who is behind each answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from zhiyin.app.behaving import scope_of
from zhiyin.app.commands import baskets
from zhiyin.app.commands.asked_steps import in_words, unseen_steps
from zhiyin.app.commands.people import sources_of
from zhiyin.collect import tables as ods
from zhiyin.core.clock import epoch_milliseconds
from zhiyin.core.errors import InvalidInput
from zhiyin.insights import api as insights
from zhiyin.insights.baskets.api import read_basket_spec
from zhiyin.insights.behavior import api as behavior
from zhiyin.profiles import tables as dm

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace

Progress = Callable[[str], None]
Question = Mapping[str, Any]


def trends(workspace: Workspace, *, spec: Question, on_progress: Progress) -> dict[str, Any]:
    """Return how much happened over time."""
    asked = behavior.read_trends(spec)
    metrics = insights.load_metrics(workspace.root)
    for one in asked.series:
        if one.metric is not None:
            insights.metric(one.metric, metrics)
    scope, unseen = _known(workspace, on_progress, _steps(asked.series), asked.days)
    count = _count_metrics(workspace, scope, metrics)
    told = behavior.trends(scope, asked, run=_run(workspace), count_metrics=count)
    names = {
        one.key: one.metric or (in_words(one.step) if one.step else one.key) for one in asked.series
    }
    return told | {"unseen": unseen, "names": names}


def retention(workspace: Workspace, *, spec: Question, on_progress: Progress) -> dict[str, Any]:
    """Return who comes back."""
    asked = behavior.read_retention(spec)
    steps = (asked.target, asked.returning)
    scope, unseen = _known(workspace, on_progress, steps, asked.days)
    return behavior.retention(scope, asked, run=_run(workspace)) | {"unseen": unseen}


def stickiness(workspace: Workspace, *, spec: Question, on_progress: Progress) -> dict[str, Any]:
    """Return in how many periods people come."""
    asked = behavior.read_stickiness(spec)
    scope, unseen = _known(workspace, on_progress, (asked.step,), asked.days)
    return behavior.stickiness(scope, asked, run=_run(workspace)) | {"unseen": unseen}


def lifecycle(workspace: Workspace, *, spec: Question, on_progress: Progress) -> dict[str, Any]:
    """Return who is new, comes again, comes back, stays away."""
    asked = behavior.read_lifecycle(spec)
    scope, unseen = _known(workspace, on_progress, (asked.step,), asked.days)
    return behavior.lifecycle(scope, asked, run=_run(workspace)) | {"unseen": unseen}


def distribution(workspace: Workspace, *, spec: Question, on_progress: Progress) -> dict[str, Any]:
    """Return how people differ in how often or how much they did something."""
    asked = behavior.read_distribution(spec)
    scope, unseen = _known(workspace, on_progress, (asked.step,), asked.days)
    return behavior.distribution(scope, asked, run=_run(workspace)) | {"unseen": unseen}


def intervals(workspace: Workspace, *, spec: Question, on_progress: Progress) -> dict[str, Any]:
    """Return how long it takes from one event to the next."""
    asked = behavior.read_intervals(spec)
    scope, unseen = _known(workspace, on_progress, (asked.start, asked.end), asked.days)
    return behavior.intervals(scope, asked, run=_run(workspace)) | {"unseen": unseen}


def referral(workspace: Workspace, *, spec: Question, on_progress: Progress) -> dict[str, Any]:
    """Return who brought whom, and how many each person brings."""
    asked = behavior.read_referral(spec)
    steps = (asked.joined, *([asked.sent] if asked.sent else []))
    scope, unseen = _known(workspace, on_progress, steps, asked.days)
    warehouse = workspace.warehouse
    raw = warehouse.read(ods.EVENTS)
    told = behavior.referral(scope, asked, raw, fetch=warehouse.to_arrow)
    return told | {"unseen": unseen}


def rfm(workspace: Workspace) -> dict[str, Any]:
    """Return the buyers per score of recency and frequency, of the newest run."""
    warehouse = workspace.warehouse
    matrix = behavior.rfm_matrix(warehouse.read(dm.CUSTOMERS))
    found = warehouse.to_arrow(matrix.order_by(["r", "f"])).to_pylist()
    return {"people": sum(row["people"] for row in found), "cells": found}


def people_behind(workspace: Workspace) -> dict[str, Any]:
    """Return per analysis how its question is read, and who is behind a point of its answer."""
    raw = workspace.warehouse.read(ods.EVENTS)
    fetch = workspace.warehouse.to_arrow

    def bought(scope: behavior.Scope, spec: Any, point: Question) -> ir.Table:
        return behavior.rfm_people(scope.sources.customers, point)

    def basket_buyers(scope: behavior.Scope, spec: Any, point: Question) -> ir.Table:
        return baskets.people_of(workspace, spec, point)

    def invited(scope: behavior.Scope, spec: Any, point: Question) -> ir.Table:
        return behavior.referral_people(scope, spec, raw, point, fetch=fetch)

    return {
        "trends": (behavior.read_trends, behavior.trends_people),
        "retention": (behavior.read_retention, behavior.retention_people),
        "stickiness": (behavior.read_stickiness, behavior.stickiness_people),
        "lifecycle": (behavior.read_lifecycle, behavior.lifecycle_people),
        "distribution": (behavior.read_distribution, behavior.distribution_people),
        "intervals": (behavior.read_intervals, behavior.intervals_people),
        "referral": (behavior.read_referral, invited),
        "rfm": (dict, bought),
        "baskets": (read_basket_spec, basket_buyers),
    }


def _run(workspace: Workspace) -> Callable[[ir.Table], list[dict[str, Any]]]:
    return lambda table: workspace.warehouse.to_arrow(table).to_pylist()


def _steps(series: Iterable[Any]) -> list[Any]:
    return [one.step for one in series if one.step is not None]


def _known(
    workspace: Workspace, on_progress: Progress, steps: Iterable[Any], days: Any
) -> tuple[behavior.Scope, list[str]]:
    """Return what behavior is read from, and the planned events asked for that nobody did yet.

    Raises
    ------
    InvalidInput
        for events and days of which nothing is known.
    """
    scope = scope_of(workspace, sources_of(workspace), on_progress)
    activity = scope.activity
    seen = activity.group_by("event").agg(first=activity.ts_ms.min())
    first = {row["event"]: row["first"] for row in _run(workspace)(seen)}
    unseen = unseen_steps(workspace, scope, steps)
    window = behavior.window_of(days, scope.as_of, scope.timezone)
    oldest = min(first.values(), default=None)
    if oldest is not None and epoch_milliseconds(window.end) <= oldest:
        day = datetime.fromtimestamp(oldest / 1000, UTC).astimezone(workspace.settings.zone).date()
        raise InvalidInput(
            f"Nothing is known of these days: the first event was on {day}; ask for later ones."
        )
    return scope, unseen


def _count_metrics(
    workspace: Workspace, scope: behavior.Scope, metrics: insights.Metrics
) -> Callable[..., list[dict[str, Any]]]:
    def counted(spec: Any, periods: Any) -> list[dict[str, Any]]:
        read = workspace.warehouse.read
        inputs = {name: read(table) for name, table in insights.METRIC_INPUTS.items()}
        facts = insights.facts(inputs, periods.window, scope.timezone)
        table = behavior.metric_table(facts, scope, spec, periods, metrics)
        return behavior.metric_rows(table, spec, _run(workspace))

    return counted
