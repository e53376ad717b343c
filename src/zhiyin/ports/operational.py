"""The operational store: small, changing state, one Protocol per concern.

Every verb is one transaction. Instants are timezone-aware UTC. Two processes may use the store at
once; a verb that claims work never gives the same row to two callers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from zhiyin.ports.live_profiles import LiveProfiles


@dataclass(frozen=True)
class Account:
    """Someone who may log in."""

    username: str
    display_name: str
    role: str
    password_hash: str
    language: str = "zh-CN"
    is_active: bool = True


@dataclass(frozen=True)
class Session:
    """A logged-in browser."""

    token_hash: str
    username: str
    csrf_token: str
    expires_at: datetime


class Accounts(Protocol):
    """People and their sessions."""

    def add_account(self, account: Account) -> None:
        """Store a new account; `Conflict` when the user name is taken."""
        ...

    def account(self, username: str) -> Account | None: ...

    def accounts(self) -> list[Account]: ...

    def change_account(self, username: str, **changes: Any) -> None:
        """Change fields of an account; `NotFound` when there is none."""
        ...

    def open_session(self, session: Session) -> None: ...

    def session(self, token_hash: str, now: datetime) -> Session | None:
        """Return the session unless it has expired."""
        ...

    def close_session(self, token_hash: str) -> None: ...

    def record_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        """Append to the audit log, which no verb changes or deletes."""
        ...

    def audit(self, limit: int = 100, before: int | None = None) -> list[Mapping[str, Any]]:
        """Return audit rows, newest first: id, at, actor, action, subject, detail."""
        ...


@dataclass(frozen=True)
class WriteKey:
    """A source that may send events, with one of its keys. Only the key's hash is stored.

    Attributes
    ----------
    source_type
        web | app | mini_program | server | store | service; the platform of events that name none.
    allowed_origins
        Web origins such as `https://shop.example.com` whose pages may send; empty for all.
    events_per_second
        What is taken on average before 429 is answered; 0 without a limit.
    required_consents
        Consent categories that an event must say yes to, such as `analytics`; others are refused.
    valid_until
        When a key that was replaced stops being one; None for the source's present key.
    """

    source_id: str
    name: str
    key_hash: str
    created_at: datetime
    is_active: bool = True
    source_type: str = "server"
    allowed_origins: tuple[str, ...] = ()
    events_per_second: int = 0
    required_consents: tuple[str, ...] = ()
    valid_until: datetime | None = None


# What may change about a source; its name stands in every event that it sent.
SOURCE_TERMS = (
    "source_type",
    "allowed_origins",
    "events_per_second",
    "required_consents",
    "is_active",
)


class WriteKeys(Protocol):
    """Sources and their keys."""

    def add_write_key(self, key: WriteKey) -> None:
        """Store a new source with its key; `Conflict` when the source's name is taken."""
        ...

    def write_key(self, key_hash: str) -> WriteKey | None:
        """Return the source that a key, present or replaced, belongs to; None for unknown keys.

        Whether it is active and still valid is for the caller to see.
        """
        ...

    def write_keys(self) -> list[WriteKey]:
        """Return every source with its present key, by name."""
        ...

    def change_source(self, name: str, **terms: Any) -> None:
        """Change some of `SOURCE_TERMS`; `NotFound` for an unknown source."""
        ...

    def rotate_write_key(self, name: str, key_hash: str, valid_until: datetime) -> None:
        """Give a source a new key; every older one ends at `valid_until`, or sooner as it was.

        `NotFound` for an unknown source.
        """
        ...

    def disable_write_key(self, name: str) -> None:
        """Take no more events from a source; `NotFound` for an unknown one."""
        ...


@dataclass(frozen=True)
class OutboxRow:
    """A message that has to go out exactly once.

    `(decision_id, channel)` is unique. States: `queued` -> `sending` -> `sent` | `refused` |
    `queued` again (deferred) | `uncertain` (the process died between handing over and noting it:
    never sent again by itself).
    """

    decision_id: str
    channel: str
    campaign_id: str
    person_id: str
    message_id: str
    address: str
    payload: Mapping[str, Any]
    due_at: datetime
    state: str = "queued"
    attempts: int = 0
    receipt: str | None = None
    why: str | None = None
    changed_at: datetime | None = None


