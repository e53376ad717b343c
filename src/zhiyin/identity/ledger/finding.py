"""Ids as people type them: with their kind or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from zhiyin.core.errors import Conflict, InvalidInput, NotFound
from zhiyin.identity.tables import BLOCKED, LINKS, PERSON_OF

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

# Kinds of typed ids, in the order in which a bare value is tried.
KINDS = ("user", "unionid", "openid", "card", "phone", "email", "anon")
LONGEST = 10_000


def one_id(warehouse: Warehouse, text: str) -> str:
    """Return the typed id that a text means: itself, or the only one with that value.

    Raises
    ------
    NotFound
        If no id of the warehouse has that value.
    Conflict
        If several kinds of id have it; the message names them.
    """
    found = ids_named(warehouse, text)
    if len(found) == 0:
        raise NotFound(
            f"No id is {text.strip()[:80]!r}; give a customer number, e-mail, phone or device as "
            "it stands in the data, with its kind in front if need be, such as email:a@b.c."
        )
    if len(found) > 1:
        raise Conflict(f"{text.strip()!r} may be {', '.join(found)}; say which.")
    return found[0]


def ids_named(warehouse: Warehouse, text: str) -> tuple[str, ...]:
    """Return the ids that a text may mean, in the order of kinds."""
    named = spellings(text)
    known = [*people_of(warehouse, named), *_without_person(warehouse, named)]
    return tuple(name for name in named if name in known)


def spellings(text: str) -> list[str]:
    """Return every typed id that a text may stand for."""
    value = text.strip()
    if not value or len(value) > LONGEST:
        raise InvalidInput("An id cannot be empty or longer than 10,000 characters; give another.")
    kind, colon, rest = value.partition(":")
    if colon and kind.lower() in KINDS and rest:
        return _forms(kind.lower(), rest.strip()) or [typed(kind.lower(), rest.strip())]
    return list(dict.fromkeys(name for kind in KINDS for name in _forms(kind, value)))


def typed(kind: str, value: str) -> str:
    """Return the typed id: an e-mail in lower case, a card in upper case, as ids are cleaned."""
    forms = {"email": value.lower(), "card": value.upper()}
    return f"{kind}:{forms.get(kind, value)}"


def _forms(kind: str, value: str) -> list[str]:
    if kind == "email":
        return [typed(kind, value)] if "@" in value else []
    if kind != "phone":
        return [typed(kind, value)]
    digits = "".join(letter for letter in value if letter.isdigit())
    return [f"phone:{digits}", f"phone:+{digits}", f"phone:+86{digits}"] if digits else []


def people_of(warehouse: Warehouse, ids: Sequence[str]) -> Mapping[str, str]:
    """Return the person of each of the ids that have one."""
    table = warehouse.read(PERSON_OF)
    mine = table.filter(table.visitor_id.isin(list(ids))).select("visitor_id", "person_id")
    rows = warehouse.to_arrow(mine).to_pylist()
    return {row["visitor_id"]: row["person_id"] for row in rows}


def ids_of(warehouse: Warehouse, person_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of each person, in text order."""
    table = warehouse.read(PERSON_OF)
    mine = table.filter(table.person_id.isin(list(person_ids))).select("visitor_id", "person_id")
    found: dict[str, list[str]] = {person: [] for person in person_ids}
    for row in warehouse.to_arrow(mine).to_pylist():
        found[row["person_id"]].append(row["visitor_id"])
    return {person: tuple(sorted(ids)) for person, ids in found.items()}


def _without_person(warehouse: Warehouse, ids: Sequence[str]) -> set[str]:
    """Return those of the ids that are blocked, or that only refused links name."""
    blocked, links = warehouse.read(BLOCKED), warehouse.read(LINKS)
    known = [
        blocked.filter(blocked.blocked_id.isin(list(ids))).select(name="blocked_id"),
        links.filter(links.left_id.isin(list(ids))).select(name="left_id").distinct(),
        links.filter(links.right_id.isin(list(ids))).select(name="right_id").distinct(),
    ]
    return {row["name"] for table in known for row in warehouse.to_arrow(table).to_pylist()}
