"""Profiles' front door: what we know of each person, and who is meant by a condition."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from zhiyin.identity.tables import PEOPLE, PERSON_OF
from zhiyin.profiles import tables as dm
from zhiyin.profiles.audiences import (
    AudienceDefinition,
    audience_members,
    audience_sizes,
    check_audience,
    count_audience,
    lists_of,
    load_audiences,
    trees_of,
)
from zhiyin.profiles.bucketing import bucket_of
from zhiyin.profiles.comparing import passes
from zhiyin.profiles.condition_fields import fields, vocabulary, warnings
from zhiyin.profiles.condition_parser import parse_condition
from zhiyin.profiles.condition_values import comparisons as read_comparisons
from zhiyin.profiles.condition_writing import to_dict
from zhiyin.profiles.conditions import (
    ALWAYS,
    Comparison,
    Condition,
    check_names,
    deeds,
    leaves,
)
from zhiyin.profiles.consents import consents
from zhiyin.profiles.customer_page import customer_profile
from zhiyin.profiles.customers import customers
from zhiyin.profiles.definitions import DEFAULTS, Definition, digest, read_definitions
from zhiyin.profiles.membership.api import listed_people
from zhiyin.profiles.membership.tables import AUDIENCE_MEMBERS
from zhiyin.profiles.personas.tables import PERSONA_OF
from zhiyin.profiles.portrait import DIMENSIONS, p_value, portrait, portrait_rows
from zhiyin.profiles.purchases import purchases
from zhiyin.profiles.rfm import rfm
from zhiyin.profiles.search import CustomerPage, CustomerSearch, search_customers
from zhiyin.profiles.selection import select
from zhiyin.profiles.similar import similar_customers
from zhiyin.profiles.sources import SOURCE_SPECS, Sources
from zhiyin.profiles.tagging.api import TagDefinition, load_tags, tag_builds, tags
from zhiyin.profiles.value.api import ValuePolicy, policy_digest, read_value_policy
from zhiyin.profiles.whole_timeline import TimelinePage, customer_timeline
from zhiyin.profiles.windows import lies_in
from zhiyin.warehouse import tables as dw
from zhiyin.warehouse.api import BuildContext, TableBuild, local_date, local_day, local_midnight

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = [
    "ALWAYS",
    "DEFAULTS",
    "DIMENSIONS",
    "SOURCE_SPECS",
    "AudienceDefinition",
    "Comparison",
    "Condition",
    "CustomerPage",
    "CustomerSearch",
    "Definition",
    "Sources",
    "TagDefinition",
    "TimelinePage",
    "audience_members",
    "audience_sizes",
    "bucket_of",
    "builds",
    "check_audience",
    "check_names",
    "consents",
    "count_audience",
    "customer_profile",
    "customer_timeline",
    "customers",
    "deeds",
    "fields",
    "late_builds",
    "leaves",
    "lies_in",
    "lists_of",
    "load_audiences",
    "load_tags",
    "local_date",
    "local_day",
    "local_midnight",
    "p_value",
    "parse_condition",
    "passes",
    "portrait",
    "portrait_rows",
    "purchases",
    "read_comparisons",
    "read_definitions",
    "rfm",
    "search_customers",
    "select",
    "similar_customers",
    "tags",
    "to_dict",
    "trees_of",
    "vocabulary",
    "warnings",
]

# Inputs of the wide table by the names that `customers` knows them by.
CUSTOMER_INPUTS = {
    "people": PEOPLE,
    "person_of": PERSON_OF,
    "sessions": dw.SESSIONS,
    "events": dw.EVENTS,
    "touches": dw.TOUCHES,
    "purchases": dm.PURCHASES,
    "rfm": dm.RFM,
    "consents": dm.CONSENTS,
    "personas": PERSONA_OF,
    "scores": dm.SCORES,
}


def builds(workspace: Path | None = None) -> list[TableBuild]:
    """Return the builds that models wait for: `dm.purchases`, `dm.rfm`, `dm.consents`.

    Tiers and stages are those of `workspace/policies/value.yaml`, else of the policy that ships.
    """
    purchase_inputs = (dw.ORDERS, dw.ORDER_LINES, dw.REFUNDS, dw.PRODUCTS, PERSON_OF)
    return [
        TableBuild(dm.PURCHASES, purchase_inputs, build_purchases, depends_on_time=True),
        TableBuild(
            dm.RFM,
            (dm.PURCHASES,),
            partial(build_rfm, policy=read_value_policy(workspace)),
            definition=policy_digest(workspace),
        ),
        TableBuild(
            dm.CONSENTS, (dw.CUSTOMERS, dw.EVENTS, PERSON_OF), build_consents, depends_on_time=True
        ),
    ]


def late_builds(workspace: Path) -> list[TableBuild]:
    """Return the builds that wait for scores: `dm.customers`, tags, `dm.audiences`.

    Raises `InvalidInput` for a definition in `workspace/tags` or `workspace/audiences` that is
    wrong.
    """
    tag_definitions = load_tags(workspace)
    audience_definitions = load_audiences(workspace, set(tag_definitions))
    return [
        TableBuild(
            dm.CUSTOMERS, tuple(CUSTOMER_INPUTS.values()), build_customers, depends_on_time=True
        ),
        *tag_builds(workspace, tag_definitions),
        TableBuild(
            dm.AUDIENCES,
            (*SOURCE_SPECS, AUDIENCE_MEMBERS),
            partial(build_audiences, definitions=audience_definitions),
            depends_on_time=True,
            definition=digest(workspace / "audiences"),
        ),
    ]


def build_purchases(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dm.purchases`."""
    return purchases(*inputs, as_of=context.as_of, timezone=context.timezone)


def build_rfm(history: ir.Table, *, context: BuildContext, policy: ValuePolicy) -> ir.Table:
    """Return `dm.rfm`; time is in the purchases already."""
    return rfm(history, shares=policy.tiers, rule=policy.stages)


def build_consents(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dm.consents`."""
    return consents(*inputs, as_of=context.as_of)


def build_customers(*inputs: ir.Table, context: BuildContext) -> ir.Table:
    """Return `dm.customers`."""
    return customers(dict(zip(CUSTOMER_INPUTS, inputs, strict=True)), as_of=context.as_of)


def build_audiences(
    *inputs: ir.Table, context: BuildContext, definitions: dict[str, AudienceDefinition]
) -> ir.Table:
    """Return `dm.audiences`."""
    *tables, members = inputs
    person_of = tables[SOURCE_SPECS.index(PERSON_OF)]
    sources = Sources(
        *tables,
        as_of=context.as_of,
        audiences=trees_of(definitions),
        listed=listed_people(lists_of(definitions), members, person_of),
    )
    return audience_sizes(definitions, sources)
