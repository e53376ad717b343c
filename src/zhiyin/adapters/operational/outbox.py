"""The outbox in SQL. A row is claimed by a guarded update, so no two callers get it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from zhiyin.adapters.operational.database import Concern
from zhiyin.adapters.operational.schema import OUTBOX, SUPPRESSIONS
from zhiyin.core.ids import new_id
from zhiyin.ports.operational import OutboxRow

# SQLite allows 32,766 bound values a statement, and an enqueued row binds thirteen.
_CHUNK = 400
_ROW = [column for column in OUTBOX.c if column.name != "claim"]


class SqlOutbox(Concern):
    """Messages between decision and dispatch."""

    def enqueue(self, rows: Sequence[OutboxRow]) -> int:
        unique = {(row.decision_id, row.channel): row for row in reversed(rows)}
        with self.writing() as connection:
            return sum(
                _insert_new(connection, chunk) for chunk in _chunks(list(unique.values())[::-1])
            )

    def claim_due(self, now: datetime, limit: int) -> list[OutboxRow]:
        claim = new_id("claim")
        due = (
            select(OUTBOX.c.message_id)
            .where(OUTBOX.c.state == "queued", OUTBOX.c.due_at <= now)
            .order_by(OUTBOX.c.due_at, OUTBOX.c.message_id)
            .limit(limit)
        )
        with self.writing() as connection:
            for chunk in _chunks(connection.execute(due).scalars().all()):
                connection.execute(
                    update(OUTBOX)
                    .where(OUTBOX.c.state == "queued", OUTBOX.c.message_id.in_(chunk))
                    .values(
                        state="sending",
                        claim=claim,
                        attempts=OUTBOX.c.attempts + 1,
                        changed_at=now,
                    )
                )
            claimed = (
                select(*_ROW)
                .where(OUTBOX.c.claim == claim)
                .order_by(OUTBOX.c.due_at, OUTBOX.c.message_id)
            )
            return _rows(connection, claimed)

    def settle(self, settled: Sequence[OutboxRow]) -> None:
        if not settled:
            return
        change = (
            update(OUTBOX)
            .where(
                OUTBOX.c.decision_id == bindparam("of_decision"),
                OUTBOX.c.channel == bindparam("of_channel"),
                OUTBOX.c.state == "sending",
            )
            .values(
                state=bindparam("new_state"),
                receipt=bindparam("new_receipt"),
                why=bindparam("new_why"),
                due_at=bindparam("new_due_at"),
                changed_at=func.coalesce(bindparam("new_changed_at", type_=_TIME), _CHANGED),
                claim=None,
            )
        )
        with self.writing() as connection:
            connection.execute(change, [_settlement(row) for row in settled])

    def mark_interrupted(self, now: datetime) -> int:
        with self.writing() as connection:
            return connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.state == "sending")
                .values(state="uncertain", why="interrupted", changed_at=now, claim=None)
            ).rowcount

    def outbox_counts(self, campaign_id: str | None = None) -> Mapping[str, int]:
        counted = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
        if campaign_id is not None:
            counted = counted.where(OUTBOX.c.campaign_id == campaign_id)
        with self.reading() as connection:
            return dict(connection.execute(counted).tuples().all())

    def outbox_rows(
        self,
        *,
        campaign_id: str | None = None,
        person_id: str | None = None,
        state: str | None = None,
        limit: int = 100,
    ) -> list[OutboxRow]:
        wanted = {"campaign_id": campaign_id, "person_id": person_id, "state": state}
        found = select(*_ROW).where(
            *(OUTBOX.c[name] == value for name, value in wanted.items() if value is not None)
        )
        with self.reading() as connection:
            return _rows(
                connection,
                found.order_by(OUTBOX.c.changed_at.desc(), OUTBOX.c.message_id).limit(limit),
            )

    def outbox_row(self, message_id: str) -> OutboxRow | None:
        with self.reading() as connection:
            rows = _rows(connection, select(*_ROW).where(OUTBOX.c.message_id == message_id))
        return rows[0] if rows else None

    def sent_since(
        self, person_ids: Sequence[str], since: datetime, channel: str | None = None
    ) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        on_channel = [OUTBOX.c.channel == channel] if channel is not None else []
        with self.reading() as connection:
            for chunk in _chunks(list(dict.fromkeys(person_ids))):
                counted = (
                    select(OUTBOX.c.person_id, func.count())
                    .where(
                        OUTBOX.c.person_id.in_(chunk),
                        OUTBOX.c.changed_at >= since,
                        OUTBOX.c.state.in_(("sent", "uncertain")),
                        *on_channel,
                    )
                    .group_by(OUTBOX.c.person_id)
                )
                counts.update(connection.execute(counted).tuples().all())
        return counts


class SqlSuppressions(Concern):
    """Addresses that asked to be left alone."""

    def suppress(self, channel: str, address: str, at: datetime, why: str) -> None:
        note = {"channel": channel, "address": address.lower(), "since": at, "why": why}
        try:
            with self.writing() as connection:
                connection.execute(insert(SUPPRESSIONS).values(**note))
        except IntegrityError:
            return  # noted before; the first note stays

    def lift_suppression(self, channel: str, address: str) -> None:
        with self.writing() as connection:
            connection.execute(
                delete(SUPPRESSIONS).where(
                    SUPPRESSIONS.c.channel == channel, SUPPRESSIONS.c.address == address.lower()
                )
            )

    def suppressed(self, channel: str, addresses: Sequence[str]) -> set[str]:
        given = {address: address.lower() for address in addresses}
        found: set[str] = set()
        with self.reading() as connection:
            for chunk in _chunks(list(set(given.values()))):
                known = select(SUPPRESSIONS.c.address).where(
                    SUPPRESSIONS.c.channel == channel, SUPPRESSIONS.c.address.in_(chunk)
                )
                found.update(connection.execute(known).scalars())
        return {address for address, lower in given.items() if lower in found}


_TIME = OUTBOX.c.changed_at.type
_CHANGED = OUTBOX.c.changed_at


def _insert_new(connection: Connection, rows: Sequence[OutboxRow]) -> int:
    keys = [(row.decision_id, row.channel) for row in rows]
    known = {
        tuple(row)
        for row in connection.execute(
            select(OUTBOX.c.decision_id, OUTBOX.c.channel).where(
                tuple_(OUTBOX.c.decision_id, OUTBOX.c.channel).in_(keys)
            )
        )
    }
    new = [vars(row) for row in rows if (row.decision_id, row.channel) not in known]
    if not new:
        return 0
    try:
        with connection.begin_nested():
            connection.execute(insert(OUTBOX), new)
        return len(new)
    except IntegrityError:
        # Another process queued some of them since we looked (SQLite's write lock forbids it).
        return sum(_insert_one(connection, values) for values in new)


def _insert_one(connection: Connection, values: Mapping[str, Any]) -> int:
    try:
        with connection.begin_nested():
            connection.execute(insert(OUTBOX).values(**values))
        return 1
    except IntegrityError:
        return 0


def _settlement(row: OutboxRow) -> dict[str, Any]:
    return {
        "of_decision": row.decision_id,
        "of_channel": row.channel,
        "new_state": row.state,
        "new_receipt": row.receipt,
        "new_why": row.why,
        "new_due_at": row.due_at,
        "new_changed_at": row.changed_at,
    }


def _rows(connection: Connection, query: Any) -> list[OutboxRow]:
    return [OutboxRow(**row._mapping) for row in connection.execute(query)]


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
