"""Preference tags: what a person's facts speak for, recent facts louder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.profiles.tagging.definitions import Evidence, Preference, Statistic, TagDefinition
from zhiyin.profiles.tagging.facts import FACTS, rows_of_people
from zhiyin.profiles.tagging.tables import TAG_PREFERENCES
from zhiyin.profiles.tagging.values import written

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAY_MS = 86_400_000
# Sums of floats differ in their last digits from engine to engine and from one order of rows to
# another; ranks must not, and a run over the same facts leaves the same table.
RANKED_DIGITS = 9


def preference_of(definition: TagDefinition) -> Preference | None:
    """Return the preference behind a tag: its own, or that of a most frequent value."""
    source = definition.source
    if isinstance(source, Preference):
        return source
    if isinstance(source, Statistic) and source.take == "most_frequent":
        assert source.column is not None
        evidence = (Evidence(source.asked),)
        return Preference(source.column, evidence, top=1, least_facts=source.least_facts)
    return None


def preferences(
    definitions: Mapping[str, TagDefinition],
    people: ir.Table,
    tables: Mapping[str, ir.Table],
    *,
    as_of: datetime,
    timezone: str,
) -> ir.Table:
    """Return `dm.tag_preferences`: the strongest values of each person, with their shares.

    Facts of one kind are read once, however many tags they speak for.

    Notes
    -----
    A fact of age `a` days and weight `w` adds ``w * 0.5 ** (a / half_life_days)`` to its value; a
    value's weight is its share of the person's sum. Equal shares are ordered by the value's name.
    """
    asked = {
        name: found
        for name, definition in definitions.items()
        if (found := preference_of(definition)) is not None
    }
    pieces = [
        piece
        for of in FACTS
        if (piece := spoken_for(of, asked, tables, as_of=as_of, timezone=timezone)) is not None
    ]
    if not pieces:
        nobody = people.filter(ibis.literal(False)).select("person_id")
        return nobody.mutate(
            tag=ibis.null("string"), place=ibis.null("int64"), value=ibis.null("string"),
            weight=ibis.null("float64"), facts=ibis.null("int64"),
        ).select(*TAG_PREFERENCES.columns)  # fmt: skip
    together = ibis.union(*pieces) if len(pieces) > 1 else pieces[0]
    known = together.semi_join(people, "person_id")
    return strongest(known, asked)


def spoken_for(
    of: str,
    asked: Mapping[str, Preference],
    tables: Mapping[str, ir.Table],
    *,
    as_of: datetime,
    timezone: str,
) -> ir.Table | None:
    """Return what one kind of facts says: person_id, tag, value, weight and facts."""
    mine = [
        (name, one.by, evidence, one.half_life_days)
        for name, one in asked.items()
        for evidence in one.evidence
        if evidence.asked.of == of
    ]
    if not mine:
        return None
    columns = {by for _, by, _, _ in mine} | {one.times for _, _, one, _ in mine if one.times}
    facts = rows_of_people(
        of, [one.asked for _, _, one, _ in mine], sorted(columns), tables,
        as_of=as_of, timezone=timezone,
    )  # fmt: skip
    facts = facts.filter(reduce(or_, (facts[by].notnull() for by in {by for _, by, _, _ in mine})))
    age_days = (ibis.literal(epoch_milliseconds(as_of)) - facts.ts_ms) / DAY_MS
    items = []
    for place, (name, by, evidence, half_life) in enumerate(mine):
        weight = ibis.literal(evidence.weight, "float64")
        if half_life is not None:
            weight = weight * ibis.literal(0.5, "float64") ** (age_days / half_life)
        if evidence.times is not None:
            weight = weight * facts[evidence.times].cast("float64")
        value = ibis.ifelse(facts[f"is_asked_{place}"], written(facts[by]), ibis.null("string"))
        items.append(ibis.struct({"tag": ibis.literal(name), "value": value, "weight": weight}))
    long = facts.select("person_id", item=ibis.array(items).unnest())
    long = long.select(
        "person_id", tag=long.item["tag"], value=long.item["value"], weight=long.item["weight"]
    )
    long = long.filter(long.value.notnull(), long.weight > 0)
    return long.group_by("person_id", "tag", "value").agg(
        weight=long.weight.sum(), facts=long.count()
    )


def strongest(spoken: ir.Table, asked: Mapping[str, Preference]) -> ir.Table:
    """Return the values of each person and tag that are kept, by place, as shares."""
    sums = spoken.group_by("person_id", "tag", "value").agg(
        weight=spoken.weight.sum(), facts=spoken.facts.sum()
    )
    everything = ibis.window(group_by=["person_id", "tag"])
    shares = sums.mutate(
        weight=(sums.weight / sums.weight.sum().over(everything)).round(RANKED_DIGITS),
        known_facts=sums.facts.sum().over(everything),
    )
    order = ibis.window(
        group_by=["person_id", "tag"],
        order_by=[shares.weight.desc(), shares.value.asc()],
    )
    places = shares.mutate(place=ibis.row_number().over(order).cast("int64") + 1)
    top = by_number(places.tag, {name: one.top for name, one in asked.items()})
    least = by_number(places.tag, {name: one.least_facts for name, one in asked.items()})
    kept = places.filter(places.place <= top, places.known_facts >= least)
    return kept.select(*TAG_PREFERENCES.columns)


def by_number(tag: ir.StringColumn, numbers: Mapping[str, float]) -> ir.Value:
    """Return the number that belongs to a tag's name."""
    names: dict[float, list[str]] = {}
    for name, number in numbers.items():
        names.setdefault(number, []).append(name)
    (most, _), *others = sorted(names.items(), key=lambda pair: -len(pair[1]))
    if not others:
        return ibis.literal(most)
    return ibis.cases(*((tag.isin(owners), number) for number, owners in others), else_=most)


def first_places(preferences: ir.Table, definitions: Mapping[str, TagDefinition]) -> ir.Table:
    """Return person_id, tag, value and weight of the values that are a person's tag."""
    least = {
        name: found.least_share
        for name, definition in definitions.items()
        if (found := preference_of(definition)) is not None
    }
    first = preferences.filter(preferences.place == 1, preferences.tag.isin(sorted(least)))
    if any(least.values()):
        # Half a unit of the last ranked digit, so that a share of exactly the least one passes.
        first = first.filter(first.weight >= by_number(first.tag, least) - 0.5e-9)
    return first.select("person_id", "tag", "value", "weight")
