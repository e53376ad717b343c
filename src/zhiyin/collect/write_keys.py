"""Write keys: shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets

from zhiyin.core.clock import Clock
from zhiyin.core.errors import InvalidInput
from zhiyin.core.ids import new_id
from zhiyin.ports.operational import WriteKey


def new_write_key(name: str, clock: Clock) -> tuple[str, WriteKey]:
    """Return a fresh key in the clear, and the record to store, which holds only its digest.

    Raises
    ------
    InvalidInput
        If the name is blank.
    """
    if not name.strip():
        raise InvalidInput("A source needs a name, such as web-shop; give one.")
    key = f"zyw_{secrets.token_urlsafe(24)}"
    return key, WriteKey(new_id("src"), name.strip(), hash_write_key(key), clock.now())


def hash_write_key(key: str) -> str:
    """Return the digest by which a key is looked up: keys are random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
