"""How each tag stands at a run: coverage, values, drift against the run before, freshness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.clock import epoch_milliseconds
from zhiyin.profiles import tables as dm
from zhiyin.profiles.tagging.definitions import Preference, Statistic, TagDefinition
from zhiyin.profiles.tagging.reads import facts_read
from zhiyin.profiles.tagging.tables import TAG_STATISTICS, TAG_VALUES
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.warehouse.api import BuildContext

Definitions = Mapping[str, TagDefinition]

VALUES_KEPT = 50
# A share of nobody would make the index infinite; a value that one in ten thousand has is nobody's.
SMALLEST_SHARE = 1e-4
INSTANTS = {
    dw.EVENTS.name: "event_time", dw.ORDERS.name: "order_time", dw.REFUNDS.name: "refund_time",
    dw.SESSIONS.name: "started_at", dm.FEEDBACK.name: "feedback_time",
}  # fmt: skip


def tag_values(held: ir.Table, definitions: Definitions, *, run_id: str) -> ir.Table:
    """Return how many people have which value of each tag now.

    Numbers without bands are counted between 1, 2, 5, 10, 20, 50, … and below zero alike, so that
    the same people fall into the same place from run to run. The 50 commonest values of a tag are
    told; all the rest together have place 0 and an empty value.
    """
    plain = [name for name, one in definitions.items() if is_plain_number(one)]
    low = ibis.ifelse(held.tag.isin(plain), lower_bound(held.number), ibis.null("float64"))
    rows = held.filter(held.value.notnull()).mutate(low=low)
    value = ibis.ifelse(
        rows.low.notnull(), rows.low.cast("decimal(18, 2)").cast("string"), rows.value
    )
    rows = rows.mutate(value=value)
    counted = rows.group_by("tag", "value").agg(holders=rows.count(), low=rows.low.min())
    order = ibis.window(group_by="tag", order_by=[counted.holders.desc(), counted.value.asc()])
    placed = counted.mutate(place=ibis.row_number().over(order).cast("int64") + 1)
    kept = placed.place <= VALUES_KEPT
    placed = placed.mutate(
        value=ibis.ifelse(kept, placed.value, ""),
        low=ibis.ifelse(kept, placed.low, ibis.null("float64")),
        place=ibis.ifelse(kept, placed.place, 0),
    )
    summed = placed.group_by("tag", "value", "place", "low").agg(holders=placed.holders.sum())
    return summed.mutate(run_id=ibis.literal(run_id)).select(*TAG_VALUES.columns)


def is_plain_number(definition: TagDefinition) -> bool:
    """Return whether a tag's values may be numbers that stand for themselves."""
    bands = getattr(definition.value or definition.source, "bands", ())
    return not bands and definition.kind in ("rule", "statistic", "model")


def lower_bound(number: ir.FloatingValue) -> ir.Value:
    """Return the greatest of 0, 1, 2, 5, 10, 20, 50, … that is not above a number's size."""
    size = number.abs()
    # An exact power of ten may come out a hair below its exponent.
    ten = ibis.literal(10.0) ** (size.nullif(0.0).log10() + 1e-12).floor()
    first = size / ten + 1e-9
    step = ibis.cases((first >= 5, 5.0), (first >= 2, 2.0), else_=1.0)
    bound = ibis.ifelse(size == 0, 0.0, ten * step)
    return ibis.ifelse(number < 0, -bound, bound)


def tag_statistics(
    already: ir.Table,
    tables: Mapping[str, ir.Table],
    definitions: Definitions,
    *,
    context: BuildContext,
) -> ir.Table:
    """Return how each defined tag stands at this run; tags that nobody has among them."""
    held, people = tables[dm.TAGS.name], tables[dm.CUSTOMERS.name]
    holders = held.group_by("tag").agg(
        holders=held.count(),
        distinct_values=held.value.nunique(),
        mean=held.number.mean(),
        **{f"p{share}": held.number.quantile(share / 100) for share in (10, 50, 90)},
    )
    everybody = people.agg(people=people.count())
    rows = defined(people, definitions).cross_join(everybody)
    rows = rows.left_join(holders, "tag").drop("tag_right")
    rows = rows.left_join(drift(already, tables, rows, context.run_id), "tag").drop("tag_right")
    fresh = newest_facts(tables, definitions, epoch_milliseconds(context.as_of))
    if fresh is not None:
        rows = rows.left_join(fresh, "tag").drop("tag_right")
    else:
        rows = rows.mutate(newest_fact_at=ibis.null("timestamp(6)"))
    counted = rows.holders.fill_null(0)
    return rows.mutate(
        run_id=ibis.literal(context.run_id),
        as_of=ibis.literal(context.as_of, type="timestamp(6)"),
        built_at=ibis.literal(context.built_at or context.as_of, type="timestamp(6)"),
        holders=counted,
        distinct_values=rows.distinct_values.fill_null(0),
        coverage=(counted.cast("float64") / rows.people.nullif(0)).fill_null(0.0),
    ).select(*TAG_STATISTICS.columns)


