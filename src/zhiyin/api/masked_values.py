"""What a role sees of values that stand in tables about tables, and of typed ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from zhiyin.collect import tables as ods
from zhiyin.core.privacy import Pii
from zhiyin.governance.api import MASK, mask_typed_id, mask_value
from zhiyin.identity import tables as identity
from zhiyin.ports.tables import TableSpec
from zhiyin.profiles import tables as dm
from zhiyin.profiles.membership import tables as membership
from zhiyin.warehouse import tables as dw

# Looked through in this order; a column that none of them promises counts as personal.
PROMISES = (ods, dw, identity, dm, membership)
_STRICTEST = (Pii.SENSITIVE, Pii.CONTACT, Pii.PERSONAL, Pii.IDENTIFIER, Pii.NONE)


@cache
def promised() -> Mapping[str, TableSpec]:
    """Return every promised table by its name."""
    return {
        spec.name: spec
        for module in PROMISES
        for spec in vars(module).values()
        if isinstance(spec, TableSpec)
    }


def class_of(table: str, column: str) -> Pii:
    """Return how personal a column is; personal where nobody promised it, or for whole rows."""
    spec = promised().get(table)
    if spec is None or column not in spec.columns:
        return Pii.PERSONAL
    return spec.columns[column].pii


def masked_value_of(value: str | None, table: str, column: str, role: str) -> str | None:
    """Return what the role may see of a value that was quoted from a table's column.

    A typed id is masked by its kind; anything else by the class of its column.
    """
    if value is None:
        return None
    pii = class_of(table, column)
    if pii is Pii.IDENTIFIER:
        return shown_id(value, role)
    shown = mask_value(value, pii, role)
    return MASK if shown is None else str(shown)


def shown_id(typed_id: str, role: str) -> str:
    """Return a typed id as the role may see it; of a hidden one the kind stays."""
    shown = mask_typed_id(typed_id, role)
    return shown if shown is not None else f"{typed_id.partition(':')[0]}:{MASK}"


def with_shown_ids(row: Mapping[str, Any], names: Iterable[str], role: str) -> dict[str, Any]:
    """Return the row with the typed ids of some columns as the role may see them."""
    shown = {name: shown_id(row[name], role) for name in names if row[name] is not None}
    return {**row, **shown}
