"""What a role sees of a record that was set aside: its structure always, persons as allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zhiyin.core.privacy import Pii
from zhiyin.governance.api import SIGHT, Sight, mask_value, role_named

HIDDEN = "***"
# Where a person is described; everything below is personal data.
_PERSONAL = ("traits", "context")
_CONTACT = re.compile(r"(?:^|_)(?:e?mail|phone|mobile|tel)(?:$|_)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def masked_content(content: Mapping[str, Any], role: str, *, above: str = "") -> dict[str, Any]:
    """Return an event with personal values masked; `above` is the path that it stands at."""
    is_hidden = SIGHT[role_named(role)][Pii.PERSONAL] is Sight.HIDDEN
    path = tuple(part for part in above.split(".") if part)
    return {name: _masked(value, (*path, name), role, is_hidden) for name, value in content.items()}


def masked_detail(detail: str | None, role: str) -> str | None:
    """Return a sentence whose quoted values are masked unless the role sees personal data."""
    if detail is None or _is_clear(role):
        return detail
    return _QUOTED.sub(f'"{HIDDEN}"', detail)


def masked_text(record: Any, role: str) -> str:
    """Return a record that is no event; hidden unless the role sees personal data."""
    return str(record) if _is_clear(role) else HIDDEN


def _is_clear(role: str) -> bool:
    return SIGHT[role_named(role)][Pii.PERSONAL] is Sight.CLEAR


def _masked(value: Any, path: tuple[str, ...], role: str, is_hidden: bool) -> Any:
    if isinstance(value, Mapping):
        return {k: _masked(v, (*path, k), role, is_hidden) for k, v in value.items()}
    if isinstance(value, list):
        return [_masked(item, path, role, is_hidden) for item in value]
    if value is None or path[0] in ("type", "event"):
        return value
    if is_hidden:
        return HIDDEN
    is_contact = any(_CONTACT.search(part) for part in path)
    pii = Pii.CONTACT if is_contact else Pii.PERSONAL if path[0] in _PERSONAL else Pii.NONE
    return mask_value(value, pii, role)
