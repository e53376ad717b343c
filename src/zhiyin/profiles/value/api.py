"""The front door of value: RFM, stages month by month, and whether tiers are right."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles.value.history import month_ends, stage_history
from zhiyin.profiles.value.migration import BEFORE, PLACES, migration, moved_people, population
from zhiyin.profiles.value.policy import (
    Thresholds,
    ValuePolicy,
    policy_digest,
    read_value_policy,
)
from zhiyin.profiles.value.realized import (
    TARGET,
    RealizedValue,
    by_depth,
    by_tier,
    judged,
    net_amounts,
)
from zhiyin.profiles.value.scoring import METHODS, scored
from zhiyin.profiles.value.tables import STAGE_HISTORY
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "BEFORE",
    "METHODS",
    "PLACES",
    "TARGET",
    "RealizedValue",
    "Thresholds",
    "ValuePolicy",
    "builds",
    "by_depth",
    "by_tier",
    "judged",
    "migration",
    "month_ends",
    "moved_people",
    "net_amounts",
    "policy_digest",
    "population",
    "read_value_policy",
    "scored",
    "stage_history",
]


def builds(workspace: Path | None = None) -> list[TableBuild]:
    """Return the build of `dm.stage_history`, by the workspace's `policies/value.yaml`."""
    build = partial(build_history, policy=read_value_policy(workspace))
    return [
        TableBuild(
            STAGE_HISTORY,
            (dw.ORDERS, dw.REFUNDS, PERSON_OF),
            build,
            depends_on_time=True,
            definition=policy_digest(workspace),
        )
    ]


def build_history(*inputs: ir.Table, context: BuildContext, policy: ValuePolicy) -> ir.Table:
    """Return `dm.stage_history`."""
    return stage_history(*inputs, as_of=context.as_of, timezone=context.timezone, policy=policy)
