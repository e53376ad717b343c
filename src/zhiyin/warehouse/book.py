"""What is on record of builds: the keys, contents and inputs of the tables as published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from zhiyin.ports.tables import TableSpec
from zhiyin.ports.warehouse import How
from zhiyin.warehouse.build_keys import BuildKey
from zhiyin.warehouse.digests import Content
from zhiyin.warehouse.pieces import DaySums, Standing
from zhiyin.warehouse.tables import BUILD_INPUTS, BUILD_PARTS, BUILDS

if TYPE_CHECKING:
    from zhiyin.ports.warehouse import Warehouse

NEVER_WRITTEN = "none"


@dataclass(frozen=True)
class Entry:
    """What is known of one version of a table: every key that leads to it, and what it holds."""

    keys: frozenset[BuildKey]
    content: Content | None


@dataclass
class Book:
    """The record of builds, read once at the start of a run and written as the run goes on.

    A table's token is its content where a build put that on record, else its version. So a table
    that was written anew with the same rows makes no other table due.
    """

    warehouse: Warehouse
    run_id: str
    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def open(self, specs: Iterable[TableSpec]) -> None:
        """Read what is on record of the tables as they are published now."""
        names = {spec.name: self.warehouse.version(spec) for spec in specs}
        current = {name: version for name, version in names.items() if version is not None}
        if not current:
            return
        wanted = ibis.memtable(
            pa.table({"table_name": list(current), "table_version": list(current.values())})
        )
        builds = self.warehouse.read(BUILDS)
        made = builds.filter(builds.outcome != "held_back")
        known = made.semi_join(wanted, ["table_name", "table_version"])
        columns = ("table_name", "table_version", "build_key", "content")
        for row in self.warehouse.to_arrow(known.select(*columns).distinct()).to_pylist():
            content = Content.parse(row["content"]) if row["content"] else None
            place = (row["table_name"], row["table_version"])
            self.note(place, BuildKey.parse(row["build_key"]), content)

    def note(self, place: tuple[str, str], key: BuildKey, content: Content | None) -> None:
        """Keep that a key leads to a version of a table with a content."""
        before = self.entries.get(place, Entry(frozenset(), None))
        self.entries[place] = Entry(before.keys | {key}, content or before.content)

    def entry(self, spec: TableSpec) -> Entry:
        """Return what is known of a table as it is published; no keys if it is not ours."""
        return self._entry(spec, self.warehouse.version(spec))

    def token(self, spec: TableSpec) -> str:
        """Return what stands for a table in the keys of those that read it."""
        version = self.warehouse.version(spec)
        content = self._entry(spec, version).content
        return str(content) if content is not None else f"v{version or NEVER_WRITTEN}"

    def rows(self, spec: TableSpec) -> int:
        """Return a table's rows; each version is counted once."""
        version = self.warehouse.version(spec)
        content = self._entry(spec, version).content
        if content is not None or version is None:
            return content.rows if content else 0
        if (spec.name, version) not in self.counted:
            table = self.warehouse.read(spec)
            found = self.warehouse.to_arrow(table.aggregate(rows=table.count()))
            self.counted[spec.name, version] = found["rows"][0].as_py()
        return self.counted[spec.name, version]

    def _entry(self, spec: TableSpec, version: str | None) -> Entry:
        return self.entries.get((spec.name, version or ""), Entry(frozenset(), None))

    def write(self, row: Mapping[str, Any]) -> None:
        """Put a build on record at once, with the table that it speaks of."""
        self._write([dict(row)])

    def write_later(self, row: Mapping[str, Any]) -> None:
        """Put a build on record that changed no table, together with others like it."""
        self.waiting.append(dict(row))

    def close(self) -> None:
        """Write what waits."""
        if self.waiting:
            self._write(self.waiting)
            self.waiting = []

    def _write(self, rows: list[dict[str, Any]]) -> None:
        self.warehouse.write(BUILDS, _arrow(BUILDS, rows), How.MERGE)

    def parts(self, spec: TableSpec, days: Iterable[date | None]) -> dict[date | None, Content]:
        """Return what is on record of some days of a table; nothing for days never written."""
        kept = self.warehouse.read(BUILD_PARTS)
        mine = kept.filter(kept.table_name == spec.name).select("part_date", "content")
        rows = self.warehouse.to_arrow(mine).to_pylist()
        wanted = set(days)
        found = {row["part_date"]: Content.parse(row["content"]) for row in rows}
        return {day: content for day, content in found.items() if day in wanted}

    def write_parts(
        self, spec: TableSpec, parts: Mapping[date | None, Content], *, at: datetime, whole: bool
    ) -> None:
        """Keep what days of a table hold now; of all its days if it was written whole."""
        rows = [
            {
                "table_name": spec.name,
                "part_date": day,
                "rows": content.rows,
                "content": str(content),
                "run_id": self.run_id,
                "changed_at": at,
            }
            for day, content in parts.items()
        ]
        if not whole:
            self.warehouse.write(BUILD_PARTS, _arrow(BUILD_PARTS, rows), How.MERGE)
            return
        mine = pa.table({"table_name": [spec.name]})
        self.warehouse.write(BUILD_PARTS, _arrow(BUILD_PARTS, rows), How.EXCHANGE, replacing=mine)

    def standings(self, spec: TableSpec, content: Content | None) -> dict[str, Standing]:
        """Return how the inputs stood when the table came to hold what it holds."""
        kept = self.warehouse.read(BUILD_INPUTS)
        mine = kept.filter(kept.table_name == spec.name, kept.content == str(content))
        rows = self.warehouse.to_arrow(mine).to_pylist()
        days: dict[str, dict[date, DaySums]] = {}
        for row in rows:
            if row["part_date"] is not None:
                sums = DaySums(row["rows"], row["mark"])
                days.setdefault(row["input_name"], {})[row["part_date"]] = sums
        return {
            row["input_name"]: Standing(
                row["token"], row["newest_load"] or 0, days.get(row["input_name"])
            )
            for row in rows
            if row["part_date"] is None
        }

    def write_standings(
        self, spec: TableSpec, content: Content, standings: Mapping[str, Standing]
    ) -> None:
        """Keep how the inputs stood when the table came to hold what it holds."""
        rows = [
            row
            for name, found in standings.items()
            for row in _standing_rows(spec.name, name, str(content), found)
        ]
        mine = pa.table({"table_name": [spec.name]})
        self.warehouse.write(BUILD_INPUTS, _arrow(BUILD_INPUTS, rows), How.EXCHANGE, replacing=mine)


def spelled(values: Mapping[str, Any]) -> str:
    """Return a JSON object with its members in the order of their names."""
    return json.dumps(dict(sorted(values.items())), separators=(",", ":"))


def _standing_rows(table: str, name: str, content: str, found: Standing) -> list[dict[str, Any]]:
    same = {"table_name": table, "input_name": name, "content": content}
    whole = {**same, "token": found.token, "newest_load": found.newest_load}
    days = (found.days or {}).items()
    return [whole] + [
        {**same, "part_date": day, "rows": sums.rows, "mark": sums.mark} for day, sums in days
    ]


def _arrow(spec: TableSpec, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    fields = [field.with_nullable(True) for field in spec.schema().to_pyarrow()]
    return pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(fields))
