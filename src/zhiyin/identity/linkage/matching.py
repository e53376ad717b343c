"""Customer records compared with each other: `dw.identity_matches`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from zhiyin.core.errors import InvalidInput
from zhiyin.core.ids import joined_digest
from zhiyin.identity.linkage.cleaning import comparable, name_parts, share_of_chinese
from zhiyin.identity.linkage.plans import default_plan
from zhiyin.identity.linkage.policy import FIELDS, LinkagePolicy
from zhiyin.identity.tables import MATCHES
from zhiyin.ports.linkage import LinkagePlan, LinkageResult, Linker

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir

    from zhiyin.warehouse.api import BuildContext

ACCEPTED, REVIEW, REJECTED = "accepted", "review", "rejected"
# A field that fewer records know tells too little to learn from.
LEAST_KNOWN = 0.01
# Pairs below are not worth a row.
KEEP_AT_LEAST = 0.05


@dataclass(frozen=True)
class Prepared:
    """Records in one spelling, and the plan that fits them."""

    records: pa.Table
    plan: LinkagePlan


def build_matches(
    customers: ir.Table,
    *,
    linker: Callable[[], Linker],
    policy: LinkagePolicy,
    context: BuildContext,
    told: Callable[[LinkageResult], None] | None = None,
) -> ir.Table:
    """Return `dw.identity_matches`: pairs of records that look like one person.

    All records take part, whether or not other evidence joins them already: a match that were left
    out once it has joined two people would part them at the next run.

    Parameters
    ----------
    customers : dw.customers.
    linker : makes the linker; it is loaded only when there is something to link.
    told : is given the result, for those who want to know how it came about.
    """
    prepared = prepare(records_of(customers), policy)
    if prepared is None:
        return ibis.memtable(MATCHES.schema().to_pyarrow().empty_table())
    result = linker().link(prepared.records, prepared.plan)
    if told:
        told(result)
    return ibis.memtable(match_rows(result, policy, at=context.as_of))


def matched_from(customers: ir.Table, *, context: BuildContext, **_: object) -> ir.Table:
    """Return an expression that shows which columns matches are made from."""
    empty = customers.filter(ibis.literal(False))
    compared = ibis.literal("")
    for name in FIELDS:
        compared += empty[name].cast("string").fill_null("")
    return empty.select(
        left_id=empty.visitor_id,
        right_id=empty.visitor_id,
        probability=compared.length().cast("float64"),
        match_weight=compared.length().cast("float64"),
        model_id=compared,
        verdict=compared,
        comparison=compared,
        matched_at=ibis.literal(context.as_of).cast("timestamp(6)"),
    )


def records_of(customers: ir.Table) -> pa.Table:
    """Return the fields of customer records that are compared, as text.

    This fetches rows: a linker learns from all of them at once, outside the engine.
    """
    fields = {name: customers[name].cast("string") for name in FIELDS}
    rows = customers.select(record_id=customers.visitor_id, **fields).to_pyarrow()
    return rows.append_column("source_id", pa.repeat("customers", len(rows)))


def prepare(records: pa.Table, policy: LinkagePolicy) -> Prepared | None:
    """Return the records as they are compared; None if there are none to compare.

    Raises
    ------
    InvalidInput
        If the policy names fields, and they do not suffice.
    """
    kinds = dict(policy.compare) or filled_in(records)
    if kinds.get("name") == "name":
        records, kinds = _with_parts(records, kinds)
    if not policy.compare and not _suffice(kinds):
        return None
    plan = default_plan(kinds, block_on=policy.block_on, train_on=policy.train_on)
    return Prepared(comparable(records, kinds), plan)


def filled_in(records: pa.Table) -> dict[str, str]:
    """Return the fields that enough records know, with their kinds."""
    least = max(2, LEAST_KNOWN * len(records))
    known = {
        name: kind
        for name, kind in FIELDS.items()
        if len(records) - records[name].null_count >= least
    }
    if "name" in known and share_of_chinese(records["name"]) < 0.5:
        known["name"] = "name"
    return known


def match_rows(result: LinkageResult, policy: LinkagePolicy, *, at: datetime) -> pa.Table:
    """Return rows of `dw.identity_matches`.

    A pair from `review_at_least` on waits for a person, unless the policy is automatic and the pair
    probable enough to be accepted; below, it is rejected.
    """
    pairs = result.pairs.filter(pc.greater_equal(result.pairs["probability"], KEEP_AT_LEAST))
    probability = pairs["probability"]
    accept = policy.accept_at_least if policy.automatic else 2.0
    verdict = pc.if_else(
        pc.greater_equal(probability, accept),
        ACCEPTED,
        pc.if_else(pc.greater_equal(probability, policy.review_at_least), REVIEW, REJECTED),
    )
    columns = {
        **{name: pairs[name] for name in ("left_id", "right_id", "probability", "match_weight")},
        "model_id": pa.repeat(model_id(result.model), len(pairs)),
        "verdict": verdict,
        "comparison": pairs["comparison"],
        "matched_at": pa.repeat(pa.scalar(at, pa.timestamp("us")), len(pairs)),
    }
    return pa.table(columns).cast(MATCHES.schema().to_pyarrow())


def model_id(model: Mapping[str, Any]) -> str:
    """Return a number for a model: equal for equal parameters."""
    return f"l-{joined_digest([msgspec.json.encode(model, order='sorted').decode()], 12)}"


def _with_parts(records: pa.Table, kinds: Mapping[str, str]) -> tuple[pa.Table, dict[str, str]]:
    """Return the records with given name and surname in place of the full name."""
    for column, values in name_parts(records["name"]).items():
        records = records.append_column(column, values)
    others = {name: kind for name, kind in kinds.items() if name != "name"}
    return records.drop_columns(["name"]), {"given_name": "name", "surname": "name", **others}


def _suffice(kinds: Mapping[str, str]) -> bool:
    try:
        default_plan(kinds)
    except InvalidInput:
        return False
    return True
