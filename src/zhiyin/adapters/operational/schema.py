"""The operational store's tables, in SQL that SQLite, PostgreSQL and MySQL agree on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

from zhiyin.core.errors import InvalidInput

SCHEMA_VERSION = 3

# What takes a store from the version before to this one; new tables come by themselves.
UPGRADES = {
    2: (
        "ALTER TABLE write_keys ADD COLUMN source_type VARCHAR(255) NOT NULL DEFAULT 'server'",
        "ALTER TABLE write_keys ADD COLUMN allowed_origins TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE write_keys ADD COLUMN events_per_second INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE write_keys ADD COLUMN required_consents TEXT NOT NULL DEFAULT '[]'",
    ),
    # Live profiles are written otherwise now; they begin again where the warehouse ends.
    3: ("DELETE FROM live_profiles", "DELETE FROM live_people", "DELETE FROM live_position"),
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A timezone-aware instant, kept as microseconds since 1970.

    SQLite drops zones and MySQL rounds to seconds; an integer survives everywhere.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise InvalidInput(f"{value} has no time zone; give a timezone-aware UTC instant.")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else _EPOCH + value * _MICROSECOND


class Words(TypeDecorator[tuple[str, ...]]):
    """Texts in order, kept as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Any) -> str:
        return json.dumps(list(value or ()), ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Any) -> tuple[str, ...]:
        return tuple(json.loads(value)) if value else ()


class Document(TypeDecorator[Any]):
    """A JSON object, kept as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str:
        return json.dumps(dict(value or {}), ensure_ascii=False, sort_keys=True)

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return json.loads(value) if value else {}


METADATA = MetaData()
_NAME = String(255)

SCHEMA = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("username", _NAME, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("role", _NAME, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("language", _NAME, nullable=False),
    Column("is_active", Boolean, nullable=False),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", _NAME, primary_key=True),
    Column("username", _NAME, nullable=False, index=True),
    Column("csrf_token", _NAME, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", _NAME, nullable=False),
    Column("action", _NAME, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Document, nullable=False),
    sqlite_autoincrement=True,
)

WRITE_KEYS = Table(
    "write_keys",
    METADATA,
    Column("source_id", _NAME, primary_key=True),
    Column("name", _NAME, nullable=False, unique=True),
    Column("key_hash", _NAME, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("source_type", _NAME, nullable=False),
    Column("allowed_origins", Words, nullable=False),
    Column("events_per_second", Integer, nullable=False),
    Column("required_consents", Words, nullable=False),
)

# Keys that were replaced, until they end; a new table needs no upgrade.
OLD_WRITE_KEYS = Table(
    "old_write_keys",
    METADATA,
    Column("key_hash", _NAME, primary_key=True),
    Column("source_id", _NAME, nullable=False, index=True),
    Column("valid_until", Instant, nullable=False),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("decision_id", _NAME, primary_key=True),
    Column("channel", String(64), primary_key=True),
    Column("campaign_id", _NAME, nullable=False),
    Column("person_id", _NAME, nullable=False),
    Column("message_id", _NAME, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("payload", Document, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("receipt", Text),
    Column("why", Text),
    Column("changed_at", Instant),
    Column("claim", _NAME, index=True),
    Index("outbox_due", "state", "due_at"),
    Index("outbox_person", "person_id", "changed_at"),
    Index("outbox_campaign", "campaign_id", "state"),
)

SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("channel", String(64), primary_key=True),
    Column("address", _NAME, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("why", Text, nullable=False),
)

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    Column("campaign_id", _NAME, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("definition", Document, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("launched_at", Instant),
    Column("finished_at", Instant),
    Column("counts", Document, nullable=False),
)

JOB_RUNS = Table(
    "job_runs",
    METADATA,
    Column("run_id", _NAME, primary_key=True),
    Column("job", _NAME, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("detail", Document, nullable=False),
    Index("job_runs_newest", "job", "started_at"),
)

LIVE_PROFILES = Table(
    "live_profiles",
    METADATA,
    Column("person_id", _NAME, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("due_ms", BigInteger, index=True),
    Column("generation", String(64), nullable=False, index=True),
)

LIVE_PEOPLE = Table(
    "live_people",
    METADATA,
    Column("typed_id", _NAME, primary_key=True),
    Column("person_id", _NAME, nullable=False),
)

LIVE_POSITION = Table(
    "live_position",
    METADATA,
    Column("partition", _NAME, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)
