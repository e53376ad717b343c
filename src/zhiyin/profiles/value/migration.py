"""Who moved where between two month ends."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis

from zhiyin.core.errors import InvalidInput, not_allowed

if TYPE_CHECKING:
    import ibis.expr.types as ir

PLACES = {
    "stage": ("new", "active", "dormant", "churned"),
    "value_tier": ("high", "middle", "potential", "at_risk"),
}
# Where somebody stands who had not ordered yet.
BEFORE = "none"


def migration(history: ir.Table, of: str, *, since: date, until: date) -> ir.Table:
    """Return how many buyers stood where at one month end and where at a later one.

    Parameters
    ----------
    history : dm.stage_history.
    of : `stage` or `value_tier`.
    since, until : two month ends of the history.

    Returns
    -------
    before, after, people, monetary (what they had spent at `until`), share (of all who stood at
    `before`). Who placed the first order in between comes from `none`.

    Raises
    ------
    InvalidInput
        for another `of`, or a month end that does not lie before the other.
    """
    if of not in PLACES:
        raise not_allowed("A migration is that of something that", of, tuple(PLACES))
    if since >= until:
        raise InvalidInput(
            f"{since} does not lie before {until}; give the earlier month end first."
        )
    moved = placed(history, of, since=since, until=until)
    cells = moved.group_by(["before", "after"]).agg(
        people=moved.count(), monetary=moved.monetary.sum()
    )
    everyone = cells.people.sum().over(ibis.window(group_by="before"))
    return cells.mutate(share=cells.people.cast("float64") / everyone).order_by("before", "after")


def placed(history: ir.Table, of: str, *, since: date, until: date) -> ir.Table:
    """Return person_id, before, after and monetary of each buyer known at the later month end."""
    then = history.filter(history.month_end == ibis.literal(since))
    now = history.filter(history.month_end == ibis.literal(until))
    both = now.select("person_id", "monetary", after=now[of]).left_join(
        then.select("person_id", before=then[of]), "person_id"
    )
    return both.select("person_id", "after", "monetary", before=both.before.fill_null(BEFORE))


def moved_people(
    history: ir.Table, of: str, *, since: date, until: date, before: str, after: str
) -> ir.Table:
    """Return the people of one cell of `migration`: one column, person_id."""
    moved = placed(history, of, since=since, until=until)
    cell = moved.filter(moved.before == before, moved.after == after)
    return cell.select("person_id").order_by("person_id")


def population(history: ir.Table, of: str) -> ir.Table:
    """Return how many buyers stood where at each month end: month_end, place, people, monetary."""
    placed = history.mutate(place=history[of])
    return placed.group_by(["month_end", "place"]).agg(
        people=placed.count(), monetary=placed.monetary.sum()
    ).order_by("month_end", "place")  # fmt: skip
