"""Answers about behavior come from one version of the table they are read from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import Conflict
from zhiyin.insights.activity.api import ACTIVITY

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace

TIMES = 3


def steadily(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command that asks again if `dm.activity` was built anew meanwhile.

    A new event name moves the numbers of the others, so names of one version and rows of the next
    would count other events without any sign. The first question after a run builds the table
    and is asked twice.

    Raises
    ------
    Conflict
        where each of three answers was overtaken.
    """

    @wraps(ask)
    def asked(workspace: Workspace, **given: Any) -> Any:
        version = workspace.warehouse.version
        for _ in range(TIMES):
            before = version(ACTIVITY)
            told = ask(workspace, **given)
            if version(ACTIVITY) == before:
                return told
        raise Conflict("Events were gathered anew while the question was answered; ask again.")

    return asked
