"""The builds of tags: preferences, tags, and how each tag stands at each run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.profiles import tables as dm
from zhiyin.profiles.definitions import digest
from zhiyin.profiles.selection import SOURCE_SPECS, Sources
from zhiyin.profiles.tagging.definitions import TagDefinition
from zhiyin.profiles.tagging.facts import BESIDE
from zhiyin.profiles.tagging.holders import FactTables, fact_tables, tags
from zhiyin.profiles.tagging.preferences import preferences
from zhiyin.profiles.tagging.standing import tag_statistics, tag_values
from zhiyin.profiles.tagging.tables import (
    TAG_ENTRIES,
    TAG_PREFERENCES,
    TAG_STATISTICS,
    TAG_VALUES,
)
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.tables import TableSpec

# Tags are read by audiences and written here, hence not among what tags are computed from.
CONDITION_INPUTS = tuple(spec for spec in SOURCE_SPECS if spec is not dm.TAGS)
PREFERENCE_INPUTS = (
    *CONDITION_INPUTS,
    *(spec for spec in BESIDE if spec not in CONDITION_INPUTS),
)
TAG_INPUTS = (*PREFERENCE_INPUTS, TAG_ENTRIES, TAG_PREFERENCES)
STANDING_INPUTS = (
    dm.TAGS, dm.CUSTOMERS, TAG_VALUES, dw.EVENTS, dw.ORDERS, dw.REFUNDS, dw.SESSIONS,
    dm.FEEDBACK,
)  # fmt: skip

Definitions = Mapping[str, TagDefinition]


def tag_builds(workspace: Path, definitions: Definitions) -> list[TableBuild]:
    """Return the builds of `dm.tag_preferences`, `dm.tags` and of how each tag stands."""
    told = digest(workspace / "tags")

    def made(spec: TableSpec, inputs: tuple[TableSpec, ...], build) -> TableBuild:
        build = partial(build, definitions=definitions)
        return TableBuild(spec, inputs, build, depends_on_time=True, definition=told)

    return [
        made(TAG_PREFERENCES, PREFERENCE_INPUTS, build_preferences),
        made(dm.TAGS, TAG_INPUTS, build_tags),
        TableBuild(
            TAG_VALUES, (dm.TAGS,), partial(build_values, definitions=definitions), is_ledger=True
        ),
        TableBuild(
            TAG_STATISTICS,
            STANDING_INPUTS,
            partial(build_statistics, definitions=definitions),
            is_ledger=True,
        ),
    ]


def sources_of(by_name: Mapping[str, ir.Table], context: BuildContext) -> Sources:
    """Return what conditions read, without tags."""
    no_tags = empty_tags(by_name[dm.CUSTOMERS.name])
    tables = (by_name.get(spec.name, no_tags) for spec in SOURCE_SPECS)
    return Sources(*tables, as_of=context.as_of)


def empty_tags(people: ir.Table) -> ir.Table:
    """Return `dm.tags` before any tag is known."""
    import ibis

    nobody = people.filter(ibis.literal(False))
    lacking = {
        name: ibis.null(column.type.removeprefix("!"))
        for name, column in dm.TAGS.columns.items()
        if name != "person_id"
    }
    return nobody.select("person_id", **lacking)


def build_preferences(
    *inputs: ir.Table, context: BuildContext, definitions: Definitions
) -> ir.Table:
    """Return `dm.tag_preferences`."""
    by_name = dict(zip((spec.name for spec in PREFERENCE_INPUTS), inputs, strict=True))
    sources = sources_of(by_name, context)
    tables = fact_tables(sources, FactTables(by_name))
    return preferences(
        definitions, sources.customers, tables, as_of=context.as_of, timezone=context.timezone
    )


def build_tags(*inputs: ir.Table, context: BuildContext, definitions: Definitions) -> ir.Table:
    """Return `dm.tags`."""
    by_name = dict(zip((spec.name for spec in TAG_INPUTS), inputs, strict=True))
    beside = FactTables(
        by_name,
        entries=by_name[TAG_ENTRIES.name],
        preferences=by_name[TAG_PREFERENCES.name],
        timezone=context.timezone,
    )
    return tags(definitions, sources_of(by_name, context), beside)


def build_values(
    already: ir.Table, held: ir.Table, *, context: BuildContext, definitions: Definitions
) -> ir.Table:
    """Return the rows of this run for `dm.tag_values`."""
    return tag_values(held, definitions, run_id=context.run_id)


def build_statistics(
    already: ir.Table, *inputs: ir.Table, context: BuildContext, definitions: Definitions
) -> ir.Table:
    """Return the rows of this run for `dm.tag_statistics`."""
    by_name = dict(zip((spec.name for spec in STANDING_INPUTS), inputs, strict=True))
    return tag_statistics(already, by_name, definitions, context=context)
