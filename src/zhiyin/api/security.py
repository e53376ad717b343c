"""Who is asking, and whether they may: sessions, CSRF, permissions, back-off at the door."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from zhiyin.api.context import ApiContext
from zhiyin.api.errors import Refusal
from zhiyin.governance.api import Audit, Permission, allowed
from zhiyin.ports.operational import Account, Session

COOKIE = "zhiyin_session"
CSRF_HEADER = "X-CSRF-Token"
SESSION_LENGTH = timedelta(hours=12)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def context_of(request: Request) -> ApiContext:
    """Return what the composition root gave the app."""
    return request.app.state.context


Context = Annotated[ApiContext, Depends(context_of)]


def audit_of(context: Context) -> Audit:
    """Return the writer of the audit trail."""
    return Audit(context.operational, context.clock)


Trail = Annotated[Audit, Depends(audit_of)]


@dataclass(frozen=True)
class Visitor:
    """A logged-in account and its session."""

    account: Account
    session: Session

    @property
    def name(self) -> str:
        return self.account.username

    @property
    def role(self) -> str:
        return self.account.role

    def may(self, permission: Permission) -> bool:
        """Return whether the account's role has the permission."""
        return allowed(self.role, permission)


def token_digest(token: str) -> str:
    """Return what is stored of a session token, so that the store gives no session away."""
    return hashlib.sha256(token.encode()).hexdigest()


def visitor_or_none(request: Request, context: Context) -> Visitor | None:
    """Return who is logged in, or None."""
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    session = context.operational.session(token_digest(token), context.clock.now())
    account = context.operational.account(session.username) if session else None
    if session is None or account is None or not account.is_active:
        return None
    return Visitor(account, session)


def logged_in(
    request: Request, visitor: Annotated[Visitor | None, Depends(visitor_or_none)]
) -> Visitor:
    """Return who is logged in; 401 if nobody is, 403 for a write without its CSRF token."""
    if visitor is None:
        raise Refusal(401, "not_logged_in", "Nobody is logged in; log in first.")
    sent = request.headers.get(CSRF_HEADER, "")
    if request.method not in _READING and not hmac.compare_digest(
        sent.encode(), visitor.session.csrf_token.encode()
    ):
        raise Refusal(403, "csrf", f"The header {CSRF_HEADER} does not hold this session's token.")
    return visitor


LoggedIn = Annotated[Visitor, Depends(logged_in)]


def needs(permission: Permission) -> Callable[[Visitor], Visitor]:
    """Return a dependency that lets only roles with the permission pass."""

    def check(visitor: LoggedIn) -> Visitor:
        if not visitor.may(permission):
            raise Refusal(
                403,
                "not_allowed",
                f"The role {visitor.role} lacks {permission.value}; ask an administrator.",
            )
        return visitor

    return check


def open_session(context: ApiContext, account: Account, response: Response) -> Session:
    """Store a new session and set its cookie."""
    token = secrets.token_urlsafe(32)
    session = Session(
        token_hash=token_digest(token),
        username=account.username,
        csrf_token=secrets.token_urlsafe(32),
        expires_at=context.clock.now() + SESSION_LENGTH,
    )
    context.operational.open_session(session)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=context.is_cookie_secure,
        path="/",
    )
    return session


def is_local(request: Request) -> bool:
    """Return whether the request came from this machine."""
    return request.client is not None and request.client.host in LOOPBACK


@dataclass
class Door:
    """Slows down guessing: after five failures each further one doubles the wait.

    Failures are counted per user name and per address, in this process: they are not worth a write
    to the store, and a restart forgives them.
    """

    free_tries: int = 5
    longest: timedelta = timedelta(minutes=15)
    _failures: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, keys: tuple[str, ...], now: datetime) -> None:
        """Raise a 429 while any of the keys has to wait."""
        with self._lock:
            longest = max(self._failures.get(key, (0, now))[1] - now for key in keys)
        if longest > timedelta(0):
            seconds = int(longest.total_seconds()) + 1
            raise Refusal(
                429,
                "too_many_tries",
                f"Too many failed log-ins; try again in {seconds} seconds.",
                retry_after=seconds,
            )

    def failed(self, keys: tuple[str, ...], now: datetime) -> None:
        """Count a failure against each key."""
        with self._lock:
            self._forget_old(now)
            for key in keys:
                count = self._failures.get(key, (0, now))[0] + 1
                over = min(count - self.free_tries, 16)
                wait = min(timedelta(seconds=2**over), self.longest) if over >= 0 else timedelta(0)
                self._failures[key] = (count, now + wait)

    def passed(self, keys: tuple[str, ...]) -> None:
        """Forgive the keys."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _forget_old(self, now: datetime) -> None:
        self._failures = {
            key: kept for key, kept in self._failures.items() if now - kept[1] < timedelta(hours=1)
        }
