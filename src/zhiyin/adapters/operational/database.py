"""One database, and transactions on it that fail with our own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from zhiyin.adapters.operational.schema import METADATA, SCHEMA, SCHEMA_VERSION, UPGRADES
from zhiyin.core.errors import Conflict, Permanent, Transient, ZhiyinError

_WRITES = "zhiyin_writes"


def open_engine(url_or_path: str | Path) -> Engine:
    """Open a database by URL, or a SQLite file by path, and bring its schema into being.

    Raises
    ------
    Conflict
        The schema was written by a newer Zhiyin.
    """
    text = str(url_or_path)
    is_url = "://" in text
    if not is_url:
        Path(text).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(text if is_url else f"sqlite:///{text}", pool_size=8, max_overflow=24)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with transaction(engine, writes=True) as connection:
            _migrate(connection, text)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def transaction(engine: Engine, *, writes: bool) -> Iterator[Connection]:
    """Run the block in one transaction; driver errors come out as our own.

    `IntegrityError` passes through: only the verb knows what a taken key means.
    """
    try:
        with engine.connect() as connection:
            connection.execution_options(**{_WRITES: writes})
            with connection.begin():
                yield connection
    except IntegrityError:
        raise
    except OperationalError as error:
        raise Transient(
            f"The operational store cannot be used now ({error.orig}); "
            "check that the disk is not full and the database is reachable, then try again."
        ) from error
    except StatementError as error:
        if isinstance(error.orig, ZhiyinError):  # a value that a column type did not accept
            raise error.orig from None
        raise Permanent(
            f"The operational store refused a statement ({error.orig}); "
            "run `zhiyin doctor` to check the database."
        ) from error


def _migrate(connection: Connection, where: str) -> None:
    is_new = not inspect(connection).has_table(SCHEMA.name)
    found = SCHEMA_VERSION if is_new else connection.scalar(select(SCHEMA.c.version))
    if found is None or found > SCHEMA_VERSION:
        raise Conflict(
            f"The workspace was written by a newer Zhiyin (operational store version {found}, "
            f"this program knows {SCHEMA_VERSION}) at {where}; upgrade Zhiyin to open it."
        )
    METADATA.create_all(connection)  # only what is not there yet
    if is_new:
        connection.execute(SCHEMA.insert().values(version=SCHEMA_VERSION))
        return
    for version in range(found + 1, SCHEMA_VERSION + 1):
        for statement in UPGRADES[version]:
            connection.exec_driver_sql(statement)
        connection.execute(SCHEMA.update().values(version=version))


def _set_pragmas(connection: Any, record: Any) -> None:
    # The driver's own implicit BEGIN would come before ours and take no write lock.
    connection.isolation_level = None
    for pragma in (
        "busy_timeout = 20000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads and then writes fails at once with "database is locked"
    # when another writer came between; taking the lock first makes it wait its turn.
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Concern:
    """What every concern of the store has: the engine, and transactions on it."""

    engine: Engine

    def reading(self) -> Any:
        """Return a transaction that only reads."""
        return transaction(self.engine, writes=False)

    def writing(self) -> Any:
        """Return a transaction that may write."""
        return transaction(self.engine, writes=True)
