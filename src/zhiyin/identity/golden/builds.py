"""The builds of the golden record."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.identity.golden.people import people, people_survivors
from zhiyin.identity.golden.rules import Rules, load_rules
from zhiyin.identity.tables import PEOPLE, PERSON_OF, SURVIVORS
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir


def golden_builds(workspace: Path | None = None) -> list[TableBuild]:
    """Return the builds of `dw.people` and `dw.people_survivors`.

    Raises `InvalidInput` for rules in `workspace/policies/identity.yaml` that are wrong.
    """
    rules = load_rules(workspace)
    inputs = (dw.CUSTOMERS, PERSON_OF)
    return [
        TableBuild(PEOPLE, inputs, partial(build_people, rules=rules), definition=rules.digest),
        TableBuild(
            SURVIVORS, inputs, partial(build_survivors, rules=rules), definition=rules.digest
        ),
    ]


def build_people(
    records: ir.Table, person_of: ir.Table, *, context: BuildContext, rules: Rules
) -> ir.Table:
    """Return `dw.people`; `context` plays no part."""
    return people(records, person_of, rules=rules)


def build_survivors(
    records: ir.Table, person_of: ir.Table, *, context: BuildContext, rules: Rules
) -> ir.Table:
    """Return `dw.people_survivors`; `context` plays no part."""
    return people_survivors(records, person_of, rules=rules)
