"""Stable random draws of people, computed by the warehouse."""

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
