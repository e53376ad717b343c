"""Write keys: shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from zhiyin.collect.events import SOURCE_TYPES
from zhiyin.core.clock import Clock
from zhiyin.core.errors import InvalidInput, not_allowed
from zhiyin.core.ids import new_id
from zhiyin.ports.operational import WriteKey


def new_write_key(name: str, clock: Clock, **terms: Any) -> tuple[str, WriteKey]:
    """Return a fresh key in the clear, and the record to store, which holds only its digest.

    Parameters
    ----------
    name
        The source's; it stands in each of its events.
    terms
        Any of `SOURCE_TERMS`, as `checked_terms` takes them.

    Raises
    ------
    InvalidInput
        If the name is blank, or a term is not allowed.
    """
    if not name.strip():
        raise InvalidInput("A source needs a name, such as web-shop; give one.")
    key = fresh_key()
    record = WriteKey(new_id("src"), name.strip(), hash_write_key(key), clock.now())
    return key, replace(record, **checked_terms(terms))


def fresh_key() -> str:
    """Return a key that nobody has."""
    return f"zyw_{secrets.token_urlsafe(24)}"


def checked_terms(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source's terms as they are stored: sequences as tuples, origins without a path.

    Raises
    ------
    InvalidInput
        If the type is none of `SOURCE_TYPES`, an origin is not one, or a rate is negative.
    """
    checked = {name: value for name, value in terms.items() if value is not None}
    if (kind := checked.get("source_type")) is not None and kind not in SOURCE_TYPES:
        raise not_allowed("A source's type", kind, SOURCE_TYPES)
    if (rate := checked.get("events_per_second")) is not None and rate < 0:
        raise InvalidInput(f"The rate {rate} is negative; 0 means no limit.")
    if "allowed_origins" in checked:
        checked["allowed_origins"] = tuple(_origin(text) for text in checked["allowed_origins"])
    if "required_consents" in checked:
        checked["required_consents"] = tuple(checked["required_consents"])
    return checked


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InvalidInput(f"{text!r} is no origin; give one such as https://shop.example.com.")
    return f"{parts.scheme}://{parts.netloc}".lower()


def hash_write_key(key: str) -> str:
    """Return the digest by which a key is looked up: keys are random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
