"""People who share a phone, an e-mail or a device without being one person."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.identity.coding import component_labels, firsts, kind_places
from zhiyin.identity.growth import BEGINNING, PAIR, PEOPLES, WITHDRAWN, clusters_of, greatest
from zhiyin.identity.policy import KINDS
from zhiyin.identity.replacing import having, replacing
from zhiyin.identity.tables import HOUSEHOLDS
from zhiyin.warehouse.api import Exchange

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


def households(links: ir.Table, person_of: ir.Table, *, changed_at: datetime) -> ir.Table:
    """Return the people of every household.

    Two customers share an id when both are tied to it and the policy refused to make them one
    person; ids that are blocked tie nobody. A household is what sharing connects, of two to twelve
    people.

    Parameters
    ----------
    links : dw.identity_links.
    person_of : dw.person_of.
    changed_at : when these links were last changed.

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
    pairs = people.select("person_id", shared_id="left_id").to_pyarrow()
    return ibis.memtable(household_rows(pairs, changed_at))


def new_households(already: ir.Table, links: ir.Table, person_of: ir.Table) -> Exchange:
    """Return the rows of `dw.households` that changed links change.

    Who shares an id has links to it, so a household lies within one cluster.

    Parameters
    ----------
    already : dw.households as published; the others as for `households`.
    """
    since, (newest,) = greatest(already, "changed_at")[0], greatest(links, "changed_at")
    if since is None or newest is None:
        everything = households(links, person_of, changed_at=newest or BEGINNING).to_pyarrow()
        return Exchange(already.to_pyarrow(), everything)
    changed = links.filter(links.changed_at > since).select(PEOPLES).to_pyarrow()
    told, ids = clusters_of(changed, links)
    ties = shared_ties(told)
    asked = ibis.memtable(pa.table({"visitor_id": pc.unique(ties["right_id"])}))
    owners = person_of.semi_join(asked, "visitor_id").select("visitor_id", "person_id")
    pairs = ties.join(owners.to_pyarrow(), "right_id", "visitor_id", join_type="inner")
    pairs = pairs.select(["person_id", "left_id"]).rename_columns(["person_id", "shared_id"])
    # A person is named by one of its ids, so these are all who lived in these clusters.
    wanted = ibis.memtable(pa.table({"person_id": ids}))
    before = already.semi_join(wanted, "person_id").to_pyarrow()
    rows = household_rows(pairs, newest)
    found = replacing(before, rows, ["person_id"])
    gone = before.filter(pa.array(~having(before, rows.select(["person_id"]))))
    return Exchange(pa.concat_tables([found.removed, gone]), found.added)


def shared_ties(links: pa.Table) -> pa.Table:
    """Return those of the links that tie users to ids which others have too."""
    is_tie = pc.and_(
        pc.and_(
            pc.not_equal(links["verdict"], "blocked"), pc.not_equal(links["evidence"], WITHDRAWN)
        ),
        pc.starts_with(links["right_id"], "user:"),
    )
    ties = links.filter(is_tie).select([*PAIR, "reason"])
    disputed = ties.filter(pc.is_in(ties["reason"], pa.array(REASONS)))["left_id"]
    is_kind = [pc.starts_with(disputed, f"{kind}:") for kind in SHARED]
    disputed = disputed.filter(reduce(pc.or_, is_kind))
    return ties.filter(pc.is_in(ties["left_id"], disputed)).select(PAIR)


def household_rows(pairs: pa.Table, changed_at: datetime = BEGINNING) -> pa.Table:
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
        pa.repeat(pa.scalar(changed_at, pa.timestamp("us")), len(kept)),
    ]
    return pa.table(columns, names=list(HOUSEHOLDS.columns))


def encoded(texts: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Return the different texts, and the place of each among them."""
    whole = pa.concat_arrays([pa.array([], pa.string()), *texts.chunks]).dictionary_encode()
    return whole.dictionary, whole.indices.to_numpy(zero_copy_only=False).astype(np.int64)
