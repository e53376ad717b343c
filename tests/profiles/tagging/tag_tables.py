"""Small tables of facts for tags, and tags worked out over them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import ibis
import yaml

from zhiyin.profiles import tables as dm
from zhiyin.profiles.definitions import Definition
from zhiyin.profiles.sources import SOURCE_SPECS, Sources
from zhiyin.profiles.tagging.api import BESIDE, FactTables, TagDefinition, read_tag, tags
from zhiyin.testing.rows import EPOCH, rows_of

AS_OF = datetime(2025, 6, 30)
PEOPLE = ("user:a", "user:b", "user:c", "user:d", "user:e")


def definition(name: str, text: str) -> TagDefinition:
    """Return the tag that a file of this text defines."""
    return read_tag(Definition(Path(f"{name}.yaml"), name, yaml.safe_load(text)))


def fact_tables(rows: dict[str, list[dict]], *, people=PEOPLE) -> dict:
    """Return all tables that tags read, by name, with the given rows."""
    specs = {spec.name: spec for spec in (*SOURCE_SPECS, *BESIDE)}
    found = {
        name: ibis.memtable(rows_of(spec, *rows.get(name, []))) for name, spec in specs.items()
    }
    if dm.CUSTOMERS.name not in rows:
        known = rows_of(dm.CUSTOMERS, *({"person_id": one} for one in people))
        found[dm.CUSTOMERS.name] = ibis.memtable(known)
    return found


def tagged(definitions: dict[str, TagDefinition], tables: dict, *, as_of=AS_OF, **beside):
    """Return the rows of `dm.tags` by person and tag."""
    sources = Sources(*(tables[spec.name] for spec in SOURCE_SPECS), as_of=as_of)
    rows = tags(definitions, sources, FactTables(tables, **beside)).to_pyarrow().to_pylist()
    found = {(row["person_id"], row["tag"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def order(visitor: str | None, at: datetime, **columns) -> dict:
    """Return an order at an instant."""
    ms = (at - EPOCH) // timedelta(milliseconds=1)
    return {"source_id": "s", "visitor_id": visitor, "order_time": at, "ts_ms": ms, **columns}
