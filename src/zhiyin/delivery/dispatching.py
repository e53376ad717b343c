"""From the outbox to the channels: each message at most once, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from zhiyin.core.clock import Clock
from zhiyin.core.errors import Transient, ZhiyinError
from zhiyin.decisions.api import ContactPolicy
from zhiyin.delivery.receipts import BOUNCED, DELIVERED, POSTED, Receipt, log_receipts
from zhiyin.delivery.rendering import Renderer
from zhiyin.delivery.retrying import CircuitBreaker, RetryPolicy
from zhiyin.ports.channels import ChannelSender, Deferred, Outcome, Refused, Sent
from zhiyin.ports.event_log import EventLog
from zhiyin.ports.operational import OperationalStore, OutboxRow

NOT_CONFIGURED_WAIT = timedelta(hours=1)


@dataclass(frozen=True)
class DispatchReport:
    """What became of the messages that were due."""

    sent: int = 0
    deferred: int = 0
    refused: int = 0
    uncertain: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # why deferred, refused or uncertain


@dataclass
class Dispatcher:
    """Sends what is due.

    A row is claimed, checked against the contact policy as it stands now, rendered, handed to its
    channel, its receipt logged, and settled, in this order. So after `kill -9` a message whose fate
    is unknown is still `sending`; at the next start it becomes `uncertain` and is never sent again
    by itself. A small batch bounds how many that can be. Keep one dispatcher: it remembers which
    channels fail.

    Parameters
    ----------
    channels
        Senders by channel name; messages of other channels wait.
    timezone
        In which quiet hours are told.
    batch
        Rows claimed at a time.
    """

    outbox: OperationalStore
    channels: Mapping[str, ChannelSender]
    event_log: EventLog
    clock: Clock
    renderer: Renderer
    policy: ContactPolicy = field(default_factory=ContactPolicy)
    timezone: str = "Asia/Shanghai"
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    batch: int = 20
    breakers: dict[str, CircuitBreaker] = field(default_factory=dict)

    def run(self, limit: int = 1000) -> DispatchReport:
        """Send up to `limit` due messages and report what became of them."""
        states: Counter[str] = Counter()
        reasons: Counter[str] = Counter()
        while limit > 0:
            rows = self.outbox.claim_due(self.clock.now(), min(self.batch, limit))
            if not rows:
                break
            limit -= len(rows)
            for row in self._deliver(rows):
                states[row.state] += 1
                if row.why:
                    reasons[_code(row.why)] += 1
        return DispatchReport(
            sent=states["sent"],
            deferred=states["queued"],
            refused=states["refused"],
            uncertain=states["uncertain"],
            reasons=dict(reasons),
        )

    def _deliver(self, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
        """Deliver claimed rows and return them settled."""
        settled: list[OutboxRow] = []
        receipts: list[Receipt] = []
        in_hand: list[OutboxRow] = []
        try:
            barred = _Barred.read(rows, self.outbox, self.policy, self.clock.now())
            for row in rows:
                in_hand = [row]
                settled.append(self._delivered(row, barred, receipts))
                in_hand = []
        finally:
            # After an error or ctrl-C: the row in hand may have gone, the rest has not.
            left = rows[len(settled) + len(in_hand) :]
            now = self.clock.now()
            settled += [
                replace(row, state="uncertain", why="interrupted", changed_at=now)
                for row in in_hand
            ]
            settled += [replace(row, state="queued", changed_at=now) for row in left]
            log_receipts(self.event_log, receipts)
            self.outbox.settle(settled)
        return settled

    def _delivered(self, row: OutboxRow, barred: _Barred, receipts: list[Receipt]) -> OutboxRow:
        now = self.clock.now()
        stopped = barred.stops(row, now) or self._waits(row, now)
        if stopped is not None:
            return replace(stopped, changed_at=now)
        try:
            message = self.renderer.message(row)
        except ZhiyinError as error:
            return replace(row, state="refused", why=f"template: {error}", changed_at=now)
        breaker = self.breakers.setdefault(row.channel, CircuitBreaker())
        try:
            outcome = self.channels[row.channel].send(message, now)
        except Transient as error:
            breaker.failed(now)
            return self._deferred(row, Deferred(now, f"channel_down: {error}"), now)
        breaker.worked()
        barred.count(row, outcome)
        receipt = _receipt(row, outcome, now)
        if receipt is not None:
            receipts.append(receipt)
        return self._judged(row, outcome, now)

    def _waits(self, row: OutboxRow, now: datetime) -> OutboxRow | None:
        """Return the row put off when it must not go now."""
        if row.channel not in self.channels:
            return replace(row, state="queued", due_at=now + NOT_CONFIGURED_WAIT, why="no_channel")
        hours = self.policy.quiet_hours
        if hours is not None and _is_marketing(row):
            ends_at = hours.ends_at(now, self.timezone)
            if ends_at is not None:
                return replace(row, state="queued", due_at=ends_at, why="quiet_hours")
        until = self.breakers.setdefault(row.channel, CircuitBreaker()).blocked_until(now)
        if until is not None:
            return replace(row, state="queued", due_at=until, why="channel_paused")
        return None

    def _judged(self, row: OutboxRow, outcome: Outcome, now: datetime) -> OutboxRow:
        match outcome:
            case Sent(receipt):
                return replace(row, state="sent", receipt=receipt, why=None, changed_at=now)
            case Deferred():
                return self._deferred(row, outcome, now)
            case Refused(why):
                return replace(row, state="refused", why=f"refused: {why}", changed_at=now)
            case _:
                why = f"unclear: {outcome.why}"
                return replace(row, state="uncertain", why=why, changed_at=now)

    def _deferred(self, row: OutboxRow, outcome: Deferred, now: datetime) -> OutboxRow:
        if row.attempts >= self.retry.attempts:
            why = f"gave_up: {outcome.why} (after {row.attempts} attempts)"
            return replace(row, state="refused", why=why, changed_at=now)
        due_at = max(outcome.retry_at, now + self.retry.wait(row.attempts))
        why = outcome.why if outcome.why.startswith("channel_down") else f"deferred: {outcome.why}"
        return replace(row, state="queued", due_at=due_at, why=why, changed_at=now)


@dataclass
class _Barred:
    """Who must not be written to now, as of the present and not of the plan."""

    policy: ContactPolicy
    silenced: dict[str, set[str]]
    sent: dict[tuple[str, int], Counter[str]]

    @classmethod
    def read(
        cls,
        rows: Sequence[OutboxRow],
        outbox: OperationalStore,
        policy: ContactPolicy,
        now: datetime,
    ) -> _Barred:
        silenced: dict[str, set[str]] = {}
        sent: dict[tuple[str, int], Counter[str]] = {}
        for channel in dict.fromkeys(row.channel for row in rows):
            mine = [row for row in rows if row.channel == channel]
            silenced[channel] = outbox.suppressed(channel, [row.address for row in mine])
            people = [row.person_id for row in mine]
            for cap in policy.channel(channel).caps:
                since = now - timedelta(days=cap.days)
                sent[channel, cap.days] = Counter(outbox.sent_since(people, since, channel))
        return cls(policy, silenced, sent)

    def stops(self, row: OutboxRow, now: datetime) -> OutboxRow | None:
        """Return the row refused when it must never go."""
        if not _is_marketing(row):
            return None
        if row.address in self.silenced[row.channel]:
            return replace(row, state="refused", why="unsubscribed")
        for cap in self.policy.channel(row.channel).caps:
            if self.sent[row.channel, cap.days][row.person_id] >= cap.messages:
                return replace(row, state="refused", why="contact_cap")
        return None

    def count(self, row: OutboxRow, outcome: Outcome) -> None:
        """Count a message that went, or may have gone, against the person's caps."""
        if not isinstance(outcome, Deferred | Refused):
            for (channel, _), counts in self.sent.items():
                if channel == row.channel:
                    counts[row.person_id] += 1


def dispatch(
    outbox: OperationalStore,
    channels: Mapping[str, ChannelSender],
    event_log: EventLog,
    clock: Clock,
    *,
    renderer: Renderer,
    policy: ContactPolicy | None = None,
    timezone: str = "Asia/Shanghai",
    limit: int = 1000,
    batch: int = 20,
) -> DispatchReport:
    """Send up to `limit` due messages, once; see `Dispatcher`."""
    dispatcher = Dispatcher(
        outbox,
        channels,
        event_log,
        clock,
        renderer=renderer,
        policy=policy or ContactPolicy(),
        timezone=timezone,
        batch=batch,
    )
    return dispatcher.run(limit)


def _is_marketing(row: OutboxRow) -> bool:
    return row.payload.get("purpose") != "service"


def _code(why: str) -> str:
    return why.partition(":")[0]


def _receipt(row: OutboxRow, outcome: Outcome, now: datetime) -> Receipt | None:
    if isinstance(outcome, Sent):
        return Receipt(DELIVERED if row.channel == "email" else POSTED, row, now)
    if isinstance(outcome, Refused) and outcome.is_address_bad and row.channel == "email":
        return Receipt(BOUNCED, row, now, properties={"reason": outcome.why})
    return None
