"""The voice of the customer in the run: texts judged by what was learnt, as builds like any
other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhiyin.insights.voice import api as voice
from zhiyin.models.voice.api import read_judge

if TYPE_CHECKING:
    from zhiyin.app.workspace import Workspace
    from zhiyin.warehouse.api import TableBuild


def voice_builds(workspace: Workspace) -> list[TableBuild]:
    """Return the builds of `dm.feedback` and its aspects, by the workspace's newest judge."""
    judge, learnt = read_judge(workspace.registry)
    return voice.builds(judge, learnt=learnt)
