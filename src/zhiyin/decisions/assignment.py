"""Who is held out: a stable hash decides, so that the answer never changes between runs."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from zhiyin.core.ids import BUCKETS

_DIGITS = 13  # hex digits read, 52 bits: see `core.ids.bucket`


def bucket_of(salt: str | ir.StringValue, subject: ir.StringColumn) -> ir.IntegerColumn:
    """Return each subject's bucket in [0, 10,000) under a salt.

    The same number as `core.ids.bucket(salt, subject)`, computed by the warehouse.
    """
    salted = ibis.literal(salt) if isinstance(salt, str) else salt
    digest = salted.concat(":").concat(subject).hexdigest("sha256")
    # No engine-independent function reads hex; the position in the alphabet is the digit. Powers of
    # 16 are reduced first, which changes no remainder and keeps the sum small.
    alphabet = ibis.literal("0123456789abcdef")
    digits = [
        alphabet.find(digest.substr(place, 1)).cast("int64")
        * (16 ** (_DIGITS - 1 - place) % BUCKETS)
        for place in range(_DIGITS)
    ]
    return sum(digits[1:], digits[0]) % BUCKETS


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
