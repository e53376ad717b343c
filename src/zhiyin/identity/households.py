"""People who share a phone, an e-mail or a device without being one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa

from zhiyin.identity.coding import component_labels, firsts, kind_places
from zhiyin.identity.policy import KINDS
from zhiyin.identity.tables import HOUSEHOLDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

SHARED = {"phone": "phone", "email": "email", "anon": "device"}
REASONS = ("users_differ", "names_differ", "shared_device")
# Who shares by more than this is a dormitory or an office; a link too many joins two families.
MOST_MEMBERS = 12
KINDS_SHARED = tuple(SHARED)
# What `shared_by` says of each set of kinds; a set is a sum of powers of two.
WORDS = pa.array(
    ",".join(sorted(SHARED[kind] for place, kind in enumerate(KINDS_SHARED) if chosen >> place & 1))
    for chosen in range(1 << len(KINDS_SHARED))
)


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
    disputed = refused.filter(known[0] | known[1] | known[2]).select(shared_id="left_id")
    sharing = ties.semi_join(disputed, [("left_id", "shared_id")])
    people = sharing.join(person_of, [("right_id", "visitor_id")])
    return ibis.memtable(
        household_rows(people.select("person_id", shared_id="left_id").to_pyarrow())
    )


def household_rows(pairs: pa.Table) -> pa.Table:
    """Return `dw.households` for people and the ids they are tied to, whether or not repeated."""
    people, person = encoded(pairs["person_id"])
    values, value = encoded(pairs["shared_id"])
    person, value = np.divmod(np.unique(person * max(len(values), 1) + value), max(len(values), 1))
    several = np.bincount(value, minlength=len(values))[value] > 1
    person, value = person[several], value[several]
    # People come first, so the least node of a component is one of them.
    ends = person.astype(np.int32), (value + len(people)).astype(np.int32)
    label = component_labels(*ends, len(people) + len(values))[: len(people)]
    shares = np.zeros(len(people), bool)
    shares[person] = True
    members = np.bincount(label[shares], minlength=len(people))
    kinds = np.zeros(len(people), np.int64)
    np.bitwise_or.at(kinds, label[person], 1 << kind_places(values, KINDS_SHARED)[value])
    first = firsts(people, kind_places(people, KINDS), label)
    kept = np.flatnonzero(shares & (members[label] <= MOST_MEMBERS))
    columns = [
        people.take(pa.array(kept)),
        people.take(pa.array(first[kept])),
        pa.array(members[label[kept]], pa.int64()),
        WORDS.take(pa.array(kinds[label[kept]])),
    ]
    return pa.table(columns, names=list(HOUSEHOLDS.columns))


def encoded(texts: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Return the different texts, and the place of each among them."""
    whole = pa.concat_arrays([pa.array([], pa.string()), *texts.chunks]).dictionary_encode()
    return whole.dictionary, whole.indices.to_numpy(zero_copy_only=False).astype(np.int64)
