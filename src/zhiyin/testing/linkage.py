"""A linker in memory that keeps the port's promises, for tests of what uses one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pyarrow as pa

from zhiyin.core.errors import InvalidInput
from zhiyin.ports.linkage import (
    Comparison,
    LinkagePlan,
    LinkageResult,
    columns_of,
    refuse_unusable,
)

PAIRS = pa.schema(
    [
        ("left_id", pa.string()),
        ("right_id", pa.string()),
        ("probability", pa.float64()),
        ("match_weight", pa.float64()),
        ("comparison", pa.string()),
    ]
)
EQUAL, DIFFERENT, PRIOR = 6.0, -4.0, -4.0


class MemoryLinker:
    """Fields are equal or different; every equal one speaks for a match with the same weight."""

    def link(self, records: pa.Table, plan: LinkagePlan) -> LinkageResult:
        return self._scored(records, plan, {"compared": _compared(plan)})

    def score(
        self, records: pa.Table, plan: LinkagePlan, model: Mapping[str, Any]
    ) -> LinkageResult:
        if model.get("compared") != _compared(plan):
            raise InvalidInput("The model compares other columns; train one for this plan.")
        return self._scored(records, plan, model)

    def missing(self, plan: LinkagePlan, columns: Sequence[str]) -> list[str]:
        return [name for name in columns_of(plan) if name not in columns]

    def _scored(
        self, records: pa.Table, plan: LinkagePlan, model: Mapping[str, Any]
    ) -> LinkageResult:
        refuse_unusable(plan, records.column_names)
        rows = sorted(_checked(records.to_pylist()), key=lambda row: row["record_id"])
        pairs = [
            _pair(left, right, plan)
            for left, right in combinations(rows, 2)
            if _is_looked_at(left, right, plan)
        ]
        kept = [pair for pair in pairs if pair["probability"] >= plan.keep_at_least]
        report = {"records": len(rows), "pairs": len(pairs)}
        return LinkageResult(pa.Table.from_pylist(kept, schema=PAIRS), model, report)


def _compared(plan: LinkagePlan) -> list[str]:
    return [comparison.column for comparison in plan.comparisons]


def _checked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = [row["record_id"] for row in rows]
    if None in ids or len(set(ids)) < len(ids):
        raise InvalidInput("Two records have the same record_id, or none; give each its own.")
    return rows


def _is_looked_at(left: Mapping[str, Any], right: Mapping[str, Any], plan: LinkagePlan) -> bool:
    if plan.between_sources and left["source_id"] == right["source_id"]:
        return False
    return any(
        all(left[name] is not None and left[name] == right[name] for name in rule)
        for rule in plan.blocking
    )


def _pair(left: Mapping[str, Any], right: Mapping[str, Any], plan: LinkagePlan) -> dict[str, Any]:
    fields = {one.column: _field(left, right, one) for one in plan.comparisons}
    weight = PRIOR + sum(field["weight"] for field in fields.values())
    return {
        "left_id": left["record_id"],
        "right_id": right["record_id"],
        "probability": 1 / (1 + math.exp2(-weight)),
        "match_weight": weight,
        "comparison": json.dumps(fields),
    }


def _field(left: Mapping[str, Any], right: Mapping[str, Any], one: Comparison) -> dict[str, Any]:
    values = left[one.column], right[one.column]
    if None in values:
        return {"level": "unknown", "weight": 0.0}
    is_equal = values[0] == values[1]
    return {
        "level": "equal" if is_equal else "different",
        "weight": EQUAL if is_equal else DIFFERENT,
    }
