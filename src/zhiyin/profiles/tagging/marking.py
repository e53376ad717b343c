"""Tags that people set and files bring: written down with who and when, and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from zhiyin.core.errors import InvalidInput, NotFound, not_allowed
from zhiyin.core.ids import joined_digest
from zhiyin.identity.tables import PERSON_OF
from zhiyin.ports.warehouse import How
from zhiyin.profiles.tagging.definitions import Given, TagDefinition
from zhiyin.profiles.tagging.tables import TAG_ENTRIES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from zhiyin.ports.warehouse import Warehouse

NO_VALUE = ("", "true")


@dataclass(frozen=True)
class Mark:
    """One tag said of one id: the value it gets, or that it is taken away."""

    visitor_id: str
    tag: str
    value: str | None = None
    action: str = "set"


@dataclass(frozen=True)
class Marked:
    """What became of marks: their batch, how many were written, and which ids nobody knows."""

    batch_id: str
    written: int
    unknown: tuple[str, ...]


def mark(
    warehouse: Warehouse,
    marks: Sequence[Mark],
    definitions: Mapping[str, TagDefinition],
    *,
    actor: str,
    at: datetime,
    why: str | None = None,
) -> Marked:
    """Write marks down as one batch; tags follow at the next run.

    Ids that nobody knows are left out and told.

    Raises
    ------
    InvalidInput
        A tag is not defined, is none that people or files give, or does not take the value.
    """
    checked = [checked_mark(one, definitions) for one in marks]
    known = known_ids(warehouse, {one.visitor_id for one in checked})
    kept = [one for one in checked if one.visitor_id in known]
    unknown = tuple(sorted({one.visitor_id for one in checked} - known))
    words = [w for one in kept for w in (one.visitor_id, one.tag, one.value or "", one.action)]
    batch_id = f"t-{joined_digest([at.isoformat(), actor, *words], 12)}"
    rows = [entry(one, batch_id, actor, at, why) for one in kept]
    if rows:
        write(warehouse, rows)
    return Marked(batch_id, len(rows), unknown)


def checked_mark(mark: Mark, definitions: Mapping[str, TagDefinition]) -> Mark:
    """Return a mark as it is written down, if its tag takes it."""
    given = given_tags(definitions)
    definition = definitions.get(mark.tag)
    if definition is None:
        raise not_allowed("A tag", mark.tag, given, then="Define it in tags/NAME.yaml first.")
    source = definition.source
    if not isinstance(source, Given):
        raise InvalidInput(
            f"The tag {mark.tag!r} is worked out by its definition ({definition.kind}) and cannot "
            f"be set by hand; tags that can be: {', '.join(given) or 'none'}."
        )
    if mark.action == "unset":
        return Mark(mark.visitor_id, mark.tag, None, "unset")
    return Mark(mark.visitor_id, mark.tag, checked_value(mark, source))


def given_tags(definitions: Mapping[str, TagDefinition]) -> list[str]:
    """Return the names of the tags that people or files give."""
    return sorted(name for name, one in definitions.items() if isinstance(one.source, Given))


def checked_value(mark: Mark, source: Given) -> str | None:
    """Return the value of a mark if its tag takes it; None for a plain tag."""
    if not source.values and not source.is_open:
        if mark.value is not None and mark.value.lower() not in NO_VALUE:
            raise InvalidInput(f"The tag {mark.tag!r} takes no value; leave {mark.value!r} out.")
        return None
    if not mark.value:
        raise InvalidInput(f"The tag {mark.tag!r} needs a value.")
    if source.values and mark.value not in source.values:
        raise not_allowed(f"The value of {mark.tag}", mark.value, source.values)
    return mark.value


def known_ids(warehouse: Warehouse, asked: Iterable[str]) -> set[str]:
    """Return those of the typed ids that belong to somebody."""
    ids = ibis.memtable(pa.table({"visitor_id": pa.array(sorted(asked), pa.string())}))
    found = ids.semi_join(warehouse.read(PERSON_OF), "visitor_id")
    return set(warehouse.to_arrow(found)["visitor_id"].to_pylist())


def entry(one: Mark, batch_id: str, actor: str, at: datetime, why: str | None) -> dict[str, Any]:
    """Return a mark as a row of `dm.tag_entries`."""
    return {
        "entry_id": f"e-{joined_digest([batch_id, one.visitor_id, one.tag], 16)}",
        "batch_id": batch_id,
        "visitor_id": one.visitor_id,
        "tag": one.tag,
        "value": one.value,
        "action": one.action,
        "actor": actor,
        "at": at,
        "why": why,
        "undone_by": None,
        "undone_at": None,
    }


def undo(warehouse: Warehouse, batch_id: str, *, actor: str, at: datetime) -> int:
    """Take a batch back; what was said before it counts again. Return how many marks it was.

    Raises
    ------
    NotFound
        There is no such batch, or it was taken back already.
    """
    entries = warehouse.read(TAG_ENTRIES)
    mine = entries.filter(entries.batch_id == batch_id, entries.undone_at.isnull())
    rows = warehouse.to_arrow(mine).to_pylist()
    if not rows:
        raise NotFound(
            f"No marks {batch_id!r} are in force; `zhiyin tags entries` lists those that are."
        )
    write(warehouse, [{**row, "undone_by": actor, "undone_at": at} for row in rows])
    return len(rows)


def write(warehouse: Warehouse, rows: list[dict[str, Any]]) -> None:
    """Put rows into `dm.tag_entries`, each in the place of that with its number."""
    table = pa.Table.from_pylist(rows, schema=TAG_ENTRIES.schema().to_pyarrow())
    warehouse.write(TAG_ENTRIES, table, How.MERGE)


def batches(entries: ir.Table, tag: str | None = None) -> ir.Table:
    """Return one row per batch and tag: who, when, how many, whether it was taken back."""
    if tag is not None:
        entries = entries.filter(entries.tag == tag)
    return entries.group_by("batch_id", "tag", "action").agg(
        at=entries["at"].max(),
        actor=entries.actor.max(),
        people=entries.count(),
        value=entries.value.max(),
        why=entries.why.max(),
        undone_by=entries.undone_by.max(),
        undone_at=entries.undone_at.max(),
    )
