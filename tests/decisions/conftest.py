"""Small warehouses for decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ibis
import pytest
from tests.decisions.people_in_memory import AS_OF, as_table

from zhiyin.decisions.tables import DECISIONS
from zhiyin.profiles.api import SOURCE_SPECS, Sources, parse_condition
from zhiyin.profiles.tables import CONSENTS, CUSTOMERS


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
