"""Steps of questions about behavior: known by name, and told in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zhiyin.app.commands.catalog import planned_events
from zhiyin.app.operator_words import OPERATORS
from zhiyin.insights.behavior import api as behavior

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.insights.behavior.vocabulary import Property, Step


def unseen_steps(
    workspace: Workspace, scope: behavior.Scope, steps: Iterable[Step | None]
) -> list[str]:
    """Return the planned events of steps that nobody did yet.

    Raises
    ------
    InvalidInput
        for an event that is neither planned nor was ever done.
    """
    seen = scope.numbers or {}
    names = [name for step in steps if step for name in step.events]
    planned = planned_events(workspace) if set(names) - set(seen) else ()
    return behavior.unseen_events(names, seen, planned)


def in_words(step: Step) -> str:
    """Return a step as a person reads it: `Page Viewed (page_path is /cart)`."""
    names = " | ".join(step.events) or "any"
    told = [_property(one) for one in step.where]
    if step.first_ever:
        told.append("first ever")
    return f"{names} ({', '.join(told)})" if told else names


def _property(asked: Property) -> str:
    tests = [
        f"{OPERATORS.get(one.operator, one.operator)} {_value(one.value)}"
        for one in asked.comparisons
    ]
    return f"{asked.name} {' and '.join(tests)}"


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
