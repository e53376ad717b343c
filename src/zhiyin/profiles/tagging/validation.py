"""Tags held against a truth that nobody computed them from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

YES = ("true", "yes", "1")
NO = ("false", "no", "0", "")
HELD = "true"


def validated(truth: ir.Table, held: ir.Table, person_of: ir.Table) -> ir.Table:
    """Return how well each tag of a truth agrees with it, a row per tag.

    Every row of the truth judges one id: people whom it does not name count neither way. A plain
    tag's truth is true or false; another tag's is its value, empty where the person has none.

    Parameters
    ----------
    truth : id (typed), tag, value.
    held : dm.tags.
    person_of : dw.person_of.

    Returns
    -------
    tag, people judged, true_holders, holders, hits (held with the right value), accuracy (share of
    the judged of whom the tag says what is true), precision (hits / holders) and recall
    (hits / true_holders); the last two are null where there is nobody to divide by.
    """
    said = truth.value.fill_null("")
    plain = said.lower()
    value = ibis.cases((plain.isin(YES), HELD), (plain.isin(NO), ""), else_=said)
    rows = truth.select("tag", visitor_id=truth.id, right=value)
    owners = person_of.select(alias_id="visitor_id", alias_of="person_id")
    owned = rows.left_join(owners, [("visitor_id", "alias_id")])
    owned = owned.mutate(person_id=ibis.coalesce(owned.alias_of, owned.visitor_id))
    owned = owned.drop("alias_id", "alias_of", "visitor_id")
    has = held.select("person_id", "tag", told=held.value.fill_null(HELD))
    both = owned.left_join(has, ["person_id", "tag"])
    both = both.select("tag", "right", told=both.told.fill_null(""))
    is_same = both.right == both.told
    is_hit = is_same & (both.told != "")
    counted = both.group_by("tag").agg(
        people=both.count(),
        true_holders=both.count(where=both.right != ""),
        holders=both.count(where=both.told != ""),
        hits=both.count(where=is_hit),
        agreeing=both.count(where=is_same),
    )
    return counted.mutate(
        accuracy=counted.agreeing / counted.people,
        precision=counted.hits / counted.holders.nullif(0),
        recall=counted.hits / counted.true_holders.nullif(0),
    ).drop("agreeing")
