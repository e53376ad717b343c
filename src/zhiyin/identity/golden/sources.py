"""What a source by itself says of a customer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_records_of(
    sources: Sequence[str],
    records: ir.Table,
    received: Sequence[ir.Table],
    merged: Callable[..., ir.Table],
) -> ir.Table:
    """Return the records, and beside each those that named sources alone would give.

    The latter have `is_extra` and their `source_id`; only rules that name sources look at them.

    Parameters
    ----------
    sources : the sources that rules name.
    records : dw.customers.
    received : what `dw.customers` is built from, each with a `source_id`.
    merged : gives `dw.customers` of such tables.
    """
    tables = [records.mutate(source_id=ibis.literal(""), is_extra=ibis.literal(False))]
    for source in sources:
        mine = merged(*(table.filter(table.source_id == source) for table in received))
        own = mine.select(*records.columns)
        tables.append(own.mutate(source_id=ibis.literal(source), is_extra=ibis.literal(True)))
    return ibis.union(*tables)
