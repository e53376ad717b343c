"""One id as it is compared, outside of the warehouse: what `identity.ids` does to a column."""

from __future__ import annotations

import re

from zhiyin.identity.ids import (
    BLANK,
    CHINESE_MOBILE,
    EXTERNAL_KINDS,
    EXTERNAL_PREFIX,
    NARROW,
    NOBODY,
    WIDE,
)
from zhiyin.identity.policy import LONGEST_EVIDENCE

_BLANK = re.compile(f"[{BLANK}]", re.ASCII)
_NARROW = str.maketrans(WIDE, NARROW)
_NOBODY = re.compile(NOBODY)
_MOBILE = re.compile(CHINESE_MOBILE)
_NO_DIGIT = re.compile("[^0-9+]")
_PREFIX = re.compile(EXTERNAL_PREFIX)
_SHORTEST_PHONE = 6


def external_kind(told: str) -> str | None:
    """Return the kind of id that a sender of `externalIds` means; None for one not known."""
    return EXTERNAL_KINDS.get(_PREFIX.sub("", told.lower()))


def typed_text(kind: str, value: str | None) -> str | None:
    """Return `kind:value` of the cleaned value; None if it identifies nobody."""
    if value is None or len(value) > LONGEST_EVIDENCE:
        return None
    plain = _BLANK.sub("", value).translate(_NARROW)
    if kind == "email":
        plain = plain.lower() if "@" in plain else ""
    elif kind == "phone":
        plain = _phone(plain)
    elif kind == "card":
        plain = plain.upper()
    return f"{kind}:{plain}" if plain and not _NOBODY.search(plain) else None


def _phone(plain: str) -> str:
    digits = _NO_DIGIT.sub("", plain)
    mobile = _MOBILE.match(digits)
    if mobile:
        return f"+86{mobile.group(2)}"
    is_short = len(digits) < _SHORTEST_PHONE and len(digits.removeprefix("+")) < _SHORTEST_PHONE - 1
    return "" if is_short else digits
