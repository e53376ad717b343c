"""Linkage's front door: records that look like one person, and the queue of those to judge."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from zhiyin.identity.linkage.cleaning import comparable
from zhiyin.identity.linkage.matching import (
    ACCEPTED,
    REJECTED,
    REVIEW,
    build_matches,
    match_rows,
    matched_from,
    prepare,
)
from zhiyin.identity.linkage.plans import default_plan
from zhiyin.identity.linkage.policy import LinkagePolicy, linkage_policy
from zhiyin.identity.linkage.reviewing import (
    Field,
    Review,
    ReviewPage,
    pair_id,
    reviews,
    reviews_named,
    waiting_pairs,
)
from zhiyin.identity.tables import MATCHES
from zhiyin.ports.linkage import LinkageResult, Linker
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import TableBuild

__all__ = [
    "ACCEPTED",
    "REJECTED",
    "REVIEW",
    "Field",
    "LinkagePolicy",
    "Review",
    "ReviewPage",
    "builds",
    "comparable",
    "default_plan",
    "linkage_policy",
    "match_rows",
    "pair_id",
    "prepare",
    "reviews",
    "reviews_named",
    "waiting_pairs",
]


def builds(
    linker: Callable[[], Linker],
    policy: LinkagePolicy,
    *,
    told: Callable[[LinkageResult], None] | None = None,
) -> list[TableBuild]:
    """Return the build of `dw.identity_matches`.

    Parameters
    ----------
    linker : makes the linker; it is called only if records changed.
    told : is given the result of linking.
    """
    return [
        TableBuild(
            spec=MATCHES,
            inputs=(dw.CUSTOMERS,),
            build=partial(build_matches, linker=linker, policy=policy, told=told),
            definition=policy.digest,
            origin=matched_from,
        )
    ]
