"""Several records of one thing, merged into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

# The order in which rows arrived; total within one ODS table.
ARRIVAL = ("load_id", "origin", "origin_line", "source_id")


def merge_newest_first(
    rows: ir.Table,
    *,
    key: str,
    fields: Sequence[str],
    order: Sequence[str] = ARRIVAL,
    beside: Mapping[str, str] | None = None,
) -> ir.Table:
    """Return one row per key with the newest value of each field that has one.

    `order` must be total over the rows of one key; the last row is the newest. Keys that are null
    or empty are left out. `beside` names further columns, each with the field whose newest value
    it comes from the same row as.
    """
    numbered = rows.filter(rows[key].nullif("").notnull()).mutate(
        age_rank=ibis.row_number().over(ibis.window(group_by=key, order_by=list(order)))
    )
    newest = {
        field: numbered[field].argmax(numbered.age_rank, where=numbered[field].notnull())
        for field in fields
    }
    for name, field in (beside or {}).items():
        newest[name] = numbered[name].argmax(numbered.age_rank, where=numbered[field].notnull())
    return numbered.group_by(key).aggregate(**newest)


def earliest(rows: ir.Table, *, key: Sequence[str], order: Sequence[str]) -> ir.Table:
    """Return the first row of each key by `order`, which must be total within a key."""
    place = ibis.row_number().over(ibis.window(group_by=list(key), order_by=list(order)))
    return rows.mutate(place=place).filter(lambda t: t.place == 0).drop("place")


def later_copies(rows: ir.Table, *, key: Sequence[str], order: Sequence[str]) -> ir.Table:
    """Return key and order of every row that `earliest` leaves out.

    Where few keys come twice, counting them and ranking only those takes a third of the time of
    ranking all, and `rows` need be no wider than `key` and `order`.
    """
    counted = rows.group_by(list(key)).aggregate(times=lambda t: t.count())
    repeated = rows.semi_join(counted.filter(counted.times > 1), list(key))
    place = ibis.row_number().over(ibis.window(group_by=list(key), order_by=list(order)))
    ranked = repeated.select(*key, *order).mutate(place=place)
    return ranked.filter(ranked.place > 0).drop("place")
