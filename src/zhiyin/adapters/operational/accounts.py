"""Accounts, sessions and the audit log in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from zhiyin.adapters.operational.database import Concern
from zhiyin.adapters.operational.schema import ACCOUNTS, AUDIT, SESSIONS
from zhiyin.core.errors import Conflict, not_allowed, unknown
from zhiyin.ports.operational import Account, Session

_CHANGEABLE = ("display_name", "role", "password_hash", "language", "is_active")


class SqlAccounts(Concern):
    """People and their sessions."""

    def add_account(self, account: Account) -> None:
        try:
            with self.writing() as connection:
                connection.execute(insert(ACCOUNTS).values(**vars(account)))
        except IntegrityError as error:
            raise Conflict(
                f"The user name {account.username!r} is taken; choose another."
            ) from error

    def account(self, username: str) -> Account | None:
        with self.reading() as connection:
            row = connection.execute(
                select(ACCOUNTS).where(ACCOUNTS.c.username == username)
            ).one_or_none()
        return Account(**row._mapping) if row else None

    def accounts(self) -> list[Account]:
        with self.reading() as connection:
            rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.username)).all()
        return [Account(**row._mapping) for row in rows]

    def change_account(self, username: str, **changes: Any) -> None:
        for name in changes:
            if name not in _CHANGEABLE:
                raise not_allowed("A changed account field", name, _CHANGEABLE)
        with self.writing() as connection:
            known = connection.execute(select(ACCOUNTS.c.username)).scalars().all()
            if username not in known:
                raise unknown("account", username, known)
            if changes:
                connection.execute(
                    update(ACCOUNTS).where(ACCOUNTS.c.username == username).values(**changes)
                )

    def open_session(self, session: Session) -> None:
        with self.writing() as connection:
            connection.execute(insert(SESSIONS).values(**vars(session)))

    def session(self, token_hash: str, now: datetime) -> Session | None:
        with self.reading() as connection:
            row = connection.execute(
                select(SESSIONS).where(
                    SESSIONS.c.token_hash == token_hash, SESSIONS.c.expires_at > now
                )
            ).one_or_none()
        return Session(**row._mapping) if row else None

    def close_session(self, token_hash: str) -> None:
        with self.writing() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.token_hash == token_hash))

    def record_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        with self.writing() as connection:
            connection.execute(
                insert(AUDIT).values(
                    at=at, actor=actor, action=action, subject=subject, detail=detail
                )
            )

    def audit(self, limit: int = 100, before: int | None = None) -> list[Mapping[str, Any]]:
        newest = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
        if before is not None:
            newest = newest.where(AUDIT.c.id < before)
        with self.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(newest)]
