"""What a role sees of personal data: everything, a part, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from zhiyin.core.privacy import Pii
from zhiyin.governance.roles import Role, role_named
from zhiyin.ports.tables import TableSpec

MASK = "***"
_TAIL = 4  # digits of a phone number that stay, as on a receipt


class Sight(StrEnum):
    """How much of a value is shown."""

    CLEAR = "clear"
    PARTIAL = "partial"
    HIDDEN = "hidden"


_CLEAR, _PARTIAL, _HIDDEN = Sight.CLEAR, Sight.PARTIAL, Sight.HIDDEN

# Identifiers stay clear for every role: they are pseudonyms, and pages are addressed by them.
# Contact data is in clear for nobody; it is revealed one person at a time, and audited.
SIGHT: dict[Role, dict[Pii, Sight]] = {
    role: {
        Pii.NONE: _CLEAR,
        Pii.IDENTIFIER: _CLEAR,
        Pii.CONTACT: contact,
        Pii.PERSONAL: personal,
        Pii.SENSITIVE: sensitive,
    }
    for role, contact, personal, sensitive in (
        (Role.ADMIN, _PARTIAL, _CLEAR, _PARTIAL),
        (Role.ANALYST, _PARTIAL, _PARTIAL, _HIDDEN),
        (Role.MARKETER, _PARTIAL, _CLEAR, _HIDDEN),
        (Role.APPROVER, _PARTIAL, _PARTIAL, _HIDDEN),
        (Role.VIEWER, _HIDDEN, _HIDDEN, _HIDDEN),
        (Role.PRIVACY_OFFICER, _PARTIAL, _PARTIAL, _PARTIAL),
    )
}


def mask_value(value: Any, pii: Pii, role: str) -> Any:
    """Return what the role may see of one value.

    A partial e-mail keeps its first letter and domain, a phone number its last four digits, a date
    its year, any other text its first letter. Hidden values, and unknown ones, are None.

    Examples
    --------
    >>> mask_value("ann@example.com", Pii.CONTACT, "analyst")
    'a***@example.com'
    >>> mask_value("+8613812345678", Pii.CONTACT, "analyst")
    '***5678'
    """
    sight = SIGHT[role_named(role)][pii]
    if value is None or sight is Sight.HIDDEN:
        return None
    return value if sight is Sight.CLEAR else partial(value)


def partial(value: Any) -> str:
    """Return the part of a value that does not give the person away."""
    if isinstance(value, date | datetime):
        return f"{value.year:04d}-**-**"
    text = str(value)
    name, at, domain = text.partition("@")
    if at:
        return f"{name[:1]}{MASK}@{domain}"
    if is_phone(text):
        return f"{MASK}{text[-_TAIL:]}"
    return f"{text[:1]}{MASK}" if len(text) > 1 else MASK


def is_phone(text: str) -> bool:
    """Return whether the text is digits with the marks that phone numbers are written with."""
    digits = sum(character.isdigit() for character in text)
    return digits > _TAIL and all(c.isdigit() or c in "+-() ." for c in text)


def mask_record(spec: TableSpec, record: Mapping[str, Any], role: str) -> dict[str, Any]:
    """Return the record with every column masked by its class; unknown columns are hidden."""
    return {
        column: mask_value(value, spec.columns[column].pii, role)
        for column, value in record.items()
        if column in spec.columns
    }


def mask_typed_id(typed_id: str, role: str) -> str | None:
    """Return what the role may see of a typed id: `email:` and `phone:` ids are contact data."""
    kind, _, rest = typed_id.partition(":")
    if kind not in {"email", "phone"}:
        return typed_id
    shown = mask_value(rest, Pii.CONTACT, role)
    return None if shown is None else f"{kind}:{shown}"
