"""One customer's whole history, page by page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zhiyin.core.errors import InvalidInput
from zhiyin.profiles.customer_page import ORDER_COLUMNS, answer, known, newest_of, visitors_of
from zhiyin.profiles.timeline import timeline
from zhiyin.warehouse import tables as dw

if TYPE_CHECKING:
    import pyarrow as pa

    from zhiyin.ports.warehouse import Warehouse

KINDS = ("event", "order", "refund", "touch")
# Rows read of each table, one step after another until a page is full.
DEPTHS = (100, 500, 2500)


@dataclass(frozen=True)
class TimelinePage:
    """Some of a person's history; `is_cut` says that older things than can be shown are known."""

    items: list[dict[str, Any]]
    has_more: bool
    is_cut: bool


def customer_timeline(
    person: str,
    warehouse: Warehouse,
    *,
    kinds: Collection[str] = (),
    offset: int = 0,
    size: int = 50,
) -> TimelinePage:
    """Return a page of what somebody did, newest first.

    Facts that two tables tell are told once. Of each table the newest 2,500 facts are looked
    through; what lies before the oldest of them is not shown.

    Parameters
    ----------
    person : any id of the person.
    kinds : of `KINDS`; all if none is named.
    offset, size : how many to leave out, and to show.

    Raises
    ------
    NotFound
        when nobody has the id.
    InvalidInput
        for an unknown kind.
    """
    wrong = sorted(set(kinds) - set(KINDS))
    if wrong:
        raise InvalidInput(f"{wrong[0]!r} is no kind; choose of {', '.join(KINDS)}.")
    _, known_as = known(person, warehouse)
    visitors = visitors_of(known_as)
    found: list[dict[str, Any]] = []
    is_cut = False
    for depth in DEPTHS:
        items, is_cut = looked_through(visitors, depth, warehouse)
        found = [item for item in items if not kinds or item["kind"] in kinds]
        if not is_cut or len(found) > offset + size:
            break
    return TimelinePage(
        items=found[offset : offset + size], has_more=len(found) > offset + size, is_cut=is_cut
    )


def looked_through(
    visitors: pa.Table, depth: int, warehouse: Warehouse
) -> tuple[list[dict[str, Any]], bool]:
    """Return all that happened down to where a table was cut, and whether one was."""
    rows = {}
    for name, spec, columns in (
        ("orders", dw.ORDERS, ORDER_COLUMNS),
        ("events", dw.EVENTS, tuple(dw.EVENTS.columns)),
        ("refunds", dw.REFUNDS, tuple(dw.REFUNDS.columns)),
        ("touches", dw.TOUCHES, tuple(dw.TOUCHES.columns)),
    ):
        question = newest_of(spec, columns, depth)
        rows[name] = answer(f"{name} to {depth}", question, visitors, warehouse)
    horizon = max(
        (table[-1]["ts_ms"] for table in rows.values() if len(table) == depth), default=None
    )
    rows["touches"] = [row for row in rows["touches"] if row["message_id"] is None]
    items = timeline(**rows)
    # Of the horizon's own instant a table may have told only a part.
    sure = [item for item in items if horizon is None or item["ts_ms"] > horizon]
    return sure, horizon is not None