def defined(people: ir.Table, definitions: Definitions) -> ir.Table:
    """Return tag and definition of every defined tag; none where there is none."""
    one = people.agg(any_row=people.count()).select(
        item=ibis.array(
            [
                ibis.struct({"tag": ibis.literal(name), "definition": ibis.literal(one.digest)})
                for name, one in definitions.items()
            ]
            or [ibis.struct({"tag": ibis.null("string"), "definition": ibis.null("string")})]
        ).unnest()
    )
    rows = one.select(tag=one.item["tag"], definition=one.item["definition"])
    return rows.filter(rows.tag.notnull())


def drift(
    already: ir.Table, tables: Mapping[str, ir.Table], rows: ir.Table, run_id: str
) -> ir.Table:
    """Return tag and drift: the population stability index of its values against the run before.

    Not having the tag counts as a value, so that a plain tag drifts when more people have it.

    Notes
    -----
    ``PSI = sum((p - q) * ln(p / q))`` over the values, p and q the shares now and then, none taken
    below 1 in 10,000. Below 0.1 is read as stable, above 0.25 as another population.
    """
    latest = already.group_by("tag").agg(built_at=already.built_at.max())
    before = already.inner_join(latest, ["tag", "built_at"]).select(
        "tag", before_run="run_id", people_then="people", holders_then="holders"
    )
    pairs = rows.select("tag", "people", "holders").inner_join(before, "tag")
    pairs = pairs.select("tag", "people", "holders", "before_run", "people_then", "holders_then")
    values = tables[TAG_VALUES.name]
    nobody = ibis.literal(0, "int64")
    now = values.filter(values.run_id == run_id)
    now = now.select("tag", "value", now="holders", then=nobody)
    then = values.inner_join(before, [("tag", "tag"), ("run_id", "before_run")])
    then = then.select("tag", "value", now=nobody, then="holders")
    both = now.union(then)
    both = both.group_by("tag", "value").agg(now=both.now.sum(), then=both.then.sum())
    shares = both.inner_join(pairs.select("tag", "people", "people_then"), "tag")
    by_value = shares.mutate(part=part(shares.now, shares.people, shares.then, shares.people_then))
    by_value = by_value.group_by("tag").agg(of_values=by_value.part.sum())
    pairs = pairs.left_join(by_value, "tag").drop("tag_right")
    # Holders of plain tags have no value, hence are told apart here; others are in the values.
    held = part(pairs.holders, pairs.people, pairs.holders_then, pairs.people_then)
    missing = part(
        pairs.people - pairs.holders.fill_null(0), pairs.people,
        pairs.people_then - pairs.holders_then, pairs.people_then,
    )  # fmt: skip
    return pairs.select("tag", drift=missing + pairs.of_values.fill_null(held))


def part(now: ir.Value, people: ir.Value, then: ir.Value, people_then: ir.Value) -> ir.Value:
    """Return what one value adds to the index."""
    p = share(now, people)
    q = share(then, people_then)
    return (p - q) * (p / q).ln()


def share(holders: ir.Value, people: ir.Value) -> ir.Value:
    """Return a share that is not below the smallest."""
    found = holders.fill_null(0).cast("float64") / people.nullif(0)
    return ibis.greatest(found.fill_null(0.0), ibis.literal(SMALLEST_SHARE))


def newest_facts(
    tables: Mapping[str, ir.Table], definitions: Definitions, end: int
) -> ir.Table | None:
    """Return tag and newest_fact_at: the newest of the facts that each tag reads, before `as_of`.

    One aggregation over each table of facts, however many tags read it.
    """
    read = {name: list(facts_read(one)) for name, one in definitions.items()}
    pieces = []
    for table_name, instant in INSTANTS.items():
        mine = {name: dict(found)[table_name] for name, found in read.items()
                if table_name in dict(found)}  # fmt: skip
        if mine:
            pieces.append(newest_of(tables[table_name], instant, mine, end))
    if not pieces:
        return None
    together = ibis.union(*pieces) if len(pieces) > 1 else pieces[0]
    return together.group_by("tag").agg(newest_fact_at=together.newest_fact_at.max())


def newest_of(
    facts: ir.Table, instant: str, mine: Mapping[str, tuple[str, ...]], end: int
) -> ir.Table:
    """Return tag and the newest fact of one table; the events that count are named, or all are."""
    stamp = facts.start_ms if "start_ms" in facts.columns else facts.ts_ms
    facts = facts.filter(stamp < end)
    named = list(dict.fromkeys(mine.values()))
    wide = facts.agg(
        **{
            f"newest_{place}": facts[instant].max(
                where=facts.event.isin(list(names)) if names else None
            )
            for place, names in enumerate(named)
        }
    )
    items = [
        ibis.struct({"tag": ibis.literal(name), "at": wide[f"newest_{named.index(names)}"]})
        for name, names in mine.items()
    ]
    long = wide.select(item=ibis.array(items).unnest())
    return long.select(tag=long.item["tag"], newest_fact_at=long.item["at"])


def kinds_of_facts(definition: TagDefinition) -> Iterator[str]:
    """Yield the kinds of facts that a statistic or preference counts."""
    source = definition.source
    if isinstance(source, Statistic):
        yield source.asked.of
    elif isinstance(source, Preference):
        yield from (one.asked.of for one in source.evidence)
