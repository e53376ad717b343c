"""An operational store in memory, for tests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from zhiyin.core.errors import Conflict, NotFound, not_allowed, unknown
from zhiyin.ports.operational import (
    CAMPAIGN_STEPS,
    SOURCE_TERMS,
    Account,
    CampaignRecord,
    JobRun,
    OutboxRow,
    Session,
    WriteKey,
)
from zhiyin.testing.live_profiles import MemoryLiveProfiles

_CHANGEABLE = ("display_name", "role", "password_hash", "language", "is_active")


class MemoryAccounts:
    """People, sessions, audit and write keys in dicts."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.accounts_by_name: dict[str, Account] = {}
        self.sessions: dict[str, Session] = {}
        self.audit_rows: list[Mapping[str, Any]] = []
        self.keys: dict[str, WriteKey] = {}
        self.old_keys: dict[str, tuple[str, datetime]] = {}

    def add_account(self, account: Account) -> None:
        with self.lock:
            if account.username in self.accounts_by_name:
                raise Conflict(f"The user name {account.username!r} is taken; choose another.")
            self.accounts_by_name[account.username] = account

    def account(self, username: str) -> Account | None:
        return self.accounts_by_name.get(username)

    def accounts(self) -> list[Account]:
        return [self.accounts_by_name[name] for name in sorted(self.accounts_by_name)]

    def change_account(self, username: str, **changes: Any) -> None:
        for name in changes:
            if name not in _CHANGEABLE:
                raise not_allowed("A changed account field", name, _CHANGEABLE)
        if username not in self.accounts_by_name:
            raise unknown("account", username, self.accounts_by_name)
        self.accounts_by_name[username] = replace(self.accounts_by_name[username], **changes)

    def open_session(self, session: Session) -> None:
        self.sessions[session.token_hash] = session

    def session(self, token_hash: str, now: datetime) -> Session | None:
        found = self.sessions.get(token_hash)
        return found if found and found.expires_at > now else None

    def close_session(self, token_hash: str) -> None:
        self.sessions.pop(token_hash, None)

    def record_audit(
        self, *, at: datetime, actor: str, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        with self.lock:
            row = {"id": len(self.audit_rows) + 1, "at": at, "actor": actor, "action": action}
            self.audit_rows.append({**row, "subject": subject, "detail": dict(detail)})

    def audit(self, limit: int = 100, before: int | None = None) -> list[Mapping[str, Any]]:
        newest = [row for row in reversed(self.audit_rows) if before is None or row["id"] < before]
        return newest[:limit]

    def add_write_key(self, key: WriteKey) -> None:
        with self.lock:
            if key.name in self.keys:
                raise Conflict(f"A source named {key.name!r} exists; choose another name.")
            self.keys[key.name] = key

    def write_key(self, key_hash: str) -> WriteKey | None:
        present = next((key for key in self.keys.values() if key.key_hash == key_hash), None)
        if present is not None or key_hash not in self.old_keys:
            return present
        name, valid_until = self.old_keys[key_hash]
        return replace(self.keys[name], key_hash=key_hash, valid_until=valid_until)

    def write_keys(self) -> list[WriteKey]:
        return [self.keys[name] for name in sorted(self.keys)]

    def change_source(self, name: str, **terms: Any) -> None:
        for term in terms:
            if term not in SOURCE_TERMS:
                raise not_allowed("A changed term of a source", term, SOURCE_TERMS)
        if name not in self.keys:
            raise unknown("source", name, sorted(self.keys))
        self.keys[name] = replace(self.keys[name], **terms)

    def rotate_write_key(self, name: str, key_hash: str, valid_until: datetime) -> None:
        if name not in self.keys:
            raise unknown("source", name, sorted(self.keys))
        with self.lock:
            for old, (owner, until) in self.old_keys.items():
                if owner == name:
                    self.old_keys[old] = (name, min(until, valid_until))
            self.old_keys[self.keys[name].key_hash] = (name, valid_until)
            self.keys[name] = replace(self.keys[name], key_hash=key_hash)

    def disable_write_key(self, name: str) -> None:
        self.change_source(name, is_active=False)


class MemoryOutbox:
    """The outbox in a dict."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rows: dict[tuple[str, str], OutboxRow] = {}
        self.silenced: dict[tuple[str, str], str] = {}

    def enqueue(self, rows: Sequence[OutboxRow]) -> int:
        with self.lock:
            before = len(self.rows)
            for row in rows:
                self.rows.setdefault((row.decision_id, row.channel), row)
            return len(self.rows) - before

    def claim_due(self, now: datetime, limit: int) -> list[OutboxRow]:
        with self.lock:
            due = [r for r in self.rows.values() if r.state == "queued" and r.due_at <= now]
            due.sort(key=lambda row: (row.due_at, row.message_id))
            return [
                self._put(replace(r, state="sending", attempts=r.attempts + 1, changed_at=now))
                for r in due[:limit]
            ]

    def settle(self, settled: Sequence[OutboxRow]) -> None:
        with self.lock:
            for row in settled:
                held = self.rows[row.decision_id, row.channel]
                if held.state == "sending":
                    changed_at = row.changed_at or held.changed_at
                    self._put(
                        replace(
                            held, state=row.state, receipt=row.receipt, why=row.why,
                            due_at=row.due_at, changed_at=changed_at,
                        )
                    )  # fmt: skip

    def mark_interrupted(self, now: datetime) -> int:
        with self.lock:
            stuck = [row for row in self.rows.values() if row.state == "sending"]
            for row in stuck:
                self._put(replace(row, state="uncertain", why="interrupted", changed_at=now))
            return len(stuck)

    def outbox_counts(self, campaign_id: str | None = None) -> Mapping[str, int]:
        return Counter(
            row.state for row in self.rows.values() if campaign_id in (None, row.campaign_id)
        )

    def outbox_rows(
        self,
        *,
        campaign_id: str | None = None,
        person_id: str | None = None,
        state: str | None = None,
        limit: int = 100,
    ) -> list[OutboxRow]:
        found = [
            row
            for row in self.rows.values()
            if campaign_id in (None, row.campaign_id)
            and person_id in (None, row.person_id)
            and state in (None, row.state)
        ]
        found.sort(key=lambda row: row.message_id)
        found.sort(
            key=lambda row: row.changed_at.timestamp() if row.changed_at else 0.0, reverse=True
        )
        return found[:limit]

    def outbox_row(self, message_id: str) -> OutboxRow | None:
        return next((row for row in self.rows.values() if row.message_id == message_id), None)

    def sent_since(
        self, person_ids: Sequence[str], since: datetime, channel: str | None = None
    ) -> Mapping[str, int]:
        wanted = set(person_ids)
        return Counter(
            row.person_id
            for row in self.rows.values()
            if row.person_id in wanted
            and channel in (None, row.channel)
            and row.state in ("sent", "uncertain")
            and row.changed_at is not None
            and row.changed_at >= since
        )

    def suppress(self, channel: str, address: str, at: datetime, why: str) -> None:
        self.silenced.setdefault((channel, address.lower()), why)

    def lift_suppression(self, channel: str, address: str) -> None:
        self.silenced.pop((channel, address.lower()), None)

    def suppressed(self, channel: str, addresses: Sequence[str]) -> set[str]:
        return {address for address in addresses if (channel, address.lower()) in self.silenced}

    def _put(self, row: OutboxRow) -> OutboxRow:
        self.rows[row.decision_id, row.channel] = row
        return row


class MemoryBooks:
    """Campaigns and job runs in dicts."""

    def __init__(self) -> None:
        self.campaigns_by_id: dict[str, CampaignRecord] = {}
        self.runs: dict[str, JobRun] = {}

    def put_campaign(self, record: CampaignRecord) -> None:
        known = self.campaigns_by_id.get(record.campaign_id)
        if known and known.state in ("launched", "finished"):
            raise Conflict(f"Campaign {record.campaign_id} is {known.state}; plan a new campaign.")
        self.campaigns_by_id[record.campaign_id] = record

    def campaign(self, campaign_id: str) -> CampaignRecord | None:
        return self.campaigns_by_id.get(campaign_id)

    def campaigns(self) -> list[CampaignRecord]:
        return sorted(
            self.campaigns_by_id.values(), key=lambda c: (c.planned_at, c.campaign_id), reverse=True
        )

    def mark_campaign(self, campaign_id: str, state: str, at: datetime) -> None:
        if campaign_id not in self.campaigns_by_id:
            raise unknown("campaign", campaign_id, self.campaigns_by_id)
        record = self.campaigns_by_id[campaign_id]
        if state not in CAMPAIGN_STEPS[record.state]:
            raise Conflict(f"Campaign {campaign_id} is {record.state}, it cannot become {state!r}.")
        instant = {"launched_at": at} if state == "launched" else {"finished_at": at}
        self.campaigns_by_id[campaign_id] = replace(record, state=state, **instant)

    def start_job(self, run: JobRun) -> None:
        if run.run_id in self.runs:
            raise Conflict(f"Run {run.run_id} was started before; give a fresh run id.")
        self.runs[run.run_id] = run

    def finish_job(self, run_id: str, state: str, at: datetime, detail: Mapping[str, Any]) -> None:
        if run_id not in self.runs:
            raise NotFound(f"No job run has the id {run_id!r}; start it first.")
        run = self.runs[run_id]
        self.runs[run_id] = replace(run, state=state, finished_at=at, detail=dict(detail))

    def job_runs(self, job: str | None = None, limit: int = 50) -> list[JobRun]:
        found = [run for run in self.runs.values() if job in (None, run.job)]
        return sorted(found, key=lambda run: (run.started_at, run.run_id), reverse=True)[:limit]

    def last_job_run(self, job: str, state: str | None = None) -> JobRun | None:
        found = [run for run in self.job_runs(job, len(self.runs)) if state in (None, run.state)]
        return found[0] if found else None

    def mark_interrupted_jobs(self, at: datetime) -> int:
        running = [run for run in self.runs.values() if run.state == "running"]
        for run in running:
            self.runs[run.run_id] = replace(run, state="interrupted", finished_at=at)
        return len(running)


class MemoryOperationalStore(MemoryAccounts, MemoryOutbox, MemoryBooks, MemoryLiveProfiles):
    """All concerns in memory."""

    def __init__(self) -> None:
        MemoryAccounts.__init__(self)
        MemoryOutbox.__init__(self)
        MemoryBooks.__init__(self)
        MemoryLiveProfiles.__init__(self)

    def close(self) -> None:
        pass
