"""The rows of `dm.activity` that a question is about, with their group."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.errors import InvalidInput
from zhiyin.core.windows import Window
from zhiyin.insights.behavior.scope import Scope
from zhiyin.insights.behavior.vocabulary import Breakdown, Step, during, matches
from zhiyin.warehouse.api import RECEIPTS

if TYPE_CHECKING:
    import ibis.expr.types as ir

# In which order events of one person happened; no two facts are equal in all of these.
ORDER = ("ts_ms", "event", "source_id", "fact_id")
SUGGESTED = 3


def done(activity: ir.Table, step: Step, window: Window | None = None) -> ir.Table:
    """Return the rows that are a step, within a window if there is one.

    A step without a name is anything that people do themselves: a message that reaches them is not.
    `first_ever` looks at all that is known, also before the window.
    """
    rows = activity.filter(matches(activity, step))
    if not step.events:
        rows = rows.filter(rows.event.notin(sorted(RECEIPTS)))
    if step.first_ever:
        history = ibis.window(group_by="person_number", order_by=[rows[name] for name in ORDER])
        rows = rows.mutate(place_in_history=ibis.row_number().over(history))
        rows = rows.filter(rows.place_in_history == 0).drop("place_in_history")
    return rows if window is None else during(rows, window)


def with_group(rows: ir.Table, breakdown: Breakdown | None, scope: Scope) -> ir.Table:
    """Add `grp`: the value by which rows are divided, null where it is unknown."""
    if breakdown is None:
        return rows.mutate(grp=ibis.null("string"))
    if breakdown.kind == "event":
        return rows.mutate(grp=rows[breakdown.name].cast("string"))
    known = scope.values(breakdown)
    groups = known.select(grouped="person_id", grp="value")
    return rows.left_join(groups, rows.person_id == groups.grouped).drop("grouped")


def named_groups(rows: ir.Table, most: int, ranked_by: ir.Table | None = None) -> ir.Table:
    """Add `is_other`, and empty `grp` there: true for all but the `most` groups with most rows.

    Equally large ones are taken in the order of their names.
    """
    ranking = rows if ranked_by is None else ranked_by
    sizes = ranking.group_by("grp").agg(size=ranking.count())
    largest = sizes.order_by([sizes.size.desc(), sizes.grp.asc(nulls_first=True)]).limit(most)
    named = largest.select(named="grp", is_named=ibis.literal(True))
    joined = rows.left_join(named, rows.grp.identical_to(named.named))
    is_other = joined.is_named.isnull()
    return joined.mutate(
        is_other=is_other, grp=ibis.ifelse(is_other, ibis.null("string"), joined.grp)
    ).drop("named", "is_named")


def in_group(rows: ir.Table, group: str | None, *, is_other: bool) -> ir.Table:
    """Return the rows of one group of `named_groups`."""
    return rows.filter(
        rows.is_other == is_other, rows.grp.identical_to(ibis.literal(group, "string"))
    )


def sampled(activity: ir.Table, share: float) -> ir.Table:
    """Return what a share of the people did, always the same people of one build.

    Notes
    -----
    617 and 1000 have no common divisor, so neighbors in the order of ids, who often joined on the
    same day, come to stand far from each other.
    """
    if share >= 1:
        return activity
    return activity.filter((activity.person_number * 617) % 1000 < round(share * 1000))


def unseen_events(
    names: Iterable[str], seen: Iterable[str], planned: Iterable[str] = ()
) -> list[str]:
    """Return the names of planned events that nobody ever did.

    Raises
    ------
    InvalidInput
        for an event that is neither planned nor was ever done, with the nearest names.
    """
    done_ever, awaited = set(seen), set(planned)
    if not done_ever:
        return []
    found = [name for name in dict.fromkeys(names) if name not in done_ever]
    known = sorted(done_ever | awaited)
    for name in found:
        if name not in awaited:
            near = difflib.get_close_matches(name, known, n=SUGGESTED, cutoff=0.5)
            guess = f"did you mean {' or '.join(near)}? " if near else ""
            raise InvalidInput(f"Nobody ever did {name!r}; {guess}known: {', '.join(known)}.")
    return found
