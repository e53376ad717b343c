"""What questions about behavior are answered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.errors import not_allowed
from zhiyin.insights.behavior.vocabulary import Breakdown
from zhiyin.profiles.api import Sources, parse_condition, select

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Scope:
    """The activity, what is known of people, and the zone whose days count.

    `numbers` holds `dm.event_names`: names are compared as numbers where it is given, which is
    several times faster. `sources.as_of` is the instant from which one looks: what happened then
    or later is not seen. `is_embedded` says whether rows are handed over within this process, where
    arrays of them are walked through; questions go to rows that are elsewhere.
    """

    activity: ir.Table
    sources: Sources
    timezone: str = "UTC"
    numbers: Mapping[str, int] | None = None
    is_embedded: bool = True

    @property
    def as_of(self) -> datetime:
        return self.sources.as_of

    def values(self, breakdown: Breakdown) -> ir.Table:
        """Return person_id and `value` (text) for a breakdown by what is known of people.

        People without a value are absent.
        """
        if breakdown.kind == "audience":
            named = parse_condition({"audience": breakdown.name})
            members = select(named, self.sources)
            return members.select("person_id", value=ibis.literal("yes"))
        if breakdown.kind == "tag":
            tags = self.sources.tags
            having = tags.filter(tags.tag == breakdown.name)
            return having.group_by("person_id").agg(
                value=ibis.coalesce(having.value, ibis.literal("yes")).min()
            )
        customers = self.sources.customers
        if breakdown.name not in customers.columns:
            raise not_allowed("A breakdown by person", breakdown.name, customers.columns)
        value = customers[breakdown.name].cast("string")
        return customers.select("person_id", value=value).filter(value.notnull())
