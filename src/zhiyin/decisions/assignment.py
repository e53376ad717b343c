"""Who is held out: a stable hash decides, so that the answer never changes between runs."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.core.ids import BUCKETS
from zhiyin.profiles.api import bucket_of


def threshold(share: float) -> int:
    """Return the number of buckets that a share covers."""
    return round(share * BUCKETS)


def assign_arm(people: ir.Table, *, salt: str, holdout: float | ir.IntegerValue) -> ir.Table:
    """Add `bucket` and `arm` (`holdout` or `treatment`) to people.

    A person is held out when the bucket lies below the share. So a share that grows only adds
    people to the hold-out, and different salts draw independently.

    Parameters
    ----------
    people
        Any table with `person_id`.
    salt
        What the draw depends on beside the person: a campaign's id.
    holdout
        Share in [0, 1), or an expression that gives the number of buckets per row.
    """
    below = threshold(holdout) if isinstance(holdout, int | float) else holdout
    drawn = people.mutate(bucket=bucket_of(salt, people.person_id))
    return drawn.mutate(arm=ibis.ifelse(drawn.bucket < below, "holdout", "treatment"))
