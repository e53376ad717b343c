"""Live profiles in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from zhiyin.adapters.operational.database import Concern
from zhiyin.adapters.operational.schema import LIVE_PEOPLE, LIVE_POSITION, LIVE_PROFILES
from zhiyin.ports.live_profiles import LiveChanges, LiveProfile

# Well below what every engine takes as parameters of one statement.
MOST_KEYS = 500
UPSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

# Made once: a profile is asked for often, and to put a query together takes as long as to run it.
OF_ID = (
    select(
        LIVE_PROFILES.c.person_id,
        LIVE_PROFILES.c.document,
        LIVE_PROFILES.c.due_ms,
        LIVE_PROFILES.c.generation,
    )
    .join(LIVE_PEOPLE, LIVE_PEOPLE.c.person_id == LIVE_PROFILES.c.person_id)
    .where(LIVE_PEOPLE.c.typed_id == bindparam("asked"))
)


class SqlLiveProfiles(Concern):
    """Documents, the ids that lead to them, and how far the log was read."""

    def live_position(self) -> dict[str, int]:
        with self.reading() as connection:
            rows = connection.execute(select(LIVE_POSITION))
            return {row.partition: row.next_offset for row in rows}

    def live_people(self, ids: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        with self.reading() as connection:
            for some in in_pieces(ids):
                asked = select(LIVE_PEOPLE.c.typed_id, LIVE_PEOPLE.c.person_id)
                rows = connection.execute(asked.where(LIVE_PEOPLE.c.typed_id.in_(some)))
                found.update((typed_id, person_id) for typed_id, person_id in rows)
        return found

    def live_profiles(self, person_ids: Sequence[str]) -> dict[str, LiveProfile]:
        found: dict[str, LiveProfile] = {}
        with self.reading() as connection:
            for some in in_pieces(person_ids):
                asked = select(LIVE_PROFILES).where(LIVE_PROFILES.c.person_id.in_(some))
                found.update((one.person_id, one) for one in profiles(connection, asked))
        return found

    def live_profile(self, typed_id: str) -> LiveProfile | None:
        with self.reading() as connection:
            row = connection.execute(OF_ID, {"asked": typed_id}).first()
        return None if row is None else LiveProfile(*row)

    def live_due(self, until_ms: int, limit: int) -> list[LiveProfile]:
        due = LIVE_PROFILES.c.due_ms
        asked = select(LIVE_PROFILES).where(due <= until_ms).order_by(due).limit(limit)
        with self.reading() as connection:
            return list(profiles(connection, asked))

    def live_stale(self, generation: str, limit: int) -> list[LiveProfile]:
        column = LIVE_PROFILES.c.generation
        # Unlike "is not", both sides are found in the index.
        others = or_(column < generation, column > generation)
        asked = select(LIVE_PROFILES).where(others).limit(limit)
        with self.reading() as connection:
            return list(profiles(connection, asked))

    def store_live(self, changes: LiveChanges) -> None:
        rows = [vars(one) for one in changes.profiles]
        people = [{"typed_id": key, "person_id": one} for key, one in changes.people.items()]
        offsets = [{"partition": key, "next_offset": one} for key, one in changes.position.items()]
        with self.writing() as connection:
            for some in in_pieces(changes.gone):
                connection.execute(delete(LIVE_PROFILES).where(LIVE_PROFILES.c.person_id.in_(some)))
            put(connection, LIVE_PROFILES, "person_id", rows)
            put(connection, LIVE_PEOPLE, "typed_id", people)
            put(connection, LIVE_POSITION, "partition", offsets)

    def count_live(self) -> int:
        with self.reading() as connection:
            return connection.scalar(select(func.count()).select_from(LIVE_PROFILES)) or 0


def profiles(connection: Connection, asked: Select[Any]) -> Iterator[LiveProfile]:
    """Yield the profiles that a query finds."""
    for row in connection.execute(asked):
        yield LiveProfile(row.person_id, row.document, row.due_ms, row.generation)


def put(connection: Connection, table: Table, key: str, rows: Sequence[dict[str, Any]]) -> None:
    """Store rows by their key, those that are there already in their place."""
    if not rows:
        return
    upsert = UPSERTS.get(connection.dialect.name)
    if upsert is None:
        put_by_hand(connection, table, key, rows)
        return
    new = upsert(table)
    values = {name: new.excluded[name] for name in rows[0] if name != key}
    connection.execute(new.on_conflict_do_update(index_elements=[key], set_=values), rows)


def put_by_hand(
    connection: Connection, table: Table, key: str, rows: Sequence[dict[str, Any]]
) -> None:
    """Do what `put` does where SQL has no word for it, or one that we do not know."""
    column = table.c[key]
    known: set[str] = set()
    for some in in_pieces([row[key] for row in rows]):
        known.update(connection.scalars(select(column).where(column.in_(some))))
    fresh = [row for row in rows if row[key] not in known]
    old = [{**row, "present_key": row[key]} for row in rows if row[key] in known]
    if fresh:
        connection.execute(insert(table), fresh)
    if old:
        values = {name: bindparam(name) for name in rows[0] if name != key}
        of_key = update(table).where(column == bindparam("present_key")).values(**values)
        connection.execute(of_key, old)


def in_pieces(keys: Iterable[str]) -> Iterator[list[str]]:
    """Yield the keys, each once, in lists that one statement takes."""
    whole = list(dict.fromkeys(keys))
    for start in range(0, len(whole), MOST_KEYS):
        yield whole[start : start + MOST_KEYS]
