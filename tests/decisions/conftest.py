"""Small warehouses for decisions: people in memory, on DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import ibis
import pytest

from zhiyin.decisions.tables import DECISIONS
from zhiyin.ports.tables import TableSpec
from zhiyin.profiles.api import SOURCE_SPECS, Sources, parse_condition
from zhiyin.profiles.tables import CONSENTS, CUSTOMERS
from zhiyin.testing.rows import rows_of

AS_OF = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - naive UTC, as the warehouse has it


def a_customer(person_id: str, **known: Any) -> dict[str, Any]:
    """A person of `dm.customers`."""
    return {"person_id": person_id, "stage": "active", **known}


def as_table(spec: TableSpec, rows: Sequence[dict[str, Any]]) -> ibis.Table:
    """Rows as a table with the schema that a spec promises."""
    return ibis.memtable(rows_of(spec, *rows), schema=spec.schema())


@pytest.fixture
def sources() -> Callable[..., Sources]:
    def made(customers: Sequence[dict[str, Any]], **audiences: Any) -> Sources:
        tables = [as_table(spec, customers if spec is CUSTOMERS else []) for spec in SOURCE_SPECS]
        trees = {name: parse_condition(tree) for name, tree in audiences.items()}
        return Sources(*tables, as_of=AS_OF, audiences=trees)

    return made


@pytest.fixture
def consents() -> Callable[..., ibis.Table]:
    def made(**by_person: bool) -> ibis.Table:
        rows = [
            {"person_id": f"user:{name}", "channel": "email", "is_granted": yes, "basis": "record"}
            for name, yes in by_person.items()
        ]
        return as_table(CONSENTS, rows)

    return made


@pytest.fixture
def decisions() -> Callable[[Sequence[dict[str, Any]]], ibis.Table]:
    return lambda rows: as_table(DECISIONS, rows)
