"""Which person each id belonged to since when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.tables import HISTORY

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.warehouse.api import BuildContext


def note_history(already: ir.Table, person_of: ir.Table, *, context: BuildContext) -> ir.Table:
    """Return the rows that `dw.identity_history` does not have yet.

    An id that was never seen gets its first row. An id whose person is another now gets a row with
    both, and with the number of the merge or split that it was part of. An id that is nobody's
    any more, because it was blocked or its evidence went, is noted as standing alone.

    Whole people come together (a merge), or ids leave a person that goes on (a split). A person
    goes on where its naming id goes. One that only takes another name, because an id that names
    people better arrived, is neither: its rows have no change.

    Parameters
    ----------
    already : dw.identity_history as it stands.
    person_of : dw.person_of.
    context : `built_at` and `run_id` are written; the instant is later than all rows that there
        are, also when the clock went back.
    """
    state = latest(already)
    moved = moves(state, person_of)
    numbered = with_changes(moved, state, person_of, built_at=_built_at(context))
    first = person_of.anti_join(state, "visitor_id").select(
        "visitor_id",
        "person_id",
        previous_person_id=ibis.null("string"),
        change_id=ibis.null("string"),
    )
    rows = ibis.union(first, numbered, strays(state, person_of))
    newest = already.changed_at.max().as_scalar() + ibis.interval(microseconds=1)
    now = ibis.literal(_built_at(context), "timestamp(6)")
    return rows.mutate(
        changed_at=ibis.ifelse(newest > now, newest, now).cast("timestamp(6)"),
        run_id=ibis.literal(context.run_id),
    ).select(*HISTORY.columns)


def _built_at(context: BuildContext) -> datetime:
    return context.built_at or context.as_of


def latest(history: ir.Table) -> ir.Table:
    """Return each id with the person that it belonged to last.

    Most ids never move. Only those that did are put in order, which leaves the first rows to one
    join.
    """
    moved = history.filter(history.previous_person_id.notnull())
    newest = moved.group_by("visitor_id").agg(person_id=moved.person_id.argmax(moved.changed_at))
    first = history.filter(history.previous_person_id.isnull()).select("visitor_id", "person_id")
    return first.anti_join(newest, "visitor_id").union(newest.select("visitor_id", "person_id"))


def moves(state: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return visitor_id, before and person_id of every id whose person is another now."""
    before = state.select("visitor_id", before="person_id")
    both = person_of.select("visitor_id", "person_id").inner_join(before, "visitor_id")
    return both.filter(both.person_id != both.before).select("visitor_id", "before", "person_id")


def strays(state: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return a row for every id that belonged to another and is nobody's any more."""
    gone = state.filter(state.person_id != state.visitor_id).anti_join(person_of, "visitor_id")
    return gone.select(
        "visitor_id",
        person_id=gone.visitor_id,
        previous_person_id=gone.person_id,
        change_id=ibis.null("string"),
    )


def with_changes(
    moved: ir.Table, state: ir.Table, person_of: ir.Table, *, built_at: datetime
) -> ir.Table:
    """Return the moves with the number of the merge or split that each was part of."""
    pairs = moved.group_by(["before", "person_id"]).agg(ids=moved.count())
    told = numbered(kinds(pairs, state, person_of), built_at)
    told = told.select("before", "person_id", "change_id")
    return moved.left_join(told, ["before", "person_id"]).select(
        "visitor_id", "person_id", previous_person_id="before", change_id="change_id"
    )


def kinds(pairs: ir.Table, state: ir.Table, person_of: ir.Table) -> ir.Table:
    """Add `kind` to pairs of old and new person: merge, split, or null for a new name.

    `home` is where the old person's naming id is now. Ids that went there went with their person;
    others left it. A new name is given by an id that was not known, or that was of the same person
    before; where several people meet under it, the largest takes it and the others join.
    """
    now = person_of.select(before="visitor_id", home="person_id")
    known = state.select(person_id="visitor_id", namer_was="person_id")
    table = pairs.left_join(now, "before").drop("before_right")
    table = table.left_join(known, "person_id").drop("person_id_right")
    # The naming id itself may be gone; then the person goes on where the first of its ids went.
    first = table.person_id.min().over(ibis.window(group_by="before"))
    table = table.mutate(home=ibis.coalesce(table.home, first))
    came_home = (table.home == table.person_id).cast("int8")
    order = [ibis.desc(came_home), ibis.desc(table.ids), table.before.asc()]
    table = table.mutate(
        place=ibis.row_number().over(ibis.window(group_by="person_id", order_by=order))
    )
    is_new_name = ibis.ifelse(
        table.namer_was.isnull(), table.place == 0, table.namer_was == table.before
    )
    return table.mutate(
        kind=ibis.cases(
            (table.home != table.person_id, "split"),
            (is_new_name, ibis.null("string")),
            else_="merge",
        )
    )


def numbered(pairs: ir.Table, built_at: datetime) -> ir.Table:
    """Add `change_id`: `m-` or `s-` and twelve digits that depend on the people and the instant."""
    words = [pairs.kind, pairs.before, pairs.person_id, ibis.literal(built_at.isoformat())]
    text = ibis.literal("")
    for word in words:
        text = text + word.length().cast("string") + ":" + word
    letter = ibis.ifelse(pairs.kind == "merge", "m-", "s-")
    number = letter + text.hexdigest("sha256").substr(0, 12)
    return pairs.mutate(change_id=ibis.ifelse(pairs.kind.notnull(), number, ibis.null("string")))
