"""People who share a phone, an e-mail or a device without being one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.components import component_rows
from zhiyin.identity.policy import KINDS
from zhiyin.identity.tables import HOUSEHOLDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

SHARED = {"phone": "phone", "email": "email", "anon": "device"}
REASONS = ("users_differ", "names_differ", "shared_device")
# Who shares by more than this is a dormitory or an office; a link too many joins two families.
MOST_MEMBERS = 12


def households(links: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return the people of every household.

    Two customers share an id when both are tied to it and the policy refused to make them one
    person; ids that are blocked tie nobody. A household is what sharing connects, of two to twelve
    people.

    Parameters
    ----------
    links : dw.identity_links.
    person_of : dw.person_of.

    Returns
    -------
    `dw.households`.
    """
    ties = links.filter(
        links.verdict != "blocked",
        links.evidence != "withdrawn",
        links.right_id.startswith("user:"),
    )
    refused = ties.filter(ties.verdict == "refused", ties.reason.isin(REASONS))
    known = [refused.left_id.startswith(f"{kind}:") for kind in SHARED]
    disputed = refused.filter(known[0] | known[1] | known[2]).select(shared_id="left_id").distinct()
    sharing = ties.semi_join(disputed, [("left_id", "shared_id")])
    people = sharing.join(person_of, [("right_id", "visitor_id")])
    pairs = people.select("person_id", shared_id="left_id").distinct()
    return ibis.memtable(household_rows(pairs.to_pyarrow()))


def household_rows(pairs: pa.Table) -> pa.Table:
    """Return `dw.households` for people and the ids they are tied to, each pair once."""
    counts = pairs.group_by("shared_id").aggregate([("person_id", "count")])
    several = counts.filter(pc.greater(counts["person_id_count"], 1))["shared_id"]
    shared = pairs.filter(pc.is_in(pairs["shared_id"], several))
    found = component_rows(shared["person_id"], shared["shared_id"], KINDS)
    names = dict(zip(found["visitor_id"].to_pylist(), found["person_id"].to_pylist(), strict=True))
    people: dict[str, set[str]] = {}
    kinds: dict[str, set[str]] = {}
    for person, value in zip(*(column.to_pylist() for column in shared.columns), strict=True):
        people.setdefault(names[person], set()).add(person)
        kinds.setdefault(names[person], set()).add(SHARED[value.split(":", 1)[0]])
    rows = [
        {
            "person_id": person,
            "household_id": household,
            "members": len(members),
            "shared_by": ",".join(sorted(kinds[household])),
        }
        for household, members in people.items()
        if len(members) <= MOST_MEMBERS
        for person in members
    ]
    return pa.Table.from_pylist(rows, schema=HOUSEHOLDS.schema().to_pyarrow())
