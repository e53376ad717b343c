"""Members as ad platforms take them: normalized contacts, hashed."""

from __future__ import annotations

import hashlib
from typing import Any

import pyarrow as pa

HASHED_COLUMNS = ("hashed_email", "hashed_phone")


def hashed_contacts(members: pa.Table) -> pa.Table:
    """Return SHA-256 hashes of e-mail and phone of people who have either, and nothing else.

    As Google Ads, Meta and others ask: an e-mail address without spaces and in lower case, of
    Gmail's without the dots before the @ and what follows a plus; a phone number in E.164 form,
    with a plus and digits only; UTF-8, SHA-256, lower-case hex.
    """
    rows = members.select(["email", "phone"]).to_pylist()
    hashed = [(digest(email(row["email"])), digest(phone(row["phone"]))) for row in rows]
    kept = [pair for pair in hashed if any(pair)]
    return pa.table(
        {
            name: pa.array([pair[place] for pair in kept], pa.string())
            for place, name in enumerate(HASHED_COLUMNS)
        }
    )


def email(written: str | None) -> str | None:
    """Return an address as ad platforms hash it."""
    if not written or "@" not in written:
        return None
    name, _, domain = "".join(written.split()).lower().rpartition("@")
    if domain in ("gmail.com", "googlemail.com"):
        name = name.partition("+")[0].replace(".", "")
    return f"{name}@{domain}"


def phone(written: str | None) -> str | None:
    """Return a number as ad platforms hash it; a Chinese mobile number without +86 gets it."""
    if not written:
        return None
    digits = "".join(letter for letter in written if letter.isascii() and letter.isdigit())
    if not digits:
        return None
    is_chinese = not written.strip().startswith("+") and len(digits) == 11 and digits[0] == "1"
    return f"+86{digits}" if is_chinese else f"+{digits}"


def digest(text: str | None) -> str | None:
    """Return the hex SHA-256 of a text."""
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()


def plain_rows(members: pa.Table, names: list[str]) -> list[dict[str, Any]]:
    """Return some columns of members as JSON holds them."""
    rows = members.select(names).to_pylist()
    return [
        {
            key: value if isinstance(value, str | int | bool | type(None)) else str(value)
            for key, value in row.items()
        }
        for row in rows
    ]
