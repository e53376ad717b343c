"""The builds of the golden record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.core.ids import joined_digest
from zhiyin.identity.golden.people import people, people_survivors
from zhiyin.identity.golden.rules import Rules, load_rules
from zhiyin.identity.golden.sources import with_records_of
from zhiyin.identity.tables import PEOPLE, PERSON_OF, SURVIVORS
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild
from zhiyin.warehouse.api import builds as warehouse_builds
from zhiyin.warehouse.cleaning.api import read_rules

if TYPE_CHECKING:
    import ibis.expr.types as ir


def golden_builds(workspace: Path | None = None) -> list[TableBuild]:
    """Return the builds of `dw.people` and `dw.people_survivors`.

    Raises `InvalidInput` for rules in `workspace/policies/identity.yaml` that are wrong.
    """
    rules = load_rules(workspace)
    # Records are one per customer number; only a rule that names sources asks who brought them.
    source = _customers_build(workspace) if rules.name_sources else None
    inputs = (dw.CUSTOMERS, PERSON_OF, *(source.inputs if source else ()))
    definition = joined_digest([rules.digest, source.definition if source else ""])
    return [
        TableBuild(
            spec,
            inputs,
            partial(build_golden, function=function, rules=rules, source=source),
            definition=definition,
        )
        for spec, function in ((PEOPLE, people), (SURVIVORS, people_survivors))
    ]


def _customers_build(workspace: Path | None) -> TableBuild:
    """Return the build of `dw.customers` by the workspace's cleaning rules."""
    book = read_rules(workspace / "cleaning") if workspace else None
    return next(build for build in warehouse_builds(book) if build.spec is dw.CUSTOMERS)


def build_golden(
    records: ir.Table,
    person_of: ir.Table,
    *received: ir.Table,
    context: BuildContext,
    function: Callable[..., ir.Table],
    rules: Rules,
    source: TableBuild | None,
) -> ir.Table:
    """Return what `function` makes of the records, those of named sources included."""
    if source is not None:
        of_source = partial(source.build, context=context)
        records = with_records_of(rules.sources, records, received, of_source)
    return function(records, person_of, rules=rules)
