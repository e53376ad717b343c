"""Who an audience is, beside everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from zhiyin.profiles.conditions import Condition
from zhiyin.profiles.selection import select
from zhiyin.profiles.sources import Sources

if TYPE_CHECKING:
    import ibis.expr.types as ir

DIMENSIONS = (
    "value_tier", "stage", "rfm_segment", "persona", "gender", "age_group", "city", "country",
    "acquisition_channel", "favourite_category", "favourite_channel",
)  # fmt: skip
VALUES_SHOWN = 10


def portrait_rows(tree: Condition, sources: Sources) -> ir.Table:
    """Return members and base per value of each dimension: dimension, value, members, base.

    The base is everybody in `dm.customers`. People whose value is unknown count under a null value.
    """
    members = select(tree, sources).select(member="person_id", is_member=ibis.literal(True))
    everyone = sources.customers.select("person_id", *DIMENSIONS)
    table = everyone.left_join(members, [("person_id", "member")])
    table = table.mutate(is_member=table.is_member.fill_null(False))
    return ibis.union(
        *(
            table.group_by(value=table[name])
            .agg(members=table.count(where=table.is_member), base=table.count())
            .select("value", "members", "base", dimension=ibis.literal(name))
            for name in DIMENSIONS
        )
    )


def portrait(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the portrait from the rows of `portrait_rows`.

    Returns
    -------
    `members`, `base`, and `dimensions`: for each dimension the ten most frequent values among
    members, each with its number of members, its share among members (`share`), its share among
    everybody (`base_share`), their ratio (`index`, null where nobody has the value), and how likely
    so different a share is by chance (`p_value`). A dimension of which nothing is known is left
    out. Shares are of people whose value is known.
    """
    first = [row for row in rows if row["dimension"] == DIMENSIONS[0]]
    dimensions = {name: dimension_shares(rows, name) for name in DIMENSIONS}
    return {
        "members": sum(row["members"] for row in first),
        "base": sum(row["base"] for row in first),
        "dimensions": [
            {"dimension": name, "values": values} for name, values in dimensions.items() if values
        ],
    }


def dimension_shares(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Return the shares of one dimension's values, most members first."""
    known = [row for row in rows if row["dimension"] == name and row["value"] is not None]
    members = sum(row["members"] for row in known)
    base = sum(row["base"] for row in known)
    known.sort(key=lambda row: (-row["members"], -row["base"], row["value"]))
    return [
        {
            "value": row["value"],
            "members": row["members"],
            "share": row["members"] / members if members else 0.0,
            "base_share": row["base"] / base,
            "index": (row["members"] / members) / (row["base"] / base) if members else None,
            "p_value": p_value(row["members"], members, row["base"], base),
        }
        for row in known[:VALUES_SHOWN]
    ]


def p_value(inside: int, members: int, everywhere: int, base: int) -> float | None:
    """Return how likely so different a share is if members are like the others.

    Members are compared with everybody else, as the two groups must not share people. None where
    there is nobody to compare, and where all or none of both have the value.
    """
    # Half a second of scipy that only portraits need.
    from zhiyin.stats.proportions import p_value_of_equal_shares
    from zhiyin.stats.sums import Proportion

    others = base - members
    if not members or not others or everywhere in (0, base):
        return None
    return p_value_of_equal_shares(
        Proportion(members, inside), Proportion(others, everywhere - inside)
    )
