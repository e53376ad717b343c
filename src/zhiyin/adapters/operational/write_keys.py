"""Sources and their write keys in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from zhiyin.adapters.operational.database import Concern
from zhiyin.adapters.operational.schema import OLD_WRITE_KEYS, WRITE_KEYS
from zhiyin.core.errors import Conflict, not_allowed, unknown
from zhiyin.ports.operational import SOURCE_TERMS, WriteKey


class SqlWriteKeys(Concern):
    """Sources, their present keys, and those that were replaced."""

    def add_write_key(self, key: WriteKey) -> None:
        row = {column.name: getattr(key, column.name) for column in WRITE_KEYS.c}
        try:
            with self.writing() as connection:
                connection.execute(insert(WRITE_KEYS).values(**row))
        except IntegrityError as error:
            raise Conflict(f"A source named {key.name!r} exists; choose another name.") from error

    def write_key(self, key_hash: str) -> WriteKey | None:
        present = select(WRITE_KEYS).where(WRITE_KEYS.c.key_hash == key_hash)
        replaced = (
            select(WRITE_KEYS, OLD_WRITE_KEYS.c.valid_until)
            .join(OLD_WRITE_KEYS, OLD_WRITE_KEYS.c.source_id == WRITE_KEYS.c.source_id)
            .where(OLD_WRITE_KEYS.c.key_hash == key_hash)
        )
        with self.reading() as connection:
            row: Row[Any] | None = connection.execute(present).one_or_none()
            row = row or connection.execute(replaced).one_or_none()
        return WriteKey(**{**row._mapping, "key_hash": key_hash}) if row else None

    def write_keys(self) -> list[WriteKey]:
        with self.reading() as connection:
            rows = connection.execute(select(WRITE_KEYS).order_by(WRITE_KEYS.c.name)).all()
        return [WriteKey(**row._mapping) for row in rows]

    def change_source(self, name: str, **terms: Any) -> None:
        for term in terms:
            if term not in SOURCE_TERMS:
                raise not_allowed("A changed term of a source", term, SOURCE_TERMS)
        with self.writing() as connection:
            _found(connection, name)
            if terms:
                connection.execute(
                    update(WRITE_KEYS).where(WRITE_KEYS.c.name == name).values(**terms)
                )

    def rotate_write_key(self, name: str, key_hash: str, valid_until: datetime) -> None:
        with self.writing() as connection:
            source = _found(connection, name)
            old = OLD_WRITE_KEYS.c
            connection.execute(
                update(OLD_WRITE_KEYS)
                .where(old.source_id == source.source_id, old.valid_until > valid_until)
                .values(valid_until=valid_until)
            )
            connection.execute(
                insert(OLD_WRITE_KEYS).values(
                    key_hash=source.key_hash, source_id=source.source_id, valid_until=valid_until
                )
            )
            connection.execute(
                update(WRITE_KEYS).where(WRITE_KEYS.c.name == name).values(key_hash=key_hash)
            )

    def disable_write_key(self, name: str) -> None:
        self.change_source(name, is_active=False)


def _found(connection: Connection, name: str) -> Row[Any]:
    source = connection.execute(select(WRITE_KEYS).where(WRITE_KEYS.c.name == name)).one_or_none()
    if source is None:
        known = connection.execute(select(WRITE_KEYS.c.name)).scalars().all()
        raise unknown("source", name, sorted(known))
    return source
