"""The ledger of merges and splits, each with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from zhiyin.identity.tables import CHANGES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.warehouse.api import BuildContext

POLICY, DECISION = "policy", "decision"


def note_changes(
    already: ir.Table,
    history: ir.Table,
    links: ir.Table,
    person_of: ir.Table,
    decisions: ir.Table,
    *,
    context: BuildContext,
) -> ir.Table:
    """Return the merges and splits that `dw.identity_changes` does not have yet.

    A merge's cause is the strongest link between the ids that came and the others of the person. A
    split's cause is a decision about a pair that it parts: a separation or cut in force, or a
    joining that was taken back; else the policy, with the strongest link that it refuses now.

    Parameters
    ----------
    already : dw.identity_changes as it stands.
    history, links, person_of, decisions : the `dw` tables of that name.
    context : plays no part; instants and runs are those of the history.
    """
    del context
    moved = history.filter(history.change_id.notnull()).anti_join(already, "change_id")
    heads = changed(moved)
    bridges = bridging(moved, links, person_of, heads)
    deciding = decided(moved, decisions, person_of, heads)
    table = heads.left_join(bridges, "change_id").drop("change_id_right")
    table = table.left_join(deciding, "change_id").drop("change_id_right")
    return with_cause(table).select(*CHANGES.columns)


def changed(moved: ir.Table) -> ir.Table:
    """Return one row per change: who, how many ids, when."""
    table = moved.group_by("change_id").agg(
        came_to=moved.person_id.min(),
        came_from=moved.previous_person_id.min(),
        ids=moved.count(),
        changed_at=moved.changed_at.min(),
        run_id=moved.run_id.min(),
    )
    is_merge = table.change_id.startswith("m-")
    return table.mutate(
        kind=ibis.ifelse(is_merge, "merge", "split"),
        person_id=ibis.ifelse(is_merge, table.came_to, table.came_from),
        other_person_id=ibis.ifelse(is_merge, table.came_from, table.came_to),
    )


def across(pairs: ir.Table, moved: ir.Table, person_of: ir.Table, heads: ir.Table) -> ir.Table:
    """Return the pairs with one id that moved and the other on the other side of its change.

    The other side of a merge are the person's other ids, that of a split those that stayed.
    """
    movers = moved.select(mover="visitor_id", change_id="change_id")
    ways = ibis.union(
        pairs.mutate(mover=pairs.left_id, stayer=pairs.right_id),
        pairs.mutate(mover=pairs.right_id, stayer=pairs.left_id),
    )
    table = ways.inner_join(movers, "mover")
    stayed = heads.select("change_id", stays_with="person_id")
    table = table.inner_join(stayed, "change_id")
    owners = person_of.select(stayer="visitor_id", owner="person_id")
    table = table.inner_join(owners, "stayer")
    same = moved.select(stayer="visitor_id", change_id="change_id")
    return table.filter(table.owner == table.stays_with).anti_join(same, ["stayer", "change_id"])


def bridging(moved: ir.Table, links: ir.Table, person_of: ir.Table, heads: ir.Table) -> ir.Table:
    """Return the strongest link across each change: linked for a merge, not so for a split."""
    touching = across(links, moved, person_of, heads)
    is_merge = touching.change_id.startswith("m-")
    found = touching.filter(is_merge == (touching.verdict == "linked"))
    best = ibis.window(
        group_by="change_id",
        order_by=[ibis.desc(found.strength), ibis.desc(found.seen), found.left_id, found.right_id],
    )
    ranked = found.mutate(place=ibis.row_number().over(best))
    return ranked.filter(ranked.place == 0).select(
        "change_id",
        cause_left_id="left_id",
        cause_right_id="right_id",
        link_evidence=ranked.evidence.split(",")[0].strip(),
    )


def decided(moved: ir.Table, decisions: ir.Table, person_of: ir.Table, heads: ir.Table) -> ir.Table:
    """Return the newest decision that speaks for each change."""
    found = across(decisions.rename(undone="change_id"), moved, person_of, heads)
    is_merge = found.change_id.startswith("m-")
    joins = (found.kind == "join") == found.revoked_at.isnull()
    speaks = found.filter(is_merge == joins)
    when = ibis.coalesce(speaks.revoked_at, speaks.decided_at)
    newest = ibis.window(
        group_by="change_id",
        order_by=[ibis.desc(when), speaks.decision_id, speaks.left_id, speaks.right_id],
    )
    ranked = speaks.mutate(place=ibis.row_number().over(newest))
    return ranked.filter(ranked.place == 0).select("change_id", "decision_id")


def with_cause(table: ir.Table) -> ir.Table:
    """Add `cause`: a decision, the evidence of the bridging link, or the policy."""
    is_merge = table.kind == "merge"
    return table.mutate(
        cause=ibis.cases(
            (table.decision_id.notnull(), DECISION),
            (is_merge & table.link_evidence.notnull(), table.link_evidence),
            else_=POLICY,
        )
    )
