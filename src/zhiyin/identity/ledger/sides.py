"""The two sides of a merge, as they were before it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from zhiyin.identity.ledger.records import Change, Moved
from zhiyin.identity.tables import HISTORY

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse


def moves_of(warehouse: Warehouse, ids: Sequence[str]) -> list[Moved]:
    """Return the history of the ids, oldest first."""
    table = warehouse.read(HISTORY)
    mine = table.filter(table.visitor_id.isin(list(ids))).order_by(["changed_at", "visitor_id"])
    return [
        Moved(**{name: value for name, value in row.items() if name != "run_id"})
        for row in warehouse.to_arrow(mine).to_pylist()
    ]


def sides_before(
    warehouse: Warehouse, change: Change, ids: Sequence[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return those of the ids that came with a merge, and those that were there before it.

    Ids that arrived with the merge or after it are on neither side.

    Parameters
    ----------
    change : a merge.
    ids : the ids of the person as it is now.
    """
    history = moves_of(warehouse, ids)
    came = {one.visitor_id for one in history if one.change_id == change.change_id}
    came.add(change.other_person_id)
    there = _were_there(history, change) - came | {change.person_id}
    return frozenset(came), frozenset(there)


def _were_there(history: Collection[Moved], change: Change) -> set[str]:
    """Return the ids that belonged to the person before the merge, whatever its name was."""
    before: dict[str, str] = {}
    renamed: set[str] = set()
    for one in history:
        if one.changed_at < change.changed_at:
            before[one.visitor_id] = one.person_id
        elif one.changed_at == change.changed_at and one.previous_person_id is not None:
            is_name_only = one.person_id == change.person_id and one.change_id is None
            renamed |= {one.visitor_id} if is_name_only else set()
    return renamed | {name for name, person in before.items() if person == change.person_id}
