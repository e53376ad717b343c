"""All that is known of who one person is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhiyin.identity.ledger.finding import ids_of, one_id, people_of
from zhiyin.identity.ledger.reading import decisions_in_force, links_at, list_changes
from zhiyin.identity.ledger.records import PersonView, Survivor
from zhiyin.identity.ledger.sides import moves_of
from zhiyin.identity.tables import HOUSEHOLDS, PEOPLE, SURVIVORS

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse


def show(warehouse: Warehouse, text: str) -> PersonView:
    """Return the person of an id: all ids, links, history, changes, household, golden record.

    Raises
    ------
    NotFound, Conflict
        If the text names no id, or several; see `one_id`.
    """
    name = one_id(warehouse, text)
    person = people_of(warehouse, [name]).get(name, name)
    ids = ids_of(warehouse, [person])[person] or (name,)
    links = [link for link in links_at(warehouse, ids) if link.verdict != "blocked"]
    household_id, members = _household(warehouse, person)
    return PersonView(
        person_id=person,
        ids=ids,
        links=tuple(links),
        history=tuple(moves_of(warehouse, ids)),
        changes=list_changes(warehouse, ids=ids).changes,
        decisions=decisions_in_force(warehouse, _neighbours(ids, links)),
        household_id=household_id,
        household=members,
        fields=_golden(warehouse, person),
        survivors=_survivors(warehouse, person),
    )


def _neighbours(ids: tuple[str, ...], links: list[Any]) -> list[str]:
    return sorted({*ids, *(end for link in links for end in link.ends)})


def _household(warehouse: Warehouse, person: str) -> tuple[str | None, tuple[str, ...]]:
    table = warehouse.read(HOUSEHOLDS)
    mine = table.filter(table.person_id == person).select("household_id")
    found = table.semi_join(mine, "household_id").order_by("person_id")
    rows = warehouse.to_arrow(found).to_pylist()
    if not rows:
        return None, ()
    return rows[0]["household_id"], tuple(row["person_id"] for row in rows)


def _golden(warehouse: Warehouse, person: str) -> dict[str, Any]:
    table = warehouse.read(PEOPLE)
    rows = warehouse.to_arrow(table.filter(table.person_id == person)).to_pylist()
    return rows[0] if rows else {}


def _survivors(warehouse: Warehouse, person: str) -> tuple[Survivor, ...]:
    table = warehouse.read(SURVIVORS)
    mine = table.filter(table.person_id == person).order_by("field").drop("person_id")
    return tuple(Survivor(**row) for row in warehouse.to_arrow(mine).to_pylist())
