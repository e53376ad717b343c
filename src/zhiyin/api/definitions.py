"""The workspace's definition files as the API needs them: what exists, and the sources to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zhiyin.api.context import ApiContext
from zhiyin.core.errors import unknown
from zhiyin.identity.tables import PERSON_OF
from zhiyin.profiles import api as profiles
from zhiyin.profiles.membership.api import listed_people
from zhiyin.profiles.membership.tables import AUDIENCE_MEMBERS

if TYPE_CHECKING:
    import ibis.expr.types as ir

Audiences = Mapping[str, profiles.AudienceDefinition]


def audiences_of(context: ApiContext) -> Audiences:
    """Return the workspace's audiences by name."""
    return profiles.load_audiences(context.definitions, set(tags_of(context)))


def tags_of(context: ApiContext) -> Mapping[str, profiles.TagDefinition]:
    """Return the workspace's tags by name."""
    return profiles.load_tags(context.definitions)


def audience_named(audiences: Audiences, name: str) -> profiles.AudienceDefinition:
    """Return one audience; `NotFound` names those there are."""
    if name not in audiences:
        raise unknown("audience", name, audiences, then=f"Define it in audiences/{name}.yaml.")
    return audiences[name]


def sources_of(context: ApiContext, audiences: Audiences) -> profiles.Sources:
    """Return what conditions are read from, as of the newest run."""
    warehouse = context.warehouse
    return profiles.Sources.read(
        warehouse,
        context.as_of(),
        audiences=profiles.trees_of(audiences),
        listed=listed_people(
            profiles.lists_of(audiences),
            warehouse.read(AUDIENCE_MEMBERS),
            warehouse.read(PERSON_OF),
        ),
    )


def members_of(context: ApiContext, name: str) -> ir.Table:
    """Return the person ids in an audience."""
    audiences = audiences_of(context)
    tree = audience_named(audiences, name).where
    return profiles.select(tree, sources_of(context, audiences))
