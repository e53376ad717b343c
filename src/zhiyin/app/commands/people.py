"""Audiences and single customers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from zhiyin.app.commands.data import plain_rows
from zhiyin.app.pipeline import newest_as_of
from zhiyin.core.errors import InvalidInput, NotFound, not_allowed
from zhiyin.profiles import api as profiles
from zhiyin.profiles import tables as dm

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.app.workspace import Workspace
