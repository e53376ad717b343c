"""Identifiers: stable hashes and fresh ids."""

import hashlib
import uuid
from collections.abc import Iterable

BUCKETS = 10_000


def stable_digest(*parts: str) -> str:
    """Return 64 hex digits that depend on the parts and on nothing else.

    Parts are length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big"))
        digest.update(raw)
    return digest.hexdigest()


def bucket(salt: str, subject: str) -> int:
    """Return a number in [0, 10_000), uniform over subjects and independent between salts.

    It is the first 13 hex digits of sha256("salt:subject") modulo 10,000; the warehouse computes
    the same number from a column (see `decisions.assignment`), hence no length prefix here.
    52 bits, so that a double holds the number exactly on every engine.
    """
    digest = hashlib.sha256(f"{salt}:{subject}".encode()).hexdigest()
    return int(digest[:13], 16) % BUCKETS


def new_id(prefix: str = "") -> str:
    """Return a fresh, unguessable id such as `imp_0198…`."""
    tail = uuid.uuid4().hex
    return f"{prefix}_{tail}" if prefix else tail


def joined_digest(parts: Iterable[str], length: int = 16) -> str:
    """Return the first `length` hex digits of the digest over an ordered series of parts."""
    return stable_digest(*parts)[:length]
