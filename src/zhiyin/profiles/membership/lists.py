"""Audiences that are lists: their members were written down once and are found again late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhiyin.identity.api import with_person

if TYPE_CHECKING:
    import ibis.expr.types as ir


def listed_people(
    lists: Mapping[str, str], members: ir.Table, person_of: ir.Table
) -> dict[str, ir.Table]:
    """Return the people of each list as they are known now.

    A person id is a visitor id, so people who were merged since are found under their new id.

    Parameters
    ----------
    lists : snapshot id by the audience's name.
    members : dm.audience_members.
    person_of : dw.person_of.

    Returns
    -------
    By audience, one column, person_id, each person once.
    """
    return {
        name: people_in(snapshot, members, person_of) for name, snapshot in sorted(lists.items())
    }


def people_in(snapshot: str, members: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return the people of one snapshot as they are known now."""
    kept = members.filter(members.snapshot_id == snapshot)
    owned = with_person(kept.select(visitor_id="person_id"), person_of)
    return owned.select("person_id").distinct()
