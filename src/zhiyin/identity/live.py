"""The live path: what new evidence makes of the clusters it touches, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from zhiyin.identity.components import linked_people
from zhiyin.identity.growth import PAIR, links_schema
from zhiyin.identity.links import TOLD, stamped
from zhiyin.identity.nobodies import nobodies
from zhiyin.identity.replacing import replacing
from zhiyin.identity.verdicts import EVIDENCE, Inputs, with_verdicts


@dataclass(frozen=True)
class Touched:
    """What has to be known of the clusters that new evidence touches.

    Attributes
    ----------
    links : rows of `dw.identity_links`: of the ids in the new evidence all links, and of the
        clusters of those links all links.
    inputs : policy, decisions and names as for `with_verdicts`; its `blocked` are the ids already
        in `dw.identity_blocked` among those of `links` and of the evidence.
    """

    links: pa.Table
    inputs: Inputs


@dataclass(frozen=True)
class Rework:
    """Rows of `dw.identity_links` and `dw.person_of`: of `rework` those that changed."""

    links: pa.Table
    people: pa.Table


def rework(touched: Touched, evidence: pa.Table, *, changed_at: datetime) -> Rework:
    """Return what new evidence changes, as the next build will find it.

    Pure: nothing is read or written, and equal arguments give equal rows.

    Parameters
    ----------
    touched : the clusters as they stand.
    evidence : rows of `dw.identity_edges` that are new; counts are what they add.
    changed_at : naive UTC.
    """
    before = touched.links.cast(links_schema())
    after = judged(touched, evidence, changed_at=changed_at)
    changed = replacing(before, after.links, PAIR).added
    kinds = touched.inputs.policy.kinds
    was = linked_people(before, kinds) if len(before) else after.people.slice(0, 0)
    return Rework(changed, replacing(was, after.people, ["visitor_id"]).added)


def judged(touched: Touched, evidence: pa.Table, *, changed_at: datetime) -> Rework:
    """Return all rows that there are then, those that stay as they are among them."""
    schema = pa.schema([links_schema().field(name) for name in TOLD])
    before = touched.links.cast(links_schema())
    rows = with_evidence(before.select(TOLD), evidence).cast(schema)
    inputs = touched.inputs
    nobody = set(pa.array(inputs.blocked).to_pylist()) | nobodies(rows, inputs.policy)
    known = Inputs(
        inputs.policy,
        pa.array(sorted(nobody), pa.string()),
        inputs.separate,
        inputs.cut,
        inputs.names_of,
    )
    links = stamped(with_verdicts(rows, known), changed_at).cast(links_schema())
    return Rework(links, linked_people(links, inputs.policy.kinds))


def with_evidence(links: pa.Table, evidence: pa.Table) -> pa.Table:
    """Return the links with new edges added up, each pair once."""
    rows = {(row["left_id"], row["right_id"]): row for row in links.to_pylist()}
    for edge in evidence.to_pylist():
        pair = (edge["left_id"], edge["right_id"])
        rows[pair] = _added(rows.get(pair), edge)
    return pa.Table.from_pylist(list(rows.values()), schema=links.schema)


def _added(row: dict | None, edge: dict) -> dict:
    old = row or dict.fromkeys(TOLD)
    words = _words(old["evidence"]) | {edge["evidence"]}
    return {
        "left_id": edge["left_id"],
        "right_id": edge["right_id"],
        "evidence": ",".join(kind for kind in EVIDENCE if kind in words),
        "sources": ",".join(sorted(_words(old["sources"]) | {edge["source_id"]})),
        "seen": (old["seen"] or 0) + edge["seen"],
        "first_seen": min(_known(old["first_seen"], edge["first_seen"]), default=None),
        "last_seen": max(_known(old["last_seen"], edge["last_seen"]), default=None),
        "load_id": max(old["load_id"] or 0, edge["load_id"]),
    }


def _words(text: str | None) -> set[str]:
    return set(text.split(",")) if text else set()


def _known(*instants: datetime | None) -> list[datetime]:
    return [instant for instant in instants if instant is not None]