class Outbox(Protocol):
    """Messages between decision and dispatch."""

    def enqueue(self, rows: Sequence[OutboxRow]) -> int:
        """Store rows whose key is new; return how many were new. Known keys are left alone."""
        ...

    def claim_due(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Move up to `limit` queued rows with `due_at <= now` to `sending` and return them."""
        ...

    def settle(self, settled: Sequence[OutboxRow]) -> None:
        """Store the new state, receipt, why, due_at of rows that were claimed."""
        ...

    def mark_interrupted(self, now: datetime) -> int:
        """Move every `sending` row to `uncertain`: called at start, when nobody else dispatches."""
        ...

    def outbox_counts(self, campaign_id: str | None = None) -> Mapping[str, int]:
        """Return rows per state."""
        ...

    def outbox_rows(
        self,
        *,
        campaign_id: str | None = None,
        person_id: str | None = None,
        state: str | None = None,
        limit: int = 100,
    ) -> list[OutboxRow]: ...

    def outbox_row(self, message_id: str) -> OutboxRow | None: ...

    def sent_since(
        self, person_ids: Sequence[str], since: datetime, channel: str | None = None
    ) -> Mapping[str, int]:
        """Return messages sent (or uncertain) per person since an instant; absent means none."""
        ...


class Suppressions(Protocol):
    """Addresses that asked to be left alone: known at once, before any table is built anew."""

    def suppress(self, channel: str, address: str, at: datetime, why: str) -> None:
        """Note that nothing goes to an address any more; the first note stays. Case is ignored."""
        ...

    def lift_suppression(self, channel: str, address: str) -> None:
        """Forget the note: the address wants messages again. An unknown one is no error."""
        ...

    def suppressed(self, channel: str, addresses: Sequence[str]) -> set[str]:
        """Return those of the addresses, as they were given, that are suppressed."""
        ...


@dataclass(frozen=True)
class CampaignRecord:
    """A campaign's life: `planned` -> `launched` -> `finished` (or `cancelled`)."""

    campaign_id: str
    name: str
    state: str
    definition: Mapping[str, Any]
    planned_at: datetime
    launched_at: datetime | None = None
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


# From which state a campaign may move to which; what is not listed is a `Conflict`.
CAMPAIGN_STEPS: Mapping[str, tuple[str, ...]] = {
    "planned": ("launched", "cancelled"),
    "launched": ("finished", "cancelled"),
    "finished": (),
    "cancelled": (),
}


class CampaignBook(Protocol):
    """Campaigns and where they stand."""

    def put_campaign(self, record: CampaignRecord) -> None:
        """Store or replace; `Conflict` when a launched campaign would be replanned."""
        ...

    def campaign(self, campaign_id: str) -> CampaignRecord | None: ...

    def campaigns(self) -> list[CampaignRecord]:
        """Return all, newest plan first."""
        ...

    def mark_campaign(self, campaign_id: str, state: str, at: datetime) -> None:
        """Move a campaign to the next state; `Conflict` when that step is not allowed."""
        ...


@dataclass(frozen=True)
class JobRun:
    """One run of a scheduled or requested job."""

    run_id: str
    job: str
    state: str  # running | done | failed | interrupted
    started_at: datetime
    finished_at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


class JobBook(Protocol):
    """What ran, and when each job is due next; survives a restart."""

    def start_job(self, run: JobRun) -> None: ...

    def finish_job(
        self, run_id: str, state: str, at: datetime, detail: Mapping[str, Any]
    ) -> None: ...

    def job_runs(self, job: str | None = None, limit: int = 50) -> list[JobRun]: ...

    def last_job_run(self, job: str, state: str | None = None) -> JobRun | None: ...

    def mark_interrupted_jobs(self, at: datetime) -> int:
        """Move every `running` row to `interrupted`: called at start by the only worker."""
        ...


class OperationalStore(
    Accounts, WriteKeys, Outbox, Suppressions, CampaignBook, JobBook, LiveProfiles, Protocol
):
    """All concerns behind one connection."""

    def close(self) -> None: ...
